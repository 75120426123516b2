/**
 * How many keys have metadata: what DBSIZE of a large keyspace says, where a look at each key would take too long. Counted
 * once, when first asked for; from then on whatever adds or removes metadata of a key says so.
 */
import { errorOf, host, type Reply } from "../host.js";
import { importKey, vectorKey, writerKey } from "./names.js";
import { BUCKETS, bucketAt, bucketName, bucketPrefixOf, SLOT_BUCKETS } from "./bucket-names.js";
import type { Partition } from "./partition.js";

/** Of two hexadecimal digits. */
const HALF = Math.sqrt(BUCKETS);
const HALF_DIGITS = 2;

/** Of a partition that was not asked yet. */
export const NOT_COUNTED = -1;

/** The server added or removed metadata of so many keys. */
export function noteKeys(partition: Partition, change: Reply): void {
  if (partition.keys !== NOT_COUNTED) partition.keys += change as number;
}

/** Of a whole server. Of no partition: nothing is remembered. */
export function countKeys(root: string, partition: Partition | undefined): number {
  if (partition !== undefined && partition.keys !== NOT_COUNTED) return partition.keys;
  // The names of all buckets would cost several times what the questions do: each is put together of two halves.
  const halves: string[] = [];
  for (let index = 0; index < HALF; index++) halves.push(bucketName(index, HALF_DIGITS));
  const prefix = bucketPrefixOf(root);
  let count = 0;
  for (const upper of halves) {
    const upperPrefix = prefix + upper;
    for (const lower of halves) count += host.call("HLEN", upperPrefix + lower) as number;
  }
  if (partition !== undefined) partition.keys = count;
  return count;
}

/** Of a slot; of one on its way to another node what can be seen of it. */
export function countKeysOfSlot(root: string, partition: Partition | undefined): number {
  if (partition !== undefined && partition.keys !== NOT_COUNTED) return partition.keys;
  const slot = { bucketPrefix: bucketPrefixOf(root), buckets: SLOT_BUCKETS };
  let count = 0;
  let isWhole = true;
  // Most slots may be idle: one question instead of one for each bucket.
  const isIdle = host.pcall("EXISTS", writerKey(root), vectorKey(root), importKey(root)) === 0;
  if (isIdle) return 0;
  for (let index = 0; index < SLOT_BUCKETS; index++) {
    const length = host.pcall("HLEN", bucketAt(slot, index));
    if (errorOf(length) === undefined) count += length as number;
    else isWhole = false;
  }
  if (partition !== undefined && isWhole) partition.keys = count;
  return count;
}
