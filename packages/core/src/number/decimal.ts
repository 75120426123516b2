/**
 * Exact decimal arithmetic on text, for counters.
 *
 * Lua has doubles only, and Redis adds floats in 80 bits: neither is exact, and a sum that depends on the order of
 * its terms would differ between regions. So sums are decimals with at most 17 digits after the point (what
 * INCRBYFLOAT prints) and as many before it as needed: addition is exact, and any order gives the same digits.
 *
 * Canonical form: optional `-`, digits without leading zeros, then `.` and digits without trailing zeros if there
 * is a fraction; zero is `0`.
 */
import { host } from "../host.js";

const CHUNK = 7;
const BASE = 10000000;
/** Digits kept after the point. */
export const FRACTION_DIGITS = 17;
/** 3 chunks hold the 17 digits of a fraction, right-padded with zeros to 21. */
const FRACTION_CHUNKS = 3;
/** Integers of up to 15 digits add exactly in a double. */
const EXACT_DIGITS = 15;
const MAX_INT64 = "9223372036854775807";
const MIN_INT64_DIGITS = "9223372036854775808";

/** Sum of two canonical decimals, canonical. */
export function addDecimals(a: string, b: string): string {
  if (isShortInteger(a) && isShortInteger(b)) {
    return host.integerText(host.toNumber(a, 10) + host.toNumber(b, 10));
  }
  const left = magnitude(a);
  const right = magnitude(b);
  const negativeLeft = isNegative(a);
  const negativeRight = isNegative(b);
  if (negativeLeft === negativeRight) return textOf(addMagnitudes(left, right), negativeLeft);
  const order = compareMagnitudes(left, right);
  if (order === 0) return "0";
  return order > 0
    ? textOf(subtractMagnitudes(left, right), negativeLeft)
    : textOf(subtractMagnitudes(right, left), negativeRight);
}

/** `-a`. */
export function negateDecimal(a: string): string {
  if (a === "0") return a;
  return isNegative(a) ? a.substring(1) : `-${a}`;
}

export function isInteger(a: string): boolean {
  return a.indexOf(".") < 0;
}

/** True where a canonical integer lies in the signed 64-bit range. */
export function fitsInt64(a: string): boolean {
  const negative = isNegative(a);
  const digits = negative ? a.substring(1) : a;
  const bound = negative ? MIN_INT64_DIGITS : MAX_INT64;
  if (digits.length !== bound.length) return digits.length < bound.length;
  return compareDigits(digits, bound) <= 0;
}

/** The nearest 64-bit bound of an integer that does not fit. */
export function saturateInt64(a: string): string {
  return isNegative(a) ? `-${MIN_INT64_DIGITS}` : MAX_INT64;
}

/** True where the text is an integer exactly as Redis's string2ll takes it, within 64 bits. */
export function isInt64Text(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > 20) return false;
  if (text === "0") return true;
  const from = isNegative(text) ? 1 : 0;
  if (from === length) return false;
  const first = text.charCodeAt(from);
  if (first < 49 || first > 57) return false;
  for (let at = from + 1; at < length; at++) {
    const digit = text.charCodeAt(at);
    if (digit < 48 || digit > 57) return false;
  }
  return fitsInt64(text);
}

/** The canonical form of decimal text such as `1`, `-0.50` or `3.0e3`; undefined where it is not one. */
export function parseDecimal(text: string): string | undefined {
  if (isInt64Text(text)) return text;
  let at = 0;
  const length = text.length;
  let negative = false;
  const sign = length > 0 ? text.charCodeAt(0) : 0;
  if (sign === 45 || sign === 43) {
    negative = sign === 45;
    at = 1;
  }
  let whole = "";
  let fraction = "";
  const wholeFrom = at;
  while (at < length && isDigit(text.charCodeAt(at))) at++;
  whole = text.substring(wholeFrom, at);
  if (at < length && text.charCodeAt(at) === 46) {
    const fractionFrom = ++at;
    while (at < length && isDigit(text.charCodeAt(at))) at++;
    fraction = text.substring(fractionFrom, at);
  }
  if (whole === "" && fraction === "") return undefined;
  let exponent = 0;
  if (at < length) {
    const mark = text.charCodeAt(at);
    if (mark !== 101 && mark !== 69) return undefined;
    const exponentText = text.substring(at + 1);
    if (!isExponent(exponentText)) return undefined;
    exponent = host.toNumber(exponentText, 10);
    if (exponent > MAX_EXPONENT) return undefined;
    if (exponent < -MAX_EXPONENT) return "0";
  }
  return shifted(whole, fraction, exponent, negative);
}

/** Larger exponents are outside what an 80-bit float holds. */
const MAX_EXPONENT = 4950;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isExponent(text: string): boolean {
  const first = text.length > 0 ? text.charCodeAt(0) : 0;
  const from = first === 45 || first === 43 ? 1 : 0;
  if (from === text.length || text.length > 6) return false;
  for (let at = from; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return true;
}

/** Canonical text of whole.fraction * 10^exponent; digits past the seventeenth are rounded half up. */
function shifted(whole: string, fraction: string, exponent: number, negative: boolean): string {
  let digits = whole + fraction;
  let point = whole.length + exponent;
  if (point < 0) {
    if (point < -FRACTION_DIGITS) return "0";
    digits = "0".repeat(-point) + digits;
    point = 0;
  }
  if (point > digits.length) digits = digits + "0".repeat(point - digits.length);
  const kept = digits.substring(0, point + FRACTION_DIGITS);
  const next = digits.substring(point + FRACTION_DIGITS, point + FRACTION_DIGITS + 1);
  const magnitudeText = canonical(kept.substring(0, point), kept.substring(point), false);
  const rounded = next !== "" && next.charCodeAt(0) >= 53 ? addDecimals(magnitudeText, SMALLEST) : magnitudeText;
  return negative ? negateDecimal(rounded) : rounded;
}

const SMALLEST = "0.00000000000000001";

function canonical(whole: string, fraction: string, negative: boolean): string {
  let from = 0;
  while (from < whole.length - 1 && whole.charCodeAt(from) === 48) from++;
  let to = fraction.length;
  while (to > 0 && fraction.charCodeAt(to - 1) === 48) to--;
  const head = whole === "" ? "0" : whole.substring(from);
  const text = to === 0 ? head : `${head}.${fraction.substring(0, to)}`;
  return negative && text !== "0" ? `-${text}` : text;
}

function isNegative(a: string): boolean {
  return a.length > 0 && a.charCodeAt(0) === 45;
}

function isShortInteger(a: string): boolean {
  return a.length <= EXACT_DIGITS && a.indexOf(".") < 0;
}

/** Digit strings of equal length. */
function compareDigits(a: string, b: string): number {
  for (let at = 0; at < a.length; at++) {
    const difference = a.charCodeAt(at) - b.charCodeAt(at);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Chunks of 7 digits, least significant first; the first three are the fraction. */
function magnitude(a: string): number[] {
  const from = isNegative(a) ? 1 : 0;
  const point = a.indexOf(".");
  const whole = point < 0 ? a.substring(from) : a.substring(from, point);
  const fraction = point < 0 ? "" : a.substring(point + 1);
  const chunks: number[] = [];
  const padded = fraction + "0".repeat(FRACTION_CHUNKS * CHUNK - fraction.length);
  for (let place = FRACTION_CHUNKS - 1; place >= 0; place--) {
    chunks.push(host.toNumber(padded.substring(place * CHUNK, (place + 1) * CHUNK), 10));
  }
  for (let to = whole.length; to > 0; to -= CHUNK) {
    chunks.push(host.toNumber(whole.substring(to > CHUNK ? to - CHUNK : 0, to), 10));
  }
  return chunks;
}

function addMagnitudes(a: number[], b: number[]): number[] {
  const sum: number[] = [];
  let carry = 0;
  const length = a.length > b.length ? a.length : b.length;
  for (let place = 0; place < length; place++) {
    const total = (a[place] ?? 0) + (b[place] ?? 0) + carry;
    carry = total >= BASE ? 1 : 0;
    sum.push(total - carry * BASE);
  }
  if (carry > 0) sum.push(carry);
  return sum;
}

/** a - b, where a >= b. */
function subtractMagnitudes(a: number[], b: number[]): number[] {
  const difference: number[] = [];
  let borrow = 0;
  for (let place = 0; place < a.length; place++) {
    const total = (a[place] ?? 0) - (b[place] ?? 0) - borrow;
    borrow = total < 0 ? 1 : 0;
    difference.push(total + borrow * BASE);
  }
  return difference;
}

function compareMagnitudes(a: number[], b: number[]): number {
  const length = a.length > b.length ? a.length : b.length;
  for (let place = length - 1; place >= 0; place--) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function textOf(chunks: number[], negative: boolean): string {
  let whole = "";
  let fraction = "";
  for (let place = 0; place < chunks.length; place++) {
    const digits = host.integerText(chunks[place] ?? 0);
    const padded = "0".repeat(CHUNK - digits.length) + digits;
    if (place < FRACTION_CHUNKS) fraction = padded + fraction;
    else whole = padded + whole;
  }
  return canonical(whole === "" ? "0" : whole, fraction, negative);
}
