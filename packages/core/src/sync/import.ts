/**
 * Taking in another region's state, where the logs no longer reach: after a long cut, from an old backup, or from nothing. The
 * region serves and writes meanwhile, and so do all others.
 *
 *     import head text       begins, or begins anew
 *     import piece text      the states of a range of buckets, in ascending order; or a page of a large value in the next one
 *     import end             the logs take over
 *     import state           what runs
 *
 * Each answers [status, next bucket, origin, stamp], `state` of an import that runs also the head's vector, [origin, stamp ...].
 * Each is one atomic step whose position lies in Redis beside the data: an agent may die at any point, and any other one goes
 * on. Pieces may come from different regions. Statuses:
 *
 *     ok         done; of `state`: an import runs
 *     none       of `state`: no import runs
 *     order      the piece does not begin at the next bucket: export from there. To do one twice is harmless
 *     behind     the exporter has not applied the origin's entries up to the stamp, and must before it exports: ours, or
 *                those that we had or that the head has
 *     gap        our own log no longer has what follows the stamp; export from a region that holds more of it
 *     unknown    the exporter knows the origin's region and this one does not yet: the members come first
 *     ahead      the exporter holds a stamp too far ahead of this clock: wait
 *     unfinished `end` before the last bucket
 *
 * Invariants
 * 1. A state includes all that we had of other regions, so nothing is lost by putting it in place of ours.
 * 2. Our own entries that it does not include are made upon it again (sync/own-entries.ts).
 * 3. From the begin to the end no remote entry applies; at the end the vector is the head's, and every key is as far or further.
 * 4. What each key has seen is remembered until the vector has caught up (sync/views.ts).
 */
import { errors, refuse } from "../errors.js";
import { host, integerOf, type Packed, type Reply } from "../host.js";
import { regionOf } from "../clock/origin.js";
import { idOfStamp, stampAt } from "../clock/stamp.js";
import { foldAll } from "../effects/fold.js";
import { MAX_AHEAD_MS } from "../log/remote.js";
import { isFull } from "../scripts/full-server.js";
import { contextKey, importKey, logKey, vectorKey, viewsKey } from "../state/names.js";
import { isKnownRegion, markChanged, vectorFrom, type Partition } from "../state/partition.js";
import { findLive, isFoldedBy, WHOLE } from "../state/whole.js";
import { adoptedAt } from "./adoption.js";
import { install } from "./install.js";
import { ownEntriesAfter, type Lack } from "./own-entries.js";
import { dropPages, havePages, takePage } from "./page-intake.js";
import { flatVector, pagesBefore, readHead, readPage, readPiece } from "./piece.js";
import { seenAt, seenFrom, type Seen } from "./seen.js";
import {
  addRange,
  CONTEXTS,
  dropViews,
  emptyViews,
  isWithin,
  POSITION,
  START,
  type Import,
  type Range,
  type Views,
} from "./views.js";

export function importStates(partition: Partition, args: string[]): Reply {
  const [, verb, text] = args;
  if (partition.adoption !== undefined && verb !== "state") return refuse(errors.adopting);
  if (verb === "head" && text !== undefined) return begin(partition, text);
  if (verb === "piece" && text !== undefined) return takePiece(partition, text);
  if (verb === "end") return end(partition);
  if (verb === "state") return whereItStands(partition, partition.views?.running);
  return refuse(errors.badImport);
}

function answer(status: string, running: Import | undefined, origin = "", stamp = 0): Reply {
  return [status, host.integerText(running?.position ?? 0), origin, host.integerText(stamp)];
}

function whereItStands(partition: Partition, running: Import | undefined): Reply {
  if (running === undefined) return answer("none", running);
  const start: Reply[] = [];
  for (const part of flatVector(partition, running.start, 0)) {
    start.push(typeof part === "number" ? host.integerText(part) : (part as string));
  }
  return ["ok", host.integerText(running.position), "", "0", start];
}

function begin(partition: Partition, text: string): Reply {
  const head = readHead(text);
  if (head === undefined) return refuse(errors.badPiece);
  const { views } = partition;
  const seen = seenFrom(head.vector);
  const lack = whatLacks(partition, seen, views);
  if (lack !== undefined && isAdopted(partition, lack)) return refuse(errors.adoptedToo);
  if (lack !== undefined) return answer(lack.kind, views?.running, lack.origin, lack.stamp);
  const start = vectorFrom(partition, head.vector);
  const running: Import = { position: 0, start };
  const { root } = partition;
  dropPages(root);
  host.call("HSET", importKey(root), POSITION, "0", START, host.pack(head.vector), CONTEXTS, host.pack(head.contexts));
  if (views === undefined) partition.views = emptyViews(running);
  else views.running = running;
  return answer("ok", running);
}

/** What our log does not hold is what was here before us: nobody has it, and no state can take its place. */
function isAdopted({ root }: Partition, { kind, origin, stamp }: Trouble): boolean {
  const adopted = adoptedAt(root);
  return kind === "gap" && adopted?.origin === origin && stamp < integerOf(adopted.stamp);
}

type Trouble = Lack | { kind: "ahead" | "unknown"; origin: string; stamp: number };

/** An origin whose place among all is not known here, or whose clock is too far ahead. */
function whatIsStrange(partition: Partition, seen: Seen): Trouble | undefined {
  const latest = stampAt(partition.now + MAX_AHEAD_MS);
  for (const region in seen.folds) {
    const origin = seen.folds[region]!;
    if (!isKnownRegion(partition, origin)) return { kind: "unknown", origin, stamp: WHOLE };
    // Ours began earlier, by a clock that was set back: it is to begin anew when the clock is right.
    if (isFoldedBy(origin, partition.origins[partition.own]!)) return { kind: "ahead", origin, stamp: WHOLE };
  }
  for (const origin in seen.stamps) {
    const stamp = seen.stamps[origin]!;
    if (stamp > latest) return { kind: "ahead", origin, stamp };
    if (!isKnownRegion(partition, origin)) return { kind: "unknown", origin, stamp };
  }
  return undefined;
}

/** Why states of a region that has seen this can't take the place of ours; undefined where they can. */
function whatLacks(partition: Partition, seen: Seen, views: Views | undefined): Trouble | undefined {
  const strange = whatIsStrange(partition, seen);
  if (strange !== undefined) return strange;
  for (let index = 1; index < partition.origins.length; index++) {
    const origin = partition.origins[index]!;
    const held = regionOf(origin) === partition.deployment.region ? 0 : (partition.vector[index] ?? 0);
    const viewed = views?.joined[index] ?? 0;
    const stamp = held > viewed ? held : viewed;
    if (stamp > seenAt(seen, origin)) return { kind: "behind", origin, stamp };
  }
  const own = ownEntriesAfter(partition, seen);
  return "kind" in own ? own : undefined;
}

function takePiece(partition: Partition, text: string): Reply {
  const { views } = partition;
  if (views?.running === undefined) return refuse(errors.noImport);
  if (isFull()) return refuse(errors.outOfMemory);
  const { running } = views;
  const page = readPage(text);
  if (page !== undefined) {
    const isNext = page.bucket === running.position && takePage(partition, page);
    return answer(isNext ? "ok" : "order", running);
  }
  const piece = readPiece(text, partition.buckets);
  if (piece === undefined) return refuse(errors.badPiece);
  if (piece.from !== running.position || !havePages(partition.root, pagesBefore(piece)))
    return answer("order", running);
  const seen = seenFrom(piece.vector);
  const trouble = whatPieceLacks(partition, running, seen);
  if (trouble !== undefined) return answer(trouble.kind, running, trouble.origin, trouble.stamp);
  const own = ownEntriesAfter(partition, seen);
  if ("kind" in own) return answer(own.kind, running, own.origin, own.stamp);
  install(partition, piece, own);
  const { from, to } = piece;
  putRange(partition, views, { from, to, seen: vectorFrom(partition, piece.vector) });
  if (views.latest > partition.last) partition.last = views.latest;
  running.position = to;
  dropPages(partition.root);
  host.call("HSET", importKey(partition.root), POSITION, host.integerText(to));
  return answer("ok", running);
}

/** At the end each key must be as far as the head at least; of the origin that writes here our own log has the rest. */
function whatPieceLacks(partition: Partition, { start }: Import, seen: Seen): Trouble | undefined {
  const strange = whatIsStrange(partition, seen);
  if (strange !== undefined) return strange;
  for (const known in start) {
    const index = host.toNumber(`${known}`, 10);
    const origin = partition.origins[index]!;
    if (index !== partition.own && start[index]! > seenAt(seen, origin)) {
      return { kind: "behind", origin, stamp: start[index]! };
    }
  }
  return undefined;
}

/** Remembers what was seen of the range, which follows those taken in before; what an earlier import said of it goes. */
function putRange(partition: Partition, views: Views, range: Range): void {
  const key = viewsKey(partition.root);
  const before: Range[] = [];
  const after: Range[] = [];
  for (const other of views.ranges) {
    if (other.to <= range.from) {
      before.push(other);
    } else {
      host.call("HDEL", key, host.integerText(other.from));
      if (other.to > range.to)
        after.push({ from: other.from > range.to ? other.from : range.to, to: other.to, seen: other.seen });
    }
  }
  for (const other of after) storeRange(partition, other);
  views.ranges = before;
  const last = before[before.length - 1];
  if (
    last !== undefined &&
    last.to === range.from &&
    isWithin(last.seen, range.seen) &&
    isWithin(range.seen, last.seen)
  ) {
    last.to = range.to;
    storeRange(partition, last);
  } else {
    addRange(views, range);
    storeRange(partition, range);
  }
  for (const other of after) views.ranges.push(other);
}

function storeRange(partition: Partition, { from, to, seen }: Range): void {
  const stored = host.pack([to, flatVector(partition, seen, 0)]);
  host.call("HSET", viewsKey(partition.root), host.integerText(from), stored);
}

function end(partition: Partition): Reply {
  const { views, vector, root, origins } = partition;
  if (views?.running === undefined) return refuse(errors.noImport);
  const { running } = views;
  if (running.position < partition.buckets) return answer("unfinished", running);
  const contexts = contextsByName(host.unpackOwn(host.call("HGET", importKey(root), CONTEXTS) as string) as Packed[]);
  foldAll(partition, running.start);
  for (const known in running.start) {
    const index = host.toNumber(`${known}`, 10);
    const stamp = running.start[index]!;
    if (stamp === WHOLE || stamp <= (vector[index] ?? 0)) continue;
    const origin = origins[index]!;
    vector[index] = stamp;
    if (index !== partition.own) markChanged(partition, index);
    host.call("HSET", vectorKey(root), origin, host.integerText(stamp));
    replaceContext(partition, index, contexts[origin] ?? []);
    // What follows begins after the stamp: with what is before it there would be a gap.
    host.call("XTRIM", logKey(root, origin), "MINID", idOfStamp(stamp + 1));
    if (stamp > partition.last) partition.last = stamp;
  }
  findLive(partition);
  host.call("UNLINK", importKey(root));
  views.running = undefined;
  dropViews(partition, views);
  return answer("ok", running);
}

function contextsByName(flat: Packed[]): Record<string, Packed[] | undefined> {
  const contexts: Record<string, Packed[] | undefined> = {};
  for (let at = 0; at < flat.length; at += 2) contexts[flat[at] as string] = flat[at + 1] as Packed[];
  return contexts;
}

/** What the origin had seen at the entry that our vector now names. */
function replaceContext(partition: Partition, index: number, flat: Packed[]): void {
  const key = contextKey(partition.root, partition.origins[index]!);
  const fields: string[] = [];
  for (let at = 0; at < flat.length; at += 2) fields.push(flat[at] as string, host.integerText(flat[at + 1] as number));
  host.call("UNLINK", key);
  if (fields.length > 0) host.call("HSET", key, ...fields);
  delete partition.contexts[index];
}
