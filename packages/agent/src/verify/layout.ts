/** How a region's keys are laid out: in which partition and bucket each lies. Regions are compared bucket by bucket. */
import { createHash } from "node:crypto";
import { BUCKETS, CONTROL_SLOT, SLOTS, slotOfKey } from "@meridian/core";
import type { Partition, Partitions } from "../partitions/partitions.js";
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

/** The hash of metadata in which the key has its field; the core's state/names.ts spells it so. */
export function bucketKeyOf({ root }: Partition, { buckets }: Layout, key: Buffer): string {
  const digits = Math.round(Math.log2(buckets) / 4);
  return `${root}:m:${hashOf(key).toString("hex").slice(0, digits)}`;
}

/** The core says it of each partition that has another number than one whole server. */
export async function layoutOf(partitions: Partitions): Promise<Layout> {
  const { count } = partitions;
  if (count === 1) return { partitions: 1, buckets: BUCKETS };
  const control = partitions.at(CONTROL_SLOT);
  const stored = await control.command("HGET", control.root, "buckets");
  return { partitions: count, buckets: typeof stored === "string" ? Number(stored) : BUCKETS };
}

function hashOf(key: Buffer): Buffer {
  return createHash("sha1").update(key).digest();
}
