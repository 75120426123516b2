/**
 * FLUSHALL: a delete of every key that is here. The operation names only what was counted, for the rest of an
 * observed-remove is in the entry's context; so a flush of a million keys is a small entry.
 */
import { host, unlinkInPieces, type Packed } from "../host.js";
import { removing, type Author, type Operation } from "../log/operation.js";
import { eachBucket, eachKeyOf } from "../state/buckets.js";
import { loadFrom } from "../state/key-state.js";
import { fieldsKey, membersKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { keyResetsOf } from "./clear.js";
import { deleteSeen } from "./key.js";
import { isSeenRegister } from "./plain.js";

/** [key keyResets ...] of every key that holds counters. */
export function counterResets(partition: Partition): Packed[] {
  const flat: Packed[] = [];
  eachBucket(partition, (bucket) => {
    eachKeyOf(bucket, (key, stored) => {
      const form = stored.substring(0, 1);
      if (form !== "C" && form !== "G" && form !== "K" && form !== "H") return;
      const resets = keyResetsOf(partition, loadFrom(partition, key, bucket, stored), "");
      if (resets.length > 0) flat.push(key, resets);
    });
  });
  return flat;
}

/** Z [key keyResets ...] */
export function flushEffect(partition: Partition, operation: Operation, author: Author): void {
  partition.opened = undefined;
  partition.peekedKey = undefined;
  const flat = operation[1] as Packed[];
  const resetsOf: Record<string, Packed[] | undefined> = {};
  for (let at = 0; at < flat.length; at += 2) resetsOf[flat[at] as string] = flat[at + 1] as Packed[];
  const remover = removing(partition, author);
  eachBucket(partition, (bucket) => {
    if (remover.context === undefined) dropBucket(partition, bucket);
    else flushBucket(partition, bucket, resetsOf, remover);
  });
}

/** Everything was seen: the keys go without a look at what they hold. */
function dropBucket(partition: Partition, bucket: string): void {
  const gone: string[] = [bucket];
  eachKeyOf(bucket, (key, stored) => {
    gone.push(key);
    const form = stored.substring(0, 1);
    if (form === "h" || form === "H" || form === "K") gone.push(fieldsKey(partition.root, key));
    if (form === "e" || form === "K") gone.push(membersKey(partition.root, key));
  });
  unlinkInPieces(gone);
}

function flushBucket(
  partition: Partition,
  bucket: string,
  resetsOf: Record<string, Packed[] | undefined>,
  author: Author,
): void {
  const gone: string[] = [];
  eachKeyOf(bucket, (key, stored) => {
    if (isSeenRegister(stored, author)) {
      gone.push(key);
      host.call("HDEL", bucket, key);
    } else {
      deleteSeen(partition, loadFrom(partition, key, bucket, stored), resetsOf[key] ?? [], author);
    }
  });
  if (gone.length > 0) unlinkInPieces(gone);
}
