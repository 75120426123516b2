/**
 * Scores of sorted sets: doubles, as text.
 *
 * The canonical form is the shortest of 15, 16 and 17 digits that reads as the same double, without exponent where the
 * number is not very large or small: 4.1, not 4.0999999999999996. So what is read back from the server and what was
 * written have one form, the same in every region, and sums of them (number/decimal.ts) stay what a person would add.
 */
import { host } from "../host.js";

/** The canonical score; undefined where the text is no number as ZADD takes it. */
export function scoreOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  const bare = lower.substring(0, 1) === "+" || lower.substring(0, 1) === "-" ? lower.substring(1) : lower;
  if (bare === "inf" || bare === "infinity") return lower.substring(0, 1) === "-" ? "-inf" : "inf";
  if (bare.substring(0, 2) === "0x") return hexScore(bare.substring(2), lower.substring(0, 1) === "-");
  if (!isNumberText(bare)) return undefined;
  const value = host.toNumber(text, 10);
  if (value === Infinity || value === -Infinity || (value === 0 && hasNonZero(bare))) return undefined;
  return textOf(value);
}

/** A server leaves 0 where -0 is written over it, and regions would show one or the other by what they had: so both are 0. */
function textOf(value: number): string {
  return value === 0 ? "0" : host.doubleText(value);
}

/** Whole hexadecimal numbers; Redis takes fractions of them as well. */
function hexScore(digits: string, isNegative: boolean): string | undefined {
  if (digits === "" || digits.length > HEX_DIGITS_MAX) return undefined;
  for (let at = 0; at < digits.length; at++) {
    const code = digits.charCodeAt(at);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return undefined;
  }
  const value = host.toNumber(digits, 16);
  return textOf(isNegative ? -value : value);
}

/** So many fit a double exactly. */
const HEX_DIGITS_MAX = 13;

/** A digit but 0 before the exponent: with a value of 0 the number is too small for a double. */
function hasNonZero(bare: string): boolean {
  for (let at = 0; at < bare.length; at++) {
    const code = bare.charCodeAt(at);
    if (code === 101) return false;
    if (code >= 49 && code <= 57) return true;
  }
  return false;
}

/** True where the text is a canonical score. */
export function isScore(text: string): boolean {
  return scoreOf(text) === text;
}

/** Digits, one point among them, an exponent: what strtod takes, without its hexadecimal and blanks. */
export function isNumberText(text: string): boolean {
  let at = 0;
  let digits = 0;
  let hasPoint = false;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) digits++;
    else if (code === 46 && !hasPoint) hasPoint = true;
    else break;
  }
  if (digits === 0) return false;
  if (at === text.length) return true;
  if (text.charCodeAt(at) !== 101) return false;
  at++;
  const sign = at < text.length ? text.charCodeAt(at) : 0;
  if (sign === 43 || sign === 45) at++;
  if (at >= text.length) return false;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return true;
}
