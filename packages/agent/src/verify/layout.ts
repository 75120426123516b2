/** How a region's keys are laid out: in which partition and bucket each lies. Regions are compared bucket by bucket. */
import { createHash } from "node:crypto";
import { BUCKETS, SLOT_BUCKETS, SLOTS, slotOfKey } from "@meridian/core";
import type { Partitions } from "../partitions/partitions.js";
import type { Layout } from "./documents.js";

/** Of all partitions together. */
export function bucketsIn({ partitions, buckets }: Layout): number {
  return partitions * buckets;
}

export function partitionOfBucket({ buckets }: Layout, bucket: number): number {
  return Math.floor(bucket / buckets);
}

export function partitionOfKey({ partitions }: Layout, key: Buffer): number {
  return partitions === SLOTS ? slotOfKey(key) : 0;
}

/** By its number through all partitions. */
export function bucketOfKey(layout: Layout, key: Buffer): number {
  const inPartition = Math.floor((hashOf(key).readUInt16BE(0) * layout.buckets) / 2 ** 16);
  return partitionOfKey(layout, key) * layout.buckets + inPartition;
}

export function layoutOf({ count }: Partitions): Layout {
  return { partitions: count, buckets: count === SLOTS ? SLOT_BUCKETS : BUCKETS };
}

function hashOf(key: Buffer): Buffer {
  return createHash("sha1").update(key).digest();
}
