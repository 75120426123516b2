/** Walking all keys by the buckets of their metadata. */
import { host } from "../host.js";
import { BUCKETS, bucketKeyAt, bucketName } from "./names.js";
import type { Partition } from "./partition.js";

/** Visits every bucket that exists (and, on a large keyspace, some that do not). */
export function eachBucket(partition: Partition, visit: (bucket: string) => void): void {
  if ((host.call("DBSIZE") as number) < BUCKETS) {
    const prefix = bucketKeyAt(partition.root, "");
    for (const key of host.call("KEYS", "*") as string[]) {
      if (key.substring(0, prefix.length) === prefix) visit(key);
    }
    return;
  }
  for (let index = 0; index < BUCKETS; index++) visit(bucketKeyAt(partition.root, bucketName(index)));
}

/** Visits the keys of one bucket with their metadata as stored. */
export function eachKeyOf(bucket: string, visit: (key: string, stored: string) => void): void {
  const flat = host.call("HGETALL", bucket) as string[];
  for (let at = 0; at < flat.length; at += 2) visit(flat[at]!, flat[at + 1]!);
}
