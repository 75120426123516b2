/**
 * Keys without metadata where hash slots are the partitions: each node's keys are walked, and each key is looked for in the metadata
 * of its slot. The cursor is `<cursor of SCAN>@<node>`, node after node in the order of their ids. What moves to another node
 * meanwhile may be passed over: the walk is for people who look for writes past the function, and the next one sees it.
 */
import type { Slots } from "@meridian/engine";
import { FIRST_CURSOR, hasMetadata, pageOfKeys } from "../partitions/node-keys.js";
import type { Partitions } from "../partitions/partitions.js";
import type { VerifyAnswers } from "./documents.js";
import { verifyLimits } from "./limits.js";

export async function straysOfNodes(
  slots: Slots,
  partitions: Partitions,
  cursor: string,
): Promise<VerifyAnswers["strays"]> {
  const found: VerifyAnswers["strays"] = { next: FIRST_CURSOR, keys: 0, straysBase64: [] };
  const endsAt = performance.now() + verifyLimits.answerMs;
  const nodes = slots.nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const [, begun = FIRST_CURSOR, id] = /^(\d+)(?:@(.+))?$/.exec(cursor) ?? [];
  let at = id === undefined ? 0 : nodes.findIndex((node) => node.id >= id);
  let scan = nodes[at]?.id === id ? begun : FIRST_CURSOR;
  while (at >= 0 && at < nodes.length) {
    const { next, keys } = await pageOfKeys(nodes[at]!, scan, verifyLimits.strayStep);
    found.keys += keys.length;
    const strays = await Promise.all(keys.map((key) => isStray(key, partitions)));
    for (const [index, key] of keys.entries()) if (strays[index]) found.straysBase64.push(key.toString("base64"));
    scan = next;
    if (scan === FIRST_CURSOR) at++;
    const node = nodes[at];
    if (node !== undefined && performance.now() >= endsAt) return { ...found, next: `${scan}@${node.id}` };
  }
  return found;
}

/** The library says so in one step, where the metadata lack the key at a first look. */
async function isStray(key: Buffer, partitions: Partitions): Promise<boolean> {
  const partition = partitions.of(key);
  if (await hasMetadata(partition, key)) return false;
  return ((await partition.callBuffer("digest", "unknown", key)) as Buffer[]).length > 0;
}
