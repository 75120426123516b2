/**
 * Sequences: records in the order of their places, in a Redis list.
 *
 *     record = length of the place, the place, what is kept about the element
 *
 * The length is one byte up to 250, else 251 and three bytes. A place is a text of bytes that orders the element and
 * names it, the same in every region. Places are unique in their sequence and compared byte by byte: Lua compares texts
 * as the server's locale does, so its `<` is of no use.
 *
 * Only reading is here; state/lanes.ts inserts and removes.
 */
import { host } from "../host.js";

const SHORT_MAX = 250;
const LONG_MARK = 251;
const LONG_HEAD = 4;
/** A place may have this many bytes. */
export const PLACE_BYTES_MAX = 16777215;
/** Records read at a time. */
const CHUNK = 500;

export function recordOf(place: string, rest: string): string {
  const size = place.length;
  if (size <= SHORT_MAX) return String.fromCharCode(size) + place + rest;
  const low = size % 65536;
  return String.fromCharCode(LONG_MARK, Math.floor(size / 65536), Math.floor(low / 256), low % 256) + place + rest;
}

/** Where the place begins in the record, and where it ends: what is kept about the element follows. */
export function placeStart(record: string): number {
  return record.charCodeAt(0) <= SHORT_MAX ? 1 : LONG_HEAD;
}

export function placeEnd(record: string): number {
  const size = record.charCodeAt(0);
  if (size <= SHORT_MAX) return 1 + size;
  return LONG_HEAD + record.charCodeAt(1) * 65536 + record.charCodeAt(2) * 256 + record.charCodeAt(3);
}

export function placeOf(record: string): string {
  return record.substring(placeStart(record), placeEnd(record));
}

/** What is kept about the element. */
export function restOf(record: string): string {
  return record.substring(placeEnd(record));
}

/** Bytes that are compared at once, as one number: rounded where it is past EXACT_MAX, which keeps the order. */
const STEP = 7;
const EXACT_MAX = 9007199254740991;

/** Below 0 where `left` sorts before `right`, 0 where they are the same. */
export function compareBytes(left: string, right: string): number {
  if (left === right) return 0;
  const common = left.length < right.length ? left.length : right.length;
  let at = 0;
  for (; at + STEP <= common; at += STEP) {
    const number = host.unpackStamp(left, at);
    const difference = number - host.unpackStamp(right, at);
    if (difference !== 0) return difference;
    const exact = number <= EXACT_MAX ? 0 : compareFrom(left, right, at, at + STEP);
    if (exact !== 0) return exact;
  }
  const rest = compareFrom(left, right, at, common);
  return rest === 0 ? left.length - right.length : rest;
}

function compareFrom(left: string, right: string, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const difference = left.charCodeAt(at) - right.charCodeAt(at);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Not below 0 and below the size. */
export function recordAt(key: string, index: number): string {
  return host.call("LINDEX", key, index) as string;
}

/** So far from the ends, and no farther, a search asks before it goes on in halves. */
const NEAR_MAX = 32;

/**
 * The index of the first record whose place is not before `place`; the size where there is none. Asks from both ends,
 * twice as far each time, and then in halves: near an end it costs little however long the sequence is.
 */
export function lowerBound(key: string, size: number, place: string): number {
  let low = 0;
  let high = size;
  for (let step = 1; low < high && step <= NEAR_MAX; step = step * 2) {
    const fromLeft = low + step - 1;
    if (fromLeft >= high) break;
    if (isBefore(key, fromLeft, place)) {
      low = fromLeft + 1;
    } else {
      high = fromLeft;
      break;
    }
    const fromRight = high - step;
    if (fromRight < low) break;
    if (isBefore(key, fromRight, place)) {
      low = fromRight + 1;
      break;
    }
    high = fromRight;
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(key, middle, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(key: string, index: number, place: string): boolean {
  return compareBytes(placeOf(recordAt(key, index)), place) < 0;
}

/** Visits the records with index `from` to `to` (excluded), in order. They may be written over meanwhile, not moved. */
export function eachRecord(
  key: string,
  from: number,
  to: number,
  visit: (this: void, record: string, index: number) => void,
): void {
  for (let at = from; at < to; at += CHUNK) {
    const end = at + CHUNK < to ? at + CHUNK : to;
    const records = host.call("LRANGE", key, at, end - 1) as string[];
    for (let index = 0; index < records.length; index++) visit(records[index]!, at + index);
  }
}
