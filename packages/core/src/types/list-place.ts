/**
 * Places: where an element of a list stands, and which one it is. Texts compared byte by byte, unique, the same everywhere.
 *
 *     pushed     100 or 200, stamp, tag, index              LPUSH (stamp and index turned around), RPUSH
 *     whole      150, stamp, tag, index                     what a whole value brought
 *     inserted   a pushed place, path, stamp, tag, index    LINSERT
 *
 * The tag is four bytes of the origin's SHA-1; the index tells apart the elements of one unit. Stamps only grow past
 * all that was seen, so a push stands beyond everything here without a look at it; what was pushed elsewhere at the same
 * time goes in by its stamp. No pushed place begins another one, so what begins with it stands right behind it, and
 * what begins with the same bytes less one at the end right before it: that is where insertions go. The path is chosen by
 * who inserts, and grows by two bytes in some 250 insertions at one spot.
 */
import { host } from "../host.js";
import { compareBytes, PLACE_BYTES_MAX } from "../state/sequence.js";

/** l and r: pushed at that end. w: part of a whole value. */
export type Side = "l" | "r" | "w";

const LEFT = 100;
const WHOLE = 150;
const RIGHT = 200;
/** What seven bytes of a stamp are turned around at. */
const STAMP_MAX = 9007199254740991;

const STAMP_AT = 1;
const INDEX_AT = 12;
const DIGIT_BASE = 255;
const DIGITS = 4;
/** Indexes below it take one byte; the others LONG_MARK and four digits from 1 to 255. None ends in 0. */
const SHORT_INDEXES = 249;
const LONG_MARK = 251;
/** Stamp, tag and four digits. */
const IDENTITY_BYTES = 15;

/** What the pushed places of one unit at one side begin with. */
export function pushStem(side: Side, stamp: number, tag: string): string {
  if (side === "l") return String.fromCharCode(LEFT) + host.packStamp(STAMP_MAX - stamp) + tag;
  return String.fromCharCode(side === "r" ? RIGHT : WHOLE) + host.packStamp(stamp) + tag;
}

/** How a pushed place ends. */
export function indexText(side: Side, index: number): string {
  if (side !== "l") {
    return index < SHORT_INDEXES
      ? String.fromCharCode(1 + index)
      : String.fromCharCode(LONG_MARK) + digitsOf(index - SHORT_INDEXES, false);
  }
  return index < SHORT_INDEXES
    ? String.fromCharCode(DIGIT_BASE - index)
    : String.fromCharCode(DIGIT_BASE + 1 - LONG_MARK) + digitsOf(index - SHORT_INDEXES, true);
}

/** The place of an insertion: `prefix` as `prefixAfter` and `prefixBefore` give it. */
export function insertedPlace(prefix: string, stamp: number, tag: string, index: number): string {
  return prefix + host.packStamp(stamp) + tag + digitsOf(index, false);
}

function digitsOf(index: number, isTurned: boolean): string {
  let text = "";
  let rest = index;
  for (let place = 0; place < DIGITS; place++) {
    const digit = rest % DIGIT_BASE;
    text = String.fromCharCode(isTurned ? DIGIT_BASE - digit : 1 + digit) + text;
    rest = (rest - digit) / DIGIT_BASE;
  }
  return text;
}

/** The stamp of the creation of the element whose place is what lies between `from` and `to` in the text. */
export function stampWithin(text: string, from: number, to: number): number {
  if (to - from > baseSizeAt(text, from)) return host.unpackStamp(text, to - IDENTITY_BYTES);
  const stamp = host.unpackStamp(text, from + STAMP_AT);
  return text.charCodeAt(from) === LEFT ? STAMP_MAX - stamp : stamp;
}

/** Bytes of the pushed place that a place begins with. */
function baseSizeAt(text: string, from: number): number {
  const mark = text.charCodeAt(from) === LEFT ? DIGIT_BASE + 1 - LONG_MARK : LONG_MARK;
  return text.charCodeAt(from + INDEX_AT) === mark ? INDEX_AT + 1 + DIGITS : INDEX_AT + 1;
}

function baseSize(place: string): number {
  return baseSizeAt(place, 0);
}

/** True where the text is a place, pushed or inserted, whatever stamps it names. */
export function isPlace(text: string): boolean {
  if (!hasBase(text) || text.length > PLACE_BYTES_MAX) return false;
  const inserted = text.length - baseSize(text);
  return inserted === 0 || inserted > IDENTITY_BYTES;
}

/** True where an inserted place may begin so. */
export function isPrefix(text: string): boolean {
  return hasBase(text) && text.length > baseSize(text) && text.length + IDENTITY_BYTES <= PLACE_BYTES_MAX;
}

function hasBase(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first !== LEFT && first !== WHOLE && first !== RIGHT) return false;
  return text.length > INDEX_AT && text.length >= baseSize(text);
}

/** The prefix of a place right behind `left`, and before its neighbour `right` where there is one. */
export function prefixAfter(left: string, right: string | undefined): string {
  const base = left.substring(0, baseSize(left));
  return base + pathBetween(pathUnder(base, left) ?? "", right === undefined ? undefined : pathUnder(base, right));
}

/** The prefix of a place right before `right`, and behind its neighbour `left` where there is one. */
export function prefixBefore(left: string | undefined, right: string): string {
  const size = baseSize(right);
  const isPushed = right.length === size;
  const base = isPushed
    ? right.substring(0, size - 1) + String.fromCharCode(right.charCodeAt(size - 1) - 1)
    : right.substring(0, size);
  const lower = left === undefined ? undefined : pathUnder(base, left);
  return base + pathBetween(lower ?? "", isPushed ? undefined : pathUnder(base, right));
}

/** What follows the base; undefined where the place does not begin with it. */
function pathUnder(base: string, place: string): string | undefined {
  return place.substring(0, base.length) === base ? place.substring(base.length) : undefined;
}

/**
 * A path behind `lower` and before `upper` (undefined: anything behind), that neither of them begins with. At the first
 * digit with room it goes one step up from the lower or, at every other depth, one down from the upper: so there is room
 * left whichever way a run of insertions goes.
 */
function pathBetween(lower: string, upper: string | undefined): string {
  let path = "";
  let isBounded = upper !== undefined;
  for (let depth = 0; ; depth++) {
    const low = depth < lower.length ? lower.charCodeAt(depth) : 0;
    const high = isBounded ? upper!.charCodeAt(depth) : DIGIT_BASE + 1;
    if (high - low > 1) return path + String.fromCharCode(depth % 2 === 0 ? low + 1 : high - 1);
    path = path + String.fromCharCode(low);
    if (high > low) isBounded = false;
  }
}

/** True where the places, pairs of them, are in ascending order; `to` of a pair may be "", meaning the same. */
export function areRanges(flat: string[]): boolean {
  let before = "";
  for (let at = 0; at < flat.length; at += 2) {
    const from = flat[at]!;
    const to = flat[at + 1]!;
    if (compareBytes(before, from) >= 0) return false;
    if (to !== "" && compareBytes(from, to) > 0) return false;
    before = to === "" ? from : to;
  }
  return true;
}

const HEX = "0123456789abcdef";

/** As people and documents see a place. */
export function hexOf(bytes: string): string {
  let hex = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes.charCodeAt(at);
    const low = byte % 16;
    const high = (byte - low) / 16;
    hex = hex + HEX.substring(high, high + 1) + HEX.substring(low, low + 1);
  }
  return hex;
}
