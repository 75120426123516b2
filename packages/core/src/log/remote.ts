/**
 * Remote entries: checked, put in causal order, applied, kept for others.
 *
 * Invariants
 * 1. A batch is decoded and checked whole before its first effect: a poisoned one changes nothing.
 * 2. An entry applies when its origin's entry before is here and all that it was made upon; else the batch stops there.
 * 3. Vector, context, log copy and effects move in the same call.
 * 4. The entries are kept as the bytes they came as, for regions that cannot reach their origin.
 */
import { host, integerOf, type Packed, type Reply } from "../host.js";
import { idOfStamp, stampAt } from "../clock/stamp.js";
import { applyOperation } from "../effects/apply.js";
import { contextKey, logKey, vectorKey } from "../state/names.js";
import {
  contextOf,
  indexOfOrigin,
  isKnownRegion,
  markChanged,
  type Partition,
  type Vector,
} from "../state/partition.js";
import { checkEntry, type Entry } from "./entry.js";
import type { Author } from "./operation.js";
import { expireBefore, reviveBefore } from "./expiry.js";

/** Entries stamped further ahead of this clock wait, so that a broken clock elsewhere can't drag ours along. */
export const MAX_AHEAD_MS = 60000;

interface Progress {
  status: string;
  detailOrigin: string;
  detailStamp: number;
  /** Stamp and payload of each entry applied. */
  applied: string[];
  dependenciesMoved: boolean;
}

/** apply origin stamp payload [stamp payload ...] */
export function applyRemote(partition: Partition, args: string[]): Reply {
  const origin = args[1] ?? "";
  if (args.length < 4 || args.length % 2 !== 0) {
    return { err: "MERIDIAN_BADENTRY apply takes an origin, then stamp and payload pairs" };
  }
  if (!isKnownRegion(partition, origin)) {
    return {
      err: `MERIDIAN_UNKNOWNREGION origin '${origin}' is of no region configured here: name its region in 'regions' of every agent`,
    };
  }
  const entries: Entry[] = [];
  for (let at = 2; at < args.length; at += 2) {
    const entry = checkEntry(args[at]!, args[at + 1]!);
    if (entry === undefined) {
      return {
        err: `MERIDIAN_BADENTRY entry '${args[at]!.substring(0, 20)}' of ${origin} can't be read: nothing was applied`,
      };
    }
    entries.push(entry);
  }
  const index = indexOfOrigin(partition, origin);
  const progress: Progress = { status: "ok", detailOrigin: "", detailStamp: 0, applied: [], dependenciesMoved: false };
  if (index !== partition.own) applyInOrder(partition, index, entries, progress);
  if (progress.applied.length > 0) record(partition, index, progress);
  return [
    progress.status,
    host.integerText(partition.vector[index] ?? 0),
    progress.detailOrigin,
    host.integerText(progress.detailStamp),
    progress.applied.length / 2,
  ];
}

function applyInOrder(partition: Partition, index: number, entries: Entry[], progress: Progress): void {
  const context = contextOf(partition, index);
  const author: Author = { stamp: 0, origin: index, context };
  const latest = stampAt(partition.now + MAX_AHEAD_MS);
  for (const entry of entries) {
    const here = partition.vector[index] ?? 0;
    if (entry.stamp <= here) continue;
    if (entry.previous !== here) {
      progress.status = "gap";
      return;
    }
    if (entry.stamp > latest) {
      progress.status = "ahead";
      progress.detailStamp = entry.stamp;
      return;
    }
    const missing = missingOf(partition, entry.dependencies);
    if (missing >= 0) {
      progress.status = "wait";
      progress.detailOrigin = entry.dependencies[missing] as string;
      progress.detailStamp = entry.dependencies[missing + 1] as number;
      return;
    }
    applyEntry(partition, entry, author, context, progress);
  }
}

/** Where in the flat dependencies the first unmet one is; -1 where all are met. */
function missingOf(partition: Partition, dependencies: Packed[]): number {
  for (let at = 0; at < dependencies.length; at += 2) {
    const origin = partition.indexOf[dependencies[at] as string];
    const here = origin === undefined ? 0 : (partition.vector[origin] ?? 0);
    if (here < (dependencies[at + 1] as number)) return at;
  }
  return -1;
}

function applyEntry(partition: Partition, entry: Entry, author: Author, context: Vector, progress: Progress): void {
  const { operations, stamp, dependencies } = entry;
  const index = author.origin;
  expireBefore(partition, operations);
  for (let at = 0; at < dependencies.length; at += 2) {
    context[indexOfOrigin(partition, dependencies[at] as string)] = dependencies[at + 1] as number;
    progress.dependenciesMoved = true;
  }
  context[index] = stamp;
  author.stamp = stamp;
  reviveBefore(partition, operations, author);
  if (stamp > partition.last) partition.last = stamp;
  partition.vector[index] = stamp;
  if (partition.changed[index] === undefined) markChanged(partition, index);
  for (const operation of operations) applyOperation(partition, operation, author);
  progress.applied.push(entry.stampText, entry.payload);
}

/** Writes down how far we are, and keeps the entries. */
function record(partition: Partition, index: number, progress: Progress): void {
  const { root, origins, vector } = partition;
  const origin = origins[index]!;
  host.call("HSET", vectorKey(root), origin, host.integerText(vector[index]!));
  if (progress.dependenciesMoved) {
    const context = contextOf(partition, index);
    const flat: string[] = [];
    for (const known in context) {
      const seen = host.toNumber(`${known}`, 10);
      if (seen !== index) flat.push(origins[seen]!, host.integerText(context[seen]!));
    }
    if (flat.length > 0) host.call("HSET", contextKey(root, origin), ...flat);
  }
  keepEntries(logKey(root, origin), progress.applied);
}

/** Elements of one log record: Lua's argument stack is small. Even, for they are pairs. */
const RECORD_ELEMENTS_MAX = 4000;

/** Each record holds pairs of stamp and payload, and has the id of its last stamp. */
function keepEntries(log: string, pairs: string[]): void {
  for (let from = 0; from < pairs.length; from += RECORD_ELEMENTS_MAX) {
    const record = pairs.length <= RECORD_ELEMENTS_MAX ? pairs : pairs.slice(from, from + RECORD_ELEMENTS_MAX);
    host.call("XADD", log, idOfStamp(integerOf(record[record.length - 2]!)), ...record);
  }
}

/** trim origin stamp: drops log entries up to the stamp; the number dropped. */
export function trimLog(partition: Partition, args: string[]): Reply {
  const origin = args[1] ?? "";
  const stamp = integerOf(args[2] ?? "");
  const index = partition.indexOf[origin];
  if (index === undefined || !(stamp >= 0)) return { err: "MERIDIAN_BADTRIM trim takes a known origin and a stamp" };
  if (index === partition.own && partition.vector[index] !== undefined) {
    host.call("HSET", vectorKey(partition.root), origin, host.integerText(partition.vector[index]));
  }
  return host.call("XTRIM", logKey(partition.root, origin), "MINID", idOfStamp(stamp + 1));
}
