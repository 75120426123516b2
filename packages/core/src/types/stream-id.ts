/**
 * Stream ids: `<ms>-<seq>`, two unsigned 64-bit numbers. Here they are decimal digits, for a Lua number holds 53 bits.
 *
 * As the place of a record (state/sequence.ts) each half is a byte that counts its bytes, then those, big endian and without
 * leading zeros: places compare byte by byte as ids do.
 *
 * Texts are read as leniently as Redis reads them (`strtoull`: blanks, a sign, leading zeros), and end at a zero byte.
 */
import { host } from "../host.js";
import { addDecimals, isInt64Text, negateDecimal } from "../number/decimal.js";

export interface StreamId {
  readonly ms: string;
  readonly seq: string;
}

export const UNSIGNED_MAX = "18446744073709551615";
const UNSIGNED_RANGE = "18446744073709551616";
const TEXT_BYTES_MAX = 127;
/** Digits that a number holds exactly. */
const EXACT_DIGITS = 15;
/** Sequences that the regions make themselves are its multiples plus the number of the region. */
export const REGIONS_MAX = 256;

export const ZERO_ID = "0-0";
/** What a stream without entries is set back to: no entry may have it. */
export const LEAST_ID = "0-1";
export const LAST_ID: string = `${UNSIGNED_MAX}-${UNSIGNED_MAX}`;

export function idText({ ms, seq }: StreamId): string {
  return `${ms}-${seq}`;
}

/** Below 0 where the left digits are the smaller number. */
export function compareDigits(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function compareIds(left: string, right: string): number {
  if (left === right) return 0;
  const a = splitId(left);
  const b = splitId(right);
  const difference = compareDigits(a.ms, b.ms);
  return difference !== 0 ? difference : compareDigits(a.seq, b.seq);
}

/** The halves of a canonical id. */
export function splitId(id: string): StreamId {
  const dash = id.indexOf("-");
  return { ms: id.substring(0, dash), seq: id.substring(dash + 1) };
}

/** An id that lacks its sequence gets the one given; undefined where the text is no id. */
export function parseId(text: string, missingSequence: string): string | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const ms = unsignedOf(parts.ms);
  const seq = parts.seq === undefined ? missingSequence : unsignedOf(parts.seq);
  return ms === undefined || seq === undefined ? undefined : `${ms}-${seq}`;
}

/** What XADD is told. With `seq` undefined the region completes it: by the next one where it may, else by its own number. */
export interface GivenId {
  readonly ms: string;
  readonly seq: string | undefined;
  readonly isNext: boolean;
}

/** `ms-seq`, `ms-*` or `ms`; undefined where the text is no id. */
export function parseGivenId(text: string): GivenId | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const ms = unsignedOf(parts.ms);
  if (ms === undefined) return undefined;
  if (parts.seq === "*") return { ms, seq: undefined, isNext: true };
  // Redis takes a bare 0 for 0-0, which it refuses.
  if (parts.seq === undefined) return { ms, seq: ms === "0" ? "0" : undefined, isNext: false };
  const seq = unsignedOf(parts.seq);
  return seq === undefined ? undefined : { ms, seq, isNext: false };
}

function partsOf(text: string): { ms: string; seq: string | undefined } | undefined {
  if (text.length > TEXT_BYTES_MAX) return undefined;
  const end = text.indexOf("\0");
  const visible = end < 0 ? text : text.substring(0, end);
  const dash = visible.indexOf("-");
  if (dash < 0) return { ms: visible, seq: undefined };
  return { ms: visible.substring(0, dash), seq: visible.substring(dash + 1) };
}

/** The canonical digits of an unsigned 64-bit number as `strtoull` reads it: a minus counts down from 2^64. */
function unsignedOf(text: string): string | undefined {
  if (isInt64Text(text)) return text.charCodeAt(0) === MINUS ? undefined : text;
  let at = 0;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  const sign = at < text.length ? text.charCodeAt(at) : 0;
  if (sign === MINUS || sign === PLUS) at++;
  if (at === text.length) return undefined;
  for (let place = at; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code < DIGIT_0 || code > DIGIT_9) return undefined;
  }
  while (at < text.length - 1 && text.charCodeAt(at) === DIGIT_0) at++;
  const digits = text.substring(at);
  if (compareDigits(digits, UNSIGNED_MAX) > 0) return undefined;
  return sign === MINUS && digits !== "0" ? addDecimals(UNSIGNED_RANGE, negateDecimal(digits)) : digits;
}

const MINUS = 45;
const PLUS = 43;
const DIGIT_0 = 48;
const DIGIT_9 = 57;

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** True where the text is an id as we write them. */
export function isCanonicalId(text: string): boolean {
  return parseId(text, "") === text;
}

/** The same of one that an entry may have. */
export function isEntryId(text: string): boolean {
  return text !== ZERO_ID && text !== LEAST_ID && parseId(text, "") === text;
}

/** The next sequence after `seq` that is the region's own; undefined past the last. */
export function nextSequence(seq: string, region: number): string | undefined {
  if (seq.length <= EXACT_DIGITS) {
    const value = host.toNumber(seq, 10);
    const own = value - (value % REGIONS_MAX) + region;
    return host.integerText(own > value ? own : own + REGIONS_MAX);
  }
  let rest = 0;
  for (let at = 0; at < seq.length; at++) rest = (rest * 10 + seq.charCodeAt(at) - DIGIT_0) % REGIONS_MAX;
  const step = region > rest ? region - rest : region - rest + REGIONS_MAX;
  const next = addDecimals(seq, host.integerText(step));
  return compareDigits(next, UNSIGNED_MAX) > 0 ? undefined : next;
}

export function placeOfId(id: string): string {
  const { ms, seq } = splitId(id);
  return packDigits(ms) + packDigits(seq);
}

export function idOfPlace(place: string): string {
  const size = place.charCodeAt(0);
  return `${unpackDigits(place, 1, size)}-${unpackDigits(place, 2 + size, place.charCodeAt(1 + size))}`;
}

/** Bytes that make an exact number whatever they are. */
const EXACT_BYTES = 6;
const HALF = 1000000000;
const HALF_DIGITS = 9;

function packDigits(digits: string): string {
  if (digits.length <= EXACT_DIGITS) return packNumber(host.toNumber(digits, 10));
  let upper = host.toNumber(digits.substring(0, digits.length - HALF_DIGITS), 10);
  let lower = host.toNumber(digits.substring(digits.length - HALF_DIGITS), 10);
  let bytes = "";
  while (upper > 0 || lower > 0) {
    const rest = upper % 256;
    upper = (upper - rest) / 256;
    const carried = rest * HALF + lower;
    lower = Math.floor(carried / 256);
    bytes = String.fromCharCode(carried % 256) + bytes;
  }
  return String.fromCharCode(bytes.length) + bytes;
}

export function packNumber(value: number): string {
  if (value === 0) return "\0";
  if (value < 256) return String.fromCharCode(1, value);
  const bytes = host.packStamp(value);
  let from = 0;
  while (bytes.charCodeAt(from) === 0) from++;
  return String.fromCharCode(bytes.length - from) + bytes.substring(from);
}

function unpackDigits(place: string, from: number, size: number): string {
  if (size <= EXACT_BYTES) {
    let value = 0;
    for (let at = from; at < from + size; at++) value = value * 256 + place.charCodeAt(at);
    return host.integerText(value);
  }
  let upper = 0;
  let lower = 0;
  for (let at = from; at < from + size; at++) {
    const next = lower * 256 + place.charCodeAt(at);
    lower = next % HALF;
    upper = upper * 256 + (next - lower) / HALF;
  }
  const low = host.integerText(lower);
  return upper === 0 ? low : host.integerText(upper) + "0".repeat(HALF_DIGITS - low.length) + low;
}
