/**
 * Entries of one stream that apply brings and that are to go in before others: they wait until the next operation does something
 * else, and go in together, for each time costs what was added since (effects/stream-native.ts).
 *
 * Nobody sees that they wait: whatever is done next to the key, or to any other, comes after they went in.
 */
import type { Author, Operation } from "../log/operation.js";
import { loadKey, peek } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { compareBytes } from "../state/sequence.js";
import { insertEntries, newEntry, type NewEntry } from "./stream-entries.js";
import { openStream } from "./stream-open.js";
import { PLAIN_STREAM } from "./stream-plain.js";

export interface EntryBatch {
  key: string;
  /** In the order of their ids. */
  entries: NewEntry[];
}

const ENTRIES_MAX = 5000;

/** From here to `endBatch` entries may wait. */
export function beginBatch(partition: Partition): void {
  partition.batch = { key: "", entries: [] };
}

export function endBatch(partition: Partition): void {
  flushBatch(partition);
  partition.batch = undefined;
}

/** Before anything is done for the operations: what waits goes in, unless all of them may add to it. */
export function flushBeforeAll(partition: Partition, operations: Operation[]): void {
  for (const operation of operations) flushBefore(partition, operation);
}

/** Before the operation takes effect: what waits goes in, unless it may add to it. */
export function flushBefore(partition: Partition, operation: Operation): void {
  const { batch } = partition;
  if (batch === undefined || batch.entries.length === 0) return;
  if (operation[0] !== "a" || operation[1] !== batch.key) flushBatch(partition);
}

/** Takes an entry that the server did not append; false where it can't wait, and nothing waits any more. */
export function takeIntoBatch(
  partition: Partition,
  key: string,
  id: string,
  fields: string[],
  author: Author,
): boolean {
  const { batch } = partition;
  if (batch === undefined || peek(partition, key) !== PLAIN_STREAM) {
    flushBatch(partition);
    return false;
  }
  const entry = newEntry(id, fields, author.stamp, author.origin);
  const newest = batch.entries[batch.entries.length - 1];
  const follows = newest === undefined || (batch.key === key && compareBytes(newest.place, entry.place) < 0);
  if (!follows || batch.entries.length >= ENTRIES_MAX) flushBatch(partition);
  batch.key = key;
  batch.entries.push(entry);
  return true;
}

export function flushBatch(partition: Partition): void {
  const { batch } = partition;
  if (batch === undefined || batch.entries.length === 0) return;
  const { entries } = batch;
  batch.entries = [];
  insertEntries(openStream(partition, loadKey(partition, batch.key)), entries, true);
}
