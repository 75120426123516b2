/**
 * How many keys have metadata: what DBSIZE of a large keyspace says, where a look at each key would take too long. Counted
 * once, when first asked for; from then on whatever adds or removes metadata of a key says so.
 */
import { host, type Reply } from "../host.js";
import { BUCKETS, bucketKeyAt, bucketName } from "./names.js";
import type { Partition } from "./partition.js";

/** Of two hexadecimal digits. */
const HALF = Math.sqrt(BUCKETS);

/** Of a partition that was not asked yet. */
export const NOT_COUNTED = -1;

/** The server added or removed metadata of so many keys. */
export function noteKeys(partition: Partition, change: Reply): void {
  if (partition.keys !== NOT_COUNTED) partition.keys += change as number;
}

/** Of no partition: nothing is remembered. */
export function countKeys(root: string, partition: Partition | undefined): number {
  if (partition !== undefined && partition.keys !== NOT_COUNTED) return partition.keys;
  // The names of all buckets would cost several times what the questions do: each is put together of two halves.
  const halves: string[] = [];
  for (let index = 0; index < HALF; index++) halves.push(bucketName(index).substring(2, 4));
  const prefix = bucketKeyAt(root, "");
  let count = 0;
  for (const upper of halves) {
    const upperPrefix = prefix + upper;
    for (const lower of halves) count += host.call("HLEN", upperPrefix + lower) as number;
  }
  if (partition !== undefined) partition.keys = count;
  return count;
}
