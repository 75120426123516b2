/**
 * FLUSHALL: a delete of every key that is here. The operation names only what was counted, for the rest of an
 * observed-remove is in the entry's context; so a flush of a million keys is a small entry.
 */
import { host, unlinkInPieces, type Packed } from "../host.js";
import { removing, type Author, type Operation } from "../log/operation.js";
import { areFlushResets, isArray } from "../log/shapes.js";
import { adopting } from "../state/adopting.js";
import { bucketIndexIn } from "../state/bucket-names.js";
import { eachBucket, eachKeyOf } from "../state/buckets.js";
import { AGGREGATES, decodeKey, SOLE_FORMS, type AggregateCode } from "../state/codec.js";
import { loadFrom } from "../state/key-state.js";
import { noteKeys } from "../state/key-count.js";
import { kindOf } from "../state/kind.js";
import { hiddenKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { flusherOf } from "../sync/views.js";
import { keyResetsOf } from "./clear.js";
import { deleteSeen } from "./key.js";
import type { OperationKind } from "./operation-kind.js";
import { isSeenRegister } from "./plain.js";

/** [key keyResets ...] of every key that holds counters. */
export function counterResets(partition: Partition): Packed[] {
  const flat: Packed[] = [];
  eachBucket(partition, (bucket) => {
    eachKeyOf(bucket, (key, stored) => {
      const form = stored.substring(0, 1);
      if (form !== "C" && form !== "G" && form !== "K" && form !== "H" && form !== "Z") return;
      const resets = keyResetsOf(partition, loadFrom(partition, key, bucket, stored), "");
      if (resets.length > 0) flat.push(key, resets);
    });
  });
  return flat;
}

/** Z [key keyResets ...] */
function flushEffect(partition: Partition, operation: Operation, author: Author): number {
  partition.opened = undefined;
  partition.peekedKey = undefined;
  const resetsOf = resetsByKey(operation);
  const remover = removing(partition, author);
  partition.largeExports = undefined;
  if (partition.adoption !== undefined) adopting.by?.drop(partition);
  eachBucket(partition, (bucket) => {
    if (remover.context === undefined) dropBucket(partition, bucket);
    else flushSeen(partition, bucket, resetsOf, remover);
  });
  return 0;
}

/** A flush, as far as it concerns the keys of some buckets; its author had not seen all of them. */
export function flushBuckets(partition: Partition, operation: Operation, author: Author, buckets: string[]): void {
  const resetsOf = resetsByKey(operation);
  for (const bucket of buckets) flushSeen(partition, bucket, resetsOf, author);
}

function resetsByKey(operation: Operation): Record<string, Packed[] | undefined> {
  const flat = operation[1] as Packed[];
  const resetsOf: Record<string, Packed[] | undefined> = {};
  for (let at = 0; at < flat.length; at += 2) resetsOf[flat[at] as string] = flat[at + 1] as Packed[];
  return resetsOf;
}

function flushSeen(
  partition: Partition,
  bucket: string,
  resetsOf: Record<string, Packed[] | undefined>,
  author: Author,
): void {
  const isLike = author.ranges === undefined && partition.views === undefined;
  const flusher = isLike ? author : flusherOf(partition.views, author, bucketIndexIn(partition, bucket));
  if (flusher !== undefined) flushBucket(partition, bucket, resetsOf, flusher);
}

/** Everything was seen: the keys go without a look at what they hold. */
export function dropBucket(partition: Partition, bucket: string): void {
  const gone: string[] = [bucket];
  eachKeyOf(bucket, (key, stored) => {
    gone.push(key);
    noteKeys(partition, -1);
    const form = stored.substring(0, 1);
    const sole = SOLE_FORMS[form];
    if (sole !== undefined) addSides(partition, sole, key, gone);
    if (form !== "K") return;
    const { alive } = decodeKey(stored);
    for (const code of AGGREGATES) {
      if (alive[code] !== true) continue;
      addSides(partition, code, key, gone);
      gone.push(hiddenKey(partition.root, code, key));
    }
  });
  unlinkInPieces(gone);
}

function addSides(partition: Partition, code: AggregateCode, key: string, gone: string[]): void {
  for (const side of kindOf(code).sides(partition.root, key)) gone.push(side);
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
      noteKeys(partition, -(host.call("HDEL", bucket, key) as number));
    } else {
      deleteSeen(partition, loadFrom(partition, key, bucket, stored), resetsOf[key] ?? [], author);
    }
  });
  if (gone.length > 0) unlinkInPieces(gone);
}

export const flushOperations: Record<string, OperationKind> = {
  Z: { length: 2, isRight: (o) => isArray(o[1]) && areFlushResets(o[1]), apply: flushEffect },
};
