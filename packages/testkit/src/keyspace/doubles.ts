/**
 * Doubles as C reads and prints them: the longest prefix that is a number (decimal, hexadecimal, "inf", "nan"), and
 * 17 significant digits or a fixed number of fraction digits, ties to the even one.
 */
import { nearestEven } from "./numbers.js";

const decimal = /^[ \t\n\v\f\r]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?/i;
const hexadecimal = /^[ \t\n\v\f\r]*([+-]?)0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p([+-]?[0-9]+))?/i;
const infinite = /^[ \t\n\v\f\r]*([+-]?)inf(?:inity)?/i;
const notNumber = /^[ \t\n\v\f\r]*[+-]?nan(?:\([0-9a-z_]*\))?/i;
const SIGNIFICANT_DIGITS = 17;
/** Enough to see that what follows the last significant digit is not exactly one half. */
const EXACT_DIGITS = 60;

export interface Prefix {
  value: number;
  /** How much of the text it is; 0 where there is no number, and the value is 0 then. */
  length: number;
  /** Written as something, but too large or too small for a double. */
  outOfRange: boolean;
}

export function doublePrefix(text: string): Prefix {
  const hex = hexadecimal.exec(text);
  if (hex) return prefixOf(hex[0], hexValue(hex[1] ?? "", hex[2] ?? "", Number(hex[3] ?? 0)));
  const plain = decimal.exec(text);
  if (plain) return prefixOf(plain[0], Number(plain[0].trim()));
  const infinity = infinite.exec(text);
  if (infinity) {
    return { value: infinity[1] === "-" ? -Infinity : Infinity, length: infinity[0].length, outOfRange: false };
  }
  const nan = notNumber.exec(text);
  return nan ? { value: NaN, length: nan[0].length, outOfRange: false } : { value: 0, length: 0, outOfRange: false };
}

function prefixOf(text: string, value: number): Prefix {
  const digits = text.replace(/[ep][+-]?[0-9]+$/i, "").replace(/0x/i, "");
  const underflow = value === 0 && /[1-9a-f]/i.test(digits);
  return { value, length: text.length, outOfRange: underflow || !Number.isFinite(value) };
}

function hexValue(sign: string, digits: string, exponent: number): number {
  const [whole = "", fraction = ""] = digits.split(".");
  const size = Number(BigInt(`0x${whole}${fraction}`));
  const value = size === 0 ? 0 : size * 2 ** (exponent - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

/** The double that the whole text is, as Redis takes it in arguments; undefined where it is none. */
export function parseDouble(text: string): number | undefined {
  const { value, length, outOfRange } = doublePrefix(text);
  if (text === "" || length !== text.length || /^[ \t\n\v\f\r]/.test(text) || outOfRange) return undefined;
  return Number.isNaN(value) ? undefined : value;
}

/** As printf's "%.17g" does it, which is how Redis 7.0 prints scores. */
export function doubleText(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [digits, exponent] = significant(Math.abs(value));
  const sign = value < 0 ? "-" : "";
  const bare = (text: string): string => (text.includes(".") ? text.replace(/\.?0*$/, "") : text);
  if (exponent < -4 || exponent >= SIGNIFICANT_DIGITS) {
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${bare(`${digits[0]}.${digits.slice(1)}`)}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return sign + bare(`0.${"0".repeat(-exponent - 1)}${digits}`);
  return sign + bare(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

/** The first 17 digits, and the power of ten of the first of them. */
function significant(value: number): [digits: string, exponent: number] {
  const [mantissa = "", exponent = "0"] = value.toExponential(EXACT_DIGITS).split("e");
  const digits = mantissa.replace(".", "");
  const kept = digits.slice(0, SIGNIFICANT_DIGITS);
  const rest = digits.slice(SIGNIFICANT_DIGITS);
  const half = "5".padEnd(rest.length, "0");
  const up = rest > half || (rest === half && Number(kept.at(-1)) % 2 === 1);
  const near = (BigInt(kept) + (up ? 1n : 0n)).toString();
  return near.length > SIGNIFICANT_DIGITS
    ? [near.slice(0, SIGNIFICANT_DIGITS), Number(exponent) + 1]
    : [near, Number(exponent)];
}

/** As printf's "%f" with so many digits after the point, ties to the even one. */
export function fixedText(value: number, digits: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  let [whole, halvings] = [Math.abs(value), 0n];
  for (; !Number.isInteger(whole); halvings++) whole *= 2;
  const scaled = nearestEven(BigInt(whole) * 10n ** BigInt(digits), 1n << halvings);
  const text = scaled.toString().padStart(digits + 1, "0");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return `${sign}${text.slice(0, text.length - digits)}.${text.slice(text.length - digits)}`;
}
