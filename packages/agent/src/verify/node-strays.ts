/**
 * Keys without metadata where hash slots are the partitions: each node's keys are walked by SCAN, and each key is looked for in the
 * metadata of its slot. The cursor is `<cursor of SCAN>@<node>`, node after node in the order of their ids. What moves to another node
 * meanwhile may be passed over: the walk is for people who look for writes past the function, and the next one sees it.
 */
import type { SlotNode, Slots } from "@meridian/engine";
import type { Partitions } from "../partitions/partitions.js";
import type { Layout, VerifyAnswers } from "./documents.js";
import { bucketKeyOf } from "./layout.js";
import { verifyLimits } from "./limits.js";

const FIRST = "0";
/** All of Meridian's own keys begin so, whatever their slot. */
const OWN_PREFIX = Buffer.from("mer:{");

export async function straysOfNodes(
  slots: Slots,
  partitions: Partitions,
  layout: Layout,
  cursor: string,
): Promise<VerifyAnswers["strays"]> {
  const found: VerifyAnswers["strays"] = { next: FIRST, keys: 0, straysBase64: [] };
  const endsAt = performance.now() + verifyLimits.answerMs;
  const nodes = slots.nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const [, begun = FIRST, id] = /^(\d+)(?:@(.+))?$/.exec(cursor) ?? [];
  let at = id === undefined ? 0 : nodes.findIndex((node) => node.id >= id);
  let scan = nodes[at]?.id === id ? begun : FIRST;
  while (at >= 0 && at < nodes.length) {
    const node = nodes[at]!;
    scan = await lookAt(node, scan, found, partitions, layout);
    if (scan === FIRST) at++;
    const next = nodes[at];
    if (next !== undefined && performance.now() >= endsAt) return { ...found, next: `${scan}@${next.id}` };
  }
  return found;
}

/** A page of the node's keys; the cursor of the next. */
async function lookAt(
  { redis }: SlotNode,
  cursor: string,
  found: VerifyAnswers["strays"],
  partitions: Partitions,
  layout: Layout,
): Promise<string> {
  const page = await redis.callBuffer("SCAN", cursor, "COUNT", String(verifyLimits.strayStep));
  const [next, names] = page as [Buffer, Buffer[]];
  const keys = names.filter((name) => !name.subarray(0, OWN_PREFIX.length).equals(OWN_PREFIX));
  const strays = await Promise.all(keys.map((key) => isStray(key, partitions, layout)));
  found.keys += keys.length;
  for (const [index, key] of keys.entries()) if (strays[index]) found.straysBase64.push(key.toString("base64"));
  return String(next);
}

/** The library says so in one step, where the metadata lack the key at a first look. */
async function isStray(key: Buffer, partitions: Partitions, layout: Layout): Promise<boolean> {
  const partition = partitions.of(key);
  if ((await partition.command("HEXISTS", bucketKeyOf(partition, layout, key), key)) === 1) return false;
  const reply = (await partition.callBuffer("digest", "key", key, "")) as Buffer[];
  return String(reply[3]) === "stray";
}
