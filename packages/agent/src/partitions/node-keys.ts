/** The users' keys of a node, page by page, and whether Meridian knows them: for walks over a region of hash slots. */
import { createHash } from "node:crypto";
import { SLOT_BUCKETS } from "@meridian/core";
import type { SlotNode } from "@meridian/engine";
import type { Partition } from "./partitions.js";

/** Of the first and after the last page. */
export const FIRST_CURSOR = "0";
/** All of Meridian's own keys begin so, whatever their slot. */
const OWN_PREFIX = Buffer.from("mer:{");

/** As SCAN gives them: each that is there all the while at least once, as long as the process is the same. */
export async function pageOfKeys(
  { redis }: Pick<SlotNode, "redis">,
  cursor: string,
  count: number,
): Promise<{ next: string; keys: Buffer[] }> {
  const reply = await redis.callBuffer("SCAN", cursor, "COUNT", String(count));
  const [next, names] = reply as [Buffer, Buffer[]];
  const keys = names.filter((name) => !name.subarray(0, OWN_PREFIX.length).equals(OWN_PREFIX));
  return { next: String(next), keys };
}

export async function hasMetadata(partition: Partition, key: Buffer): Promise<boolean> {
  return (await partition.command("HEXISTS", bucketInSlot(partition, key), key)) === 1;
}

/** The hash in which the key has its metadata; the core's state/bucket-names.ts spells it so. */
function bucketInSlot({ root }: Partition, key: Buffer): string {
  const first = createHash("sha1").update(key).digest().readUInt8(0);
  const bucket = Math.floor((first * SLOT_BUCKETS) / 2 ** 8);
  return `${root}:m:${bucket.toString(16).padStart(2, "0")}`;
}
