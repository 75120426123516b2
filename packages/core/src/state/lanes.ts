/**
 * Lanes: Redis lists that stand side by side, element for element. The first holds the records of a sequence
 * (state/sequence.ts), the others what belongs to them: the native list. They are changed together.
 *
 * Redis inserts and removes at the ends, or where it finds a value. So inside, either the elements towards the nearer
 * end are carried around to the other one and back, or a mark is set and found: whichever is cheaper.
 *
 * Invariant: no lane is empty on the way, for then it would lose its deadline; only a removal of all leaves nothing.
 */
import { callInPieces, host, unlinkInPieces } from "../host.js";

export type Lanes = readonly string[];

/** Elements moved at a time. */
const CHUNK = 500;

/** What things cost, in units of one element that a server's search passes over; measured (docs/decisions/0013-lists.md). */
const CARRY_COST = 50;
const CALL_COST = 200;

/** Inserts rows at the index: `columns` holds for each lane what it gets, equally many and in their order. */
export function insertRows(lanes: Lanes, size: number, index: number, columns: string[][]): void {
  const count = columns[0]!.length;
  if (index === size) {
    for (let lane = 0; lane < lanes.length; lane++) callInPieces("RPUSH", lanes[lane]!, columns[lane]!);
    return;
  }
  if (index === 0) {
    for (let lane = 0; lane < lanes.length; lane++) callInPieces("LPUSH", lanes[lane]!, reversed(columns[lane]!));
    return;
  }
  const near = index < size - index ? index : size - index;
  const carrying = near * CARRY_COST;
  const searching = count * (index + CALL_COST) * 2;
  for (let lane = 0; lane < lanes.length; lane++) {
    if (carrying <= searching) insertCarrying(lanes[lane]!, size, index, columns[lane]!);
    else if (lane === 0) insertBefore(lanes[lane]!, recordMark(lanes[lane]!, index), columns[lane]!);
    else insertAtMark(lanes[lane]!, index, columns[lane]!);
  }
}

/** Records are unique: each is its own mark. */
function recordMark(key: string, index: number): string {
  return host.call("LINDEX", key, index) as string;
}

function insertBefore(key: string, mark: string, items: string[]): void {
  for (const item of items) host.call("LINSERT", key, "BEFORE", mark, item);
}

function insertAtMark(key: string, index: number, items: string[]): void {
  const item = host.call("LINDEX", key, index) as string;
  insertBefore(key, setMarks(key, [index], false, items), items);
  host.call("LSET", key, index + items.length, item);
}

function insertCarrying(key: string, size: number, index: number, items: string[]): void {
  if (size - index <= index) {
    const carried = size - index;
    if (carried <= CHUNK) {
      const tail = host.call("LRANGE", key, index, -1) as string[];
      host.call("LTRIM", key, 0, index - 1);
      callInPieces("RPUSH", key, items.concat(tail));
    } else {
      carryToHead(key, carried);
      callInPieces("RPUSH", key, items);
      carryToTail(key, carried);
    }
  } else if (index <= CHUNK) {
    const head = host.call("LRANGE", key, 0, index - 1) as string[];
    host.call("LTRIM", key, index, -1);
    callInPieces("LPUSH", key, reversed(head.concat(items)));
  } else {
    carryToTail(key, index);
    callInPieces("LPUSH", key, reversed(items));
    carryToHead(key, index);
  }
}

/** Takes so many elements from the tail and puts them before the head, in their order. */
function carryToHead(key: string, count: number): void {
  for (let left = count; left > 0; left -= CHUNK) {
    const part = left < CHUNK ? left : CHUNK;
    const items = host.call("LRANGE", key, -part, -1) as string[];
    host.call("LPUSH", key, ...reversed(items));
    host.call("LTRIM", key, 0, -part - 1);
  }
}

/** Takes so many elements from the head and puts them behind the tail, in their order. */
function carryToTail(key: string, count: number): void {
  for (let left = count; left > 0; left -= CHUNK) {
    const part = left < CHUNK ? left : CHUNK;
    const items = host.call("LRANGE", key, 0, part - 1) as string[];
    host.call("RPUSH", key, ...items);
    host.call("LTRIM", key, part, -1);
  }
}

/** Removes runs of elements, [from, count, ...] in ascending order and apart from one another; returns the size left. */
export function removeRuns(lanes: Lanes, size: number, runs: number[]): number {
  let inner = runs;
  let left = size;
  if (inner.length > 0) {
    const from = inner[inner.length - 2]!;
    const count = inner[inner.length - 1]!;
    if (from + count === left) {
      if (from === 0) {
        unlinkInPieces(lanes.slice(0));
        return 0;
      }
      for (const key of lanes) host.call("LTRIM", key, 0, from - 1);
      left = from;
      inner = inner.slice(0, inner.length - 2);
    }
  }
  if (inner.length > 0 && inner[0] === 0) {
    const count = inner[1]!;
    for (const key of lanes) host.call("LTRIM", key, count, -1);
    left -= count;
    const shifted: number[] = [];
    for (let at = 2; at < inner.length; at += 2) shifted.push(inner[at]! - count, inner[at + 1]!);
    inner = shifted;
  }
  return inner.length > 0 ? removeInside(lanes, left, inner) : left;
}

/** Runs that touch neither end. */
function removeInside(lanes: Lanes, size: number, runs: number[]): number {
  let total = 0;
  for (let at = 1; at < runs.length; at += 2) total += runs[at]!;
  const first = runs[0]!;
  const end = runs[runs.length - 2]! + runs[runs.length - 1]!;
  const isTailNearer = size - first < end;
  const searched = isTailNearer ? size - first : end;
  const carried = isTailNearer ? size - first - total : end - total;
  const carrying = carried * CARRY_COST + (runs.length / 2) * CALL_COST;
  const searching = total * CALL_COST + searched * 2;
  for (let lane = 0; lane < lanes.length; lane++) {
    const key = lanes[lane]!;
    if (carrying > searching) removeMarked(key, lane === 0, runs, total, isTailNearer);
    else if (isTailNearer) removeFromTail(key, size, runs, carried);
    else removeFromHead(key, runs, carried);
  }
  return size - total;
}

function removeFromTail(key: string, size: number, runs: number[], carried: number): void {
  let end = size;
  for (let at = runs.length - 2; at >= 0; at -= 2) {
    const from = runs[at]!;
    const count = runs[at + 1]!;
    carryToHead(key, end - from - count);
    host.call("LTRIM", key, 0, -count - 1);
    end = from;
  }
  carryToTail(key, carried);
}

function removeFromHead(key: string, runs: number[], carried: number): void {
  let begin = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const from = runs[at]!;
    const count = runs[at + 1]!;
    carryToTail(key, from - begin);
    host.call("LTRIM", key, count, -1);
    begin = from + count;
  }
  carryToHead(key, carried);
}

function removeMarked(key: string, isRecords: boolean, runs: number[], total: number, isFromTail: boolean): void {
  const indexes: number[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    for (let offset = 0; offset < runs[at + 1]!; offset++) indexes.push(runs[at]! + offset);
  }
  let mark = NO_RECORD;
  if (isRecords) for (const index of indexes) host.call("LSET", key, index, NO_RECORD);
  else mark = setMarks(key, indexes, isFromTail, NOTHING);
  host.call("LREM", key, isFromTail ? -total : total, mark);
}

/** No record is empty. */
const NO_RECORD = "";
const MARK = "\0mer";
const NOTHING: string[] = [];

/**
 * Sets at the indexes, in ascending order, a mark that is none of the items and that a search from the end finds there
 * first: a list may hold any text, so the server is asked, and a longer mark taken where it was found elsewhere.
 */
function setMarks(key: string, indexes: number[], isFromTail: boolean, items: string[]): string {
  for (let mark = MARK; ; mark = mark + ".") {
    if (items.includes(mark)) continue;
    for (const index of indexes) host.call("LSET", key, index, mark);
    const rank = isFromTail ? "-1" : "1";
    const found = host.call("LPOS", key, mark, "RANK", rank, "COUNT", indexes.length) as number[];
    if (areSame(found, indexes, isFromTail)) return mark;
  }
}

function areSame(found: number[], indexes: number[], isFromTail: boolean): boolean {
  const last = indexes.length - 1;
  for (let at = 0; at <= last; at++) if (found[at] !== indexes[isFromTail ? last - at : at]) return false;
  return true;
}

function reversed(items: string[]): string[] {
  const turned: string[] = [];
  for (let at = items.length - 1; at >= 0; at--) turned.push(items[at]!);
  return turned;
}
