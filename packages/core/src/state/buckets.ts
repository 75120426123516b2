/** Walking all keys by the buckets of their metadata. */
import { host } from "../host.js";
import { BUCKETS, bucketAt } from "./bucket-names.js";
import type { Partition } from "./partition.js";

/** Visits every bucket that exists (and some that do not: in a slot, and on a large keyspace). */
export function eachBucket(partition: Partition, visit: (bucket: string) => void): void {
  const { buckets, bucketPrefix } = partition;
  if (buckets === BUCKETS && (host.call("DBSIZE") as number) < BUCKETS) {
    for (const key of host.call("KEYS", "*") as string[]) {
      if (key.substring(0, bucketPrefix.length) === bucketPrefix) visit(key);
    }
    return;
  }
  for (let index = 0; index < buckets; index++) visit(bucketAt(partition, index));
}

/** Visits the keys of one bucket with their metadata as stored. */
export function eachKeyOf(bucket: string, visit: (key: string, stored: string) => void): void {
  const flat = host.call("HGETALL", bucket) as string[];
  for (let at = 0; at < flat.length; at += 2) visit(flat[at]!, flat[at + 1]!);
}
