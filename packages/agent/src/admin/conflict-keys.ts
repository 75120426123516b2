/**
 * Which keys of a region may hold losers, page by page, and how many conflicts there were of each kind. Where each hash slot is a
 * partition most have none: a page holds the keys of as many slots as fill it, and its cursor is `<slot>:<cursor in it>`.
 */
import { conflictCountsKey, conflictKeysKey } from "@meridian/core";
import { agentLimits } from "../limits.js";
import { walkPartitions, type Partition, type Partitions } from "../partitions/partitions.js";
import type { ConflictTotals } from "./documents.js";

/** Some of the keys that may hold losers; "0" is the first cursor, and the next of the last page. */
export interface ConflictPage {
  next: string;
  keysBase64: string[];
  /** Of the whole region; only the first page of slots has them. */
  counts: Record<string, number>;
}

const FIRST = "0";

export async function readConflictPage(partitions: Partitions, cursor: string): Promise<ConflictPage> {
  if (partitions.count === 1) return await pageOf(partitions.at(0), cursor);
  if (cursor === FIRST) {
    const { totals, slots } = await lookAtConflicts(partitions);
    return { ...(await fillPage(partitions, each(slots))), counts: totals.counts };
  }
  const [slot, inner] = placeOf(cursor);
  if (inner === FIRST) return await fillPage(partitions, slotsWithKeys(partitions, slot));
  const { next, keysBase64 } = await pageOf(partitions.at(slot), inner);
  return { next: next === FIRST ? `${slot + 1}:${FIRST}` : `${slot}:${next}`, keysBase64, counts: {} };
}

/** Two native reads of a server; of slots one each, and two of those that ever met a conflict. */
export async function countConflicts(partitions: Partitions, only?: readonly number[]): Promise<ConflictTotals> {
  return (await lookAtConflicts(partitions, only)).totals;
}

/** The sums, and which slots have keys. */
async function lookAtConflicts(
  partitions: Partitions,
  only?: readonly number[],
): Promise<{ totals: ConflictTotals; slots: number[] }> {
  const totals: ConflictTotals = { keys: 0, counts: {} };
  const slots: number[] = [];
  const atOnce = agentLimits.partitionsAtOnce;
  const ask = async (partition: Partition): Promise<[string[], number]> => {
    const flat = (await partition.command("HGETALL", conflictCountsKey(partition.root))) as string[];
    const keys = flat.length === 0 ? 0 : await partition.command("SCARD", conflictKeysKey(partition.root));
    return [flat, Number(keys)];
  };
  for await (const { partition, answer } of walkPartitions(partitions, { atOnce, only }, ask)) {
    const [flat, keys] = answer;
    totals.keys += keys;
    if (keys > 0) slots.push(partition.index);
    for (let at = 0; at + 1 < flat.length; at += 2) {
      const kind = flat[at] ?? "";
      totals.counts[kind] = (totals.counts[kind] ?? 0) + Number(flat[at + 1]);
    }
  }
  return { totals, slots };
}

async function* slotsWithKeys(partitions: Partitions, from: number): AsyncGenerator<number> {
  const look = (partition: Partition): Promise<unknown> => partition.command("EXISTS", conflictKeysKey(partition.root));
  const atOnce = agentLimits.partitionsAtOnce;
  for await (const { partition, answer } of walkPartitions(partitions, { from, atOnce }, look)) {
    if (answer === 1) yield partition.index;
  }
}

async function* each(slots: readonly number[]): AsyncGenerator<number> {
  yield* slots;
}

async function fillPage(partitions: Partitions, slots: AsyncIterable<number>): Promise<ConflictPage> {
  const keysBase64: string[] = [];
  for await (const slot of slots) {
    const page = await pageOf(partitions.at(slot), FIRST);
    keysBase64.push(...page.keysBase64);
    if (page.next !== FIRST) return { next: `${slot}:${page.next}`, keysBase64, counts: {} };
    if (keysBase64.length >= agentLimits.conflictKeysPage)
      return { next: `${slot + 1}:${FIRST}`, keysBase64, counts: {} };
  }
  return { next: FIRST, keysBase64, counts: {} };
}

async function pageOf(partition: Partition, cursor: string): Promise<ConflictPage> {
  const reply = await partition.callBuffer("conflicts", cursor, String(agentLimits.conflictKeysPage));
  const [next, keys, flat] = reply as [Buffer, Buffer[], Buffer[]];
  const counts: Record<string, number> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) counts[String(flat[at])] = Number(flat[at + 1]);
  return { next: String(next), keysBase64: keys.map((key) => key.toString("base64")), counts };
}

/** A cursor comes from whoever asks; what can't be one begins nowhere. */
function placeOf(cursor: string): [slot: number, inner: string] {
  const [, slot = "", inner = ""] = /^(\d{1,5}):(\d+)$/.exec(cursor) ?? [];
  if (inner === "") throw new RangeError(`the cursor ${cursor} is none of a region of slots`);
  return [Number(slot), inner];
}
