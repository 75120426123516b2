/**
 * How many keys have metadata: what DBSIZE of a large keyspace says, where a look at each key would take too long. Counted
 * once, when first asked for; from then on whatever adds or removes metadata of a key says so.
 */
import { host, type Reply } from "../host.js";
import { BUCKETS, bucketKeyAt, bucketName } from "./names.js";
import type { Partition } from "./partition.js";

/** Of a partition that was not asked yet. */
export const NOT_COUNTED = -1;

/** The server added or removed metadata of so many keys. */
export function noteKeys(partition: Partition, change: Reply): void {
  if (partition.keys !== NOT_COUNTED) partition.keys += change as number;
}

/** Of no partition: nothing is remembered. */
export function countKeys(root: string, partition: Partition | undefined): number {
  if (partition !== undefined && partition.keys !== NOT_COUNTED) return partition.keys;
  let count = 0;
  for (let index = 0; index < BUCKETS; index++) {
    count += host.call("HLEN", bucketKeyAt(root, bucketName(index))) as number;
  }
  if (partition !== undefined) partition.keys = count;
  return count;
}
