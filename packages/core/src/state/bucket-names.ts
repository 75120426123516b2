/**
 * Buckets: the hashes `<root>:m:<bucket>` over which the metadata of keys is spread. Small hashes stay listpacks, which cost a
 * fraction of one large hash. How many there are is a property of the partition, stored as it is configured: many where it is a
 * whole server, few where it is one of 16,384 slots (docs/decisions/0035-the-core-on-slots.md).
 *
 * A bucket is known by its number, 0 to count - 1: keys lie in the order of the first digits of their SHA-1.
 */
import { host } from "../host.js";

/** Of a whole server. Part of the format, as the next: changing it means a new format version. A power of 16. */
export const BUCKETS = 65536;
/** Of a hash slot. 256 divided by a whole number. */
export const SLOT_BUCKETS = 64;

const BUCKET_HEX_DIGITS = 4;
const SLOT_HEX_DIGITS = 2;
const FIRST_DIGITS = 256;
const HEX = "0123456789abcdef";

/** What must be known of a partition to name its buckets. */
export interface Bucketed {
  readonly bucketPrefix: string;
  /** BUCKETS or SLOT_BUCKETS. */
  readonly buckets: number;
}

export function bucketPrefixOf(root: string): string {
  return root + ":m:";
}

/** The bucket of a key. */
export function bucketKey(partition: Bucketed, key: string): string {
  const digest = host.sha1hex(key);
  if (partition.buckets === BUCKETS) return partition.bucketPrefix + digest.substring(0, BUCKET_HEX_DIGITS);
  return partition.bucketPrefix + slotBucketOf[digest.substring(0, SLOT_HEX_DIGITS)]!;
}

/** Bucket number `index`, as bucketKey spells it. */
export function bucketAt(partition: Bucketed, index: number): string {
  return (
    partition.bucketPrefix + bucketName(index, partition.buckets === BUCKETS ? BUCKET_HEX_DIGITS : SLOT_HEX_DIGITS)
  );
}

/** The number of the bucket that the key is in. */
export function bucketIndexOf(partition: Bucketed, key: string): number {
  const digest = host.sha1hex(key);
  if (partition.buckets === BUCKETS) return host.hexNumber(digest.substring(0, BUCKET_HEX_DIGITS));
  return host.hexNumber(slotBucketOf[digest.substring(0, SLOT_HEX_DIGITS)]!);
}

/** The number of a bucket. */
export function bucketIndexIn(partition: Bucketed, bucket: string): number {
  return host.hexNumber(bucket.substring(partition.bucketPrefix.length));
}

export function bucketName(index: number, digits: number): string {
  let text = "";
  let rest = index;
  for (let place = 0; place < digits; place++) {
    const digit = rest % 16;
    text = HEX.substring(digit, digit + 1) + text;
    rest = (rest - digit) / 16;
  }
  return text;
}

/** By the first two digits of a key's SHA-1, the name of its bucket in a slot. */
const slotBucketOf: Record<string, string | undefined> = {};
for (let first = 0; first < FIRST_DIGITS; first++) {
  const index = Math.floor((first * SLOT_BUCKETS) / FIRST_DIGITS);
  slotBucketOf[bucketName(first, SLOT_HEX_DIGITS)] = bucketName(index, SLOT_HEX_DIGITS);
}
