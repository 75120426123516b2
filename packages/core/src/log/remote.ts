/**
 * Remote entries: checked, put in causal order, applied, kept for others.
 *
 * Invariants
 * 1. A batch is decoded and checked whole before its first effect: a poisoned one changes nothing.
 * 2. An entry applies when its origin's entry before is here and all that it was made upon; else the batch stops there.
 * 3. Vector, context, log copy and effects move in the same call.
 * 4. What a key's view covers has no effect on that key (sync/views.ts); while an import or an adoption runs nothing applies,
 *    nor in a region that has left.
 * 5. A run of entries (log/run.ts) applies whole or not at all, as if it were one.
 * 6. The entries are kept as the bytes they came as, for regions that cannot reach their origin.
 */
import { hearing } from "../state/conflict-notices.js";
import { host, integerOf, type Packed, type Reply } from "../host.js";
import { idOfStamp, stampAt } from "../clock/stamp.js";
import { foldContext } from "../effects/fold.js";
import { applyOperation } from "../effects/operations.js";
import { beginBatch, endBatch, flushBefore, flushBeforeAll } from "../effects/stream-batch.js";
import { rememberWish } from "../state/lacks.js";
import { ALL_ROOTS, isReserved } from "../state/reserved.js";
import { crossSlotErrorOf } from "../state/slot-guard.js";
import { dropPassed } from "../state/key-state.js";
import { contextKey, logKey, vectorKey } from "../state/names.js";
import {
  contextOf,
  indexOfOrigin,
  isKnownRegion,
  markChanged,
  type Partition,
  type Vector,
} from "../state/partition.js";
import { expand, findLive, WHOLE } from "../state/whole.js";
import { authorAt, dropSeenOperations } from "../sync/declared.js";
import { dropViews, raiseAll } from "../sync/views.js";
import { readFrame, type Entry } from "./entry.js";
import { FRAMES_FIELD } from "./frames.js";
import { namesNoKey, type Author } from "./operation.js";
import { isInMiddle } from "./run.js";
import { expireBefore, reviveBefore } from "./expiry.js";

/** Entries stamped further ahead of this clock wait, so that a broken clock elsewhere can't drag ours along. */
export const MAX_AHEAD_MS = 60000;

interface Progress {
  status: string;
  detailOrigin: string;
  detailStamp: number;
  /** Entries applied, and where the first and the last of them lie in the frames. */
  applied: number;
  from: number;
  to: number;
  /** Origins that dependencies named. */
  moved: Record<number, true>;
}

/** apply origin frames: [status, stamp of the origin here, origin and stamp that are missing, entries applied] */
export function applyRemote(partition: Partition, args: string[]): Reply {
  const origin = args[1] ?? "";
  const frames = args[2] ?? "";
  if (frames === "" || args.length !== 3) return { err: "MERIDIAN_BADENTRY apply takes an origin and frames" };
  if (!isKnownRegion(partition, origin)) {
    return {
      err: `MERIDIAN_UNKNOWNREGION origin '${origin}' is of no region configured here: name its region in 'regions' of every agent`,
    };
  }
  hearing.isHeard = undefined;
  const entries: Entry[] = [];
  for (let at = 0; at < frames.length;) {
    const known = entries.length;
    const to = readFrame(entries, frames, at);
    if (to === undefined || areReserved(partition.deployment.reserved, entries, known)) {
      return {
        err: `MERIDIAN_BADENTRY an entry of ${origin} can't be read at byte ${host.integerText(at)}: nothing was applied`,
      };
    }
    at = to;
  }
  if (partition.deployment.isSlot && namesOtherSlot(partition, entries)) {
    return {
      err: `MERIDIAN_BADENTRY an entry of ${origin} names a key of another hash slot: nothing was applied; 'partitions' must be alike in all regions`,
    };
  }
  const index = indexOfOrigin(partition, origin);
  const progress: Progress = {
    status: "ok",
    detailOrigin: "",
    detailStamp: 0,
    applied: 0,
    from: 0,
    to: 0,
    moved: {},
  };
  const isAbsorbed = partition.views?.running !== undefined || partition.adoption !== undefined;
  if ((isAbsorbed || partition.deployment.closed === "left") && index !== partition.own) {
    progress.status = "importing";
  } else if (index !== partition.own) {
    beginBatch(partition);
    applyInOrder(partition, index, entries, progress);
    endBatch(partition);
  }
  if (progress.applied > 0) record(partition, index, frames.substring(progress.from, progress.to), progress);
  return [
    progress.status,
    host.integerText(partition.vector[index] ?? 0),
    progress.detailOrigin,
    host.integerText(progress.detailStamp),
    progress.applied,
  ];
}

/** A server that doesn't look at slots takes them as they come: who wrote them did look. */
function namesOtherSlot(partition: Partition, entries: Entry[]): boolean {
  if (partition.checkedSlot !== undefined) return false;
  const keys: string[] = [];
  for (const { operations } of entries) {
    for (const operation of operations) {
      const key = operation[1];
      if (typeof key === "string" && (operation[0] === "m" || !namesNoKey(operation))) keys.push(key);
    }
  }
  return crossSlotErrorOf(partition, keys) !== undefined;
}

function areReserved(root: string, entries: Entry[], from: number): boolean {
  for (let at = from; at < entries.length; at++) if (namesReserved(root, entries[at]!)) return true;
  return false;
}

function namesReserved(root: string, entry: Entry): boolean {
  for (const operation of entry.operations) {
    const key = operation[1];
    if (namesNoKey(operation) || typeof key !== "string") continue;
    if (isReserved(root, key)) return true;
    if (root === ALL_ROOTS) rememberWish(key);
  }
  return false;
}

function applyInOrder(partition: Partition, index: number, entries: Entry[], progress: Progress): void {
  const context = contextOf(partition, index);
  const author: Author = { stamp: 0, origin: index, context };
  const latest = stampAt(partition.now + MAX_AHEAD_MS);
  for (let place = 0, end = 0; place < entries.length; place = end) {
    const { stamp: first, previous, run } = entries[place]!;
    end = place + (run === undefined ? 1 : run.size);
    const last = run === undefined ? first : run.last;
    const here = partition.vector[index] ?? 0;
    if (last <= here) continue;
    if (previous !== here || (run !== undefined && isInMiddle(partition.views, index, run))) {
      progress.status = "gap";
      return;
    }
    if (last > latest) {
      progress.status = "ahead";
      progress.detailStamp = last;
      return;
    }
    for (let at = place; at < end; at++) {
      const { dependencies, awaited } = entries[at]!;
      if (lacks(partition, dependencies, progress) || lacks(partition, awaited, progress)) return;
    }
    if (partition.views !== undefined) {
      for (let at = place; at < end; at++) dropSeenOperations(partition, partition.views, entries[at]!, index);
    }
    applyEntries(partition, entries, place, end, author, progress);
    if (progress.applied === 0) progress.from = entries[place]!.from;
    progress.to = entries[place]!.to;
    progress.applied++;
  }
}

/** True, and the entry waits, where one of [origin stamp ...] is not here. What is folded comes with entries: those first. */
function lacks(partition: Partition, dependencies: readonly Packed[], progress: Progress): boolean {
  return isMissing(partition, dependencies, false, progress) || isMissing(partition, dependencies, true, progress);
}

function isMissing(
  partition: Partition,
  dependencies: readonly Packed[],
  isFolded: boolean,
  progress: Progress,
): boolean {
  for (let at = 0; at < dependencies.length; at += 2) {
    if ((dependencies[at + 1] === WHOLE) !== isFolded) continue;
    const origin = indexOfOrigin(partition, dependencies[at] as string);
    const here = partition.vector[origin] ?? 0;
    if (here >= (dependencies[at + 1] as number)) continue;
    progress.status = "wait";
    progress.detailOrigin = dependencies[at] as string;
    progress.detailStamp = dependencies[at + 1] as number;
    return true;
  }
  return false;
}

/** Applies the entries from one place to another, one or those of a run, in one step. */
function applyEntries(
  partition: Partition,
  entries: Entry[],
  place: number,
  end: number,
  author: Author,
  progress: Progress,
): void {
  let count = 0;
  for (let at = place; at < end; at++) {
    const { operations } = entries[at]!;
    flushBeforeAll(partition, operations);
    expireBefore(partition, operations);
    count += operations.length;
  }
  if (end > place + 1) reviveBeforeRun(partition, entries, place, end, author);
  if (count > 1) partition.putOff = [];
  for (let at = place; at < end; at++) {
    const entry = entries[at]!;
    noteDependencies(partition, author.origin, entry, progress);
    takeContext(partition, author, entry);
    if (end === place + 1) reviveBefore(partition, entries, place, author);
    applyEntry(partition, entry, author);
  }
  dropPassed(partition);
}

function applyEntry(partition: Partition, entry: Entry, author: Author): void {
  const { operations, stamp } = entry;
  const index = author.origin;
  if (stamp > partition.last) partition.last = stamp;
  const isFirst = partition.vector[index] === undefined;
  partition.vector[index] = stamp;
  if (isFirst) findLive(partition);
  if (partition.changed?.[index] === undefined) markChanged(partition, index);
  for (let at = 0; at < operations.length; at++) {
    const operation = operations[at]!;
    flushBefore(partition, operation);
    applyOperation(partition, operation, entry.seen === undefined ? author : authorAt(partition, author, entry, at));
  }
}

/** Makes the author that of the entry, with all that it had seen; true where that was more than before. */
function takeContext(partition: Partition, author: Author, { dependencies, stamp }: Entry): void {
  const context = author.context!;
  let isFolded = false;
  for (let at = 0; at < dependencies.length; at += 2) {
    context[indexOfOrigin(partition, dependencies[at] as string)] = dependencies[at + 1] as number;
    if (dependencies[at + 1] === WHOLE) isFolded = true;
  }
  if (isFolded) expand(partition, context);
  context[author.origin] = stamp;
  author.stamp = stamp;
}

/** What is to be written of the origin's context. */
function noteDependencies(partition: Partition, index: number, { dependencies }: Entry, progress: Progress): void {
  for (let at = 0; at < dependencies.length; at += 2) {
    const name = dependencies[at] as string;
    if (dependencies[at + 1] === WHOLE) foldContext(partition, index, name);
    else progress.moved[indexOfOrigin(partition, name)] = true;
  }
}

/** What is revived is so before the first entry of the run: an X in a run has nothing before it on its key. */
function reviveBeforeRun(partition: Partition, entries: Entry[], place: number, end: number, author: Author): void {
  const context: Vector = {};
  raiseAll(context, author.context!);
  const expirer: Author = { stamp: 0, origin: author.origin, context };
  for (let at = place; at < end; at++) {
    takeContext(partition, expirer, entries[at]!);
    reviveBefore(partition, entries, at, expirer);
  }
}

/** Writes down how far we are, and keeps the entries. */
function record(partition: Partition, index: number, frames: string, progress: Progress): void {
  const { root, origins, vector, views } = partition;
  const origin = origins[index]!;
  host.call("HSET", vectorKey(root), origin, host.integerText(vector[index]!));
  const context = contextOf(partition, index);
  const flat: string[] = [];
  for (const known in progress.moved) {
    const seen = host.toNumber(`${known}`, 10);
    if (seen !== index && context[seen] !== WHOLE) flat.push(origins[seen]!, host.integerText(context[seen]!));
  }
  if (flat.length > 0) host.call("HSET", contextKey(root, origin), ...flat);
  host.call("XADD", logKey(root, origin), idOfStamp(vector[index]!), FRAMES_FIELD, frames);
  if (views !== undefined) dropViews(partition, views);
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
