/**
 * Entries of streams that apply brings and that are to go in before others: those of one stream wait until something else is
 * done to its key, at the latest to the end of the call, and go in together, for each time costs what was added since
 * (effects/stream-native.ts). A script of a queue adds its events between writes to other keys: those don't end the wait.
 *
 * Nobody sees that they wait: nothing reads a key but what is done to it, and that comes after they went in.
 */
import type { Author, Operation } from "../log/operation.js";
import { loadKey, peek } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { compareBytes } from "../state/sequence.js";
import { insertEntries, newEntry, type NewEntry } from "./stream-entries.js";
import { openStream } from "./stream-open.js";
import { PLAIN_STREAM } from "./stream-plain.js";

export interface EntryBatch {
  /** By key, in the order of their ids. */
  readonly waiting: Record<string, NewEntry[] | undefined>;
  /** The keys in the order in which they began to wait; some may have gone in since. */
  keys: string[];
  /** Of all keys. */
  count: number;
}

const ENTRIES_MAX = 5000;

/** From here to `endBatch` entries may wait. */
export function beginBatch(partition: Partition): void {
  partition.batch = { waiting: {}, keys: [], count: 0 };
}

export function endBatch(partition: Partition): void {
  flushAll(partition);
  partition.batch = undefined;
}

/** Before anything is done for the operations: what waits for their keys goes in, unless it may be added to. */
export function flushBeforeAll(partition: Partition, operations: Operation[]): void {
  for (const operation of operations) flushBefore(partition, operation);
}

/** Before the operation takes effect: what waits for its key goes in, unless it may be added to. */
export function flushBefore(partition: Partition, operation: Operation): void {
  const { batch } = partition;
  if (batch === undefined || batch.count === 0 || operation[0] === "a") return;
  if (operation[0] === "Z") flushAll(partition);
  else flushKey(partition, operation[1] as string);
}

/** Takes an entry that the server did not append; false where it can't wait, and nothing of its key waits any more. */
export function takeIntoBatch(
  partition: Partition,
  key: string,
  id: string,
  fields: string[],
  author: Author,
): boolean {
  const { batch } = partition;
  if (batch === undefined) return false;
  if (peek(partition, key) !== PLAIN_STREAM) {
    flushKey(partition, key);
    return false;
  }
  const entry = newEntry(id, fields, author.stamp, author.origin);
  if (batch.count >= ENTRIES_MAX) flushAll(partition);
  const entries = batch.waiting[key];
  if (entries !== undefined && compareBytes(entries[entries.length - 1]!.place, entry.place) >= 0) {
    flushKey(partition, key);
  }
  const open = batch.waiting[key];
  if (open === undefined) {
    batch.waiting[key] = [entry];
    batch.keys.push(key);
  } else {
    open.push(entry);
  }
  batch.count++;
  return true;
}

function flushAll(partition: Partition): void {
  const { batch } = partition;
  if (batch === undefined || batch.count === 0) return;
  const { keys } = batch;
  batch.keys = [];
  for (const key of keys) flushKey(partition, key);
}

/** What waits for the key goes in. */
export function flushKey(partition: Partition, key: string): void {
  const { batch } = partition;
  const entries = batch?.waiting[key];
  if (batch === undefined || entries === undefined) return;
  delete batch.waiting[key];
  batch.count -= entries.length;
  insertEntries(openStream(partition, loadKey(partition, key)), entries, true);
}
