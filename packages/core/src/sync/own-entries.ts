/**
 * This region's own entries that a state does not include: made upon it again, each with the context that it really had, as the
 * other regions apply them. They include those of former incarnations that nobody else has yet.
 */
import { host, type Packed } from "../host.js";
import { regionOf } from "../clock/origin.js";
import { idOfStamp } from "../clock/stamp.js";
import { flushBuckets } from "../effects/flush.js";
import { applyOperation } from "../effects/operations.js";
import { beginBatch, endBatch, flushBefore } from "../effects/stream-batch.js";
import { readFrame, type Entry } from "../log/entry.js";
import type { Author } from "../log/operation.js";
import { bucketAt } from "../state/bucket-names.js";
import { logKey } from "../state/names.js";
import { indexOfOrigin, vectorFrom, type Partition, type Vector } from "../state/partition.js";
import { expand, WHOLE } from "../state/whole.js";
import { authorAt, bucketOf } from "./declared.js";
import { seenAt, type Seen } from "./seen.js";

/** The entries of one origin, in order. */
export interface OwnEntries {
  readonly origin: number;
  readonly entries: Entry[];
}

/** More are too long a call: the exporter is to catch up first. */
const ROWS_MAX = 10000;

export type Lack = { kind: "gap" | "behind"; origin: string; stamp: number };

/** All that `seen` does not include; or why that can't be told. */
export function ownEntriesAfter(partition: Partition, seen: Seen): OwnEntries[] | Lack {
  const all: OwnEntries[] = [];
  for (const origin of ownOrigins(partition)) {
    const name = partition.origins[origin]!;
    const after = seenAt(seen, name);
    const here = partition.vector[origin] ?? 0;
    if (here <= after) continue;
    if (here === WHOLE) return { kind: "behind", origin: name, stamp: here };
    const log = logKey(partition.root, name);
    const rows = host.call("XRANGE", log, "(" + idOfStamp(after), "+", "COUNT", ROWS_MAX + 1) as [string, string[]][];
    if (rows.length > ROWS_MAX) return { kind: "behind", origin: name, stamp: here };
    const entries: Entry[] = [];
    for (const [, fields] of rows) addEntries(entries, fields[1]!, after);
    if (entries.length === 0 || !followsOn(entries[0]!, after)) return { kind: "gap", origin: name, stamp: after };
    all.push({ origin, entries });
  }
  return all;
}

/** True where the entry is the next one after the stamp; one of a run is that only where the run begins there. */
function followsOn({ previous, run }: Entry, after: number): boolean {
  return run === undefined ? previous <= after : run.previous === after;
}

/** The incarnations of this region, the oldest first. */
function ownOrigins({ origins, deployment, priority }: Partition): number[] {
  const { region } = deployment;
  const indexes: number[] = [];
  for (let index = 1; index < origins.length; index++) if (regionOf(origins[index]!) === region) indexes.push(index);
  return indexes.sort((a, b) => priority[a]! - priority[b]!);
}

function addEntries(entries: Entry[], frames: string, after: number): void {
  for (let at = 0; at < frames.length;) {
    const read: Entry[] = [];
    const to = readFrame(read, frames, at);
    if (to === undefined) return;
    for (const entry of read) if (entry.stamp > after) entries.push(entry);
    at = to;
  }
}

/** Makes them upon the keys in the buckets. `contexts`: [origin, [origin stamp ...] ...], what each had seen before. */
export function applyOwnEntries(
  partition: Partition,
  all: OwnEntries[],
  contexts: Packed[],
  from: number,
  to: number,
): void {
  beginBatch(partition);
  for (const { origin, entries } of all) {
    const context = contextBefore(partition, origin, contexts);
    const author: Author = { stamp: 0, origin, context };
    for (const entry of entries) {
      for (let at = 0; at < entry.dependencies.length; at += 2) {
        context[indexOfOrigin(partition, entry.dependencies[at] as string)] = entry.dependencies[at + 1] as number;
      }
      if (entry.dependencies.length > 0) expand(partition, context);
      context[origin] = entry.stamp;
      author.stamp = entry.stamp;
      applyWithin(partition, entry, author, from, to);
    }
  }
  endBatch(partition);
}

function contextBefore(partition: Partition, origin: number, contexts: Packed[]): Vector {
  for (let at = 0; at < contexts.length; at += 2) {
    if (contexts[at] !== partition.origins[origin]) continue;
    return vectorFrom(partition, contexts[at + 1] as Packed[]);
  }
  return {};
}

function applyWithin(partition: Partition, entry: Entry, author: Author, from: number, to: number): void {
  for (let at = 0; at < entry.operations.length; at++) {
    const operation = entry.operations[at]!;
    const code = operation[0];
    if (code === "M" || code === "m" || code === "f") continue;
    if (code === "Z") {
      flushBefore(partition, operation);
      const buckets: string[] = [];
      for (let index = from; index < to; index++) buckets.push(bucketAt(partition, index));
      flushBuckets(partition, operation, authorAt(partition, author, entry, at), buckets);
      continue;
    }
    const bucket = bucketOf(partition, operation);
    if (bucket < from || bucket >= to) continue;
    flushBefore(partition, operation);
    applyOperation(partition, operation, authorAt(partition, author, entry, at));
  }
}
