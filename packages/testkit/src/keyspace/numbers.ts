/**
 * Numbers as Redis reads and writes them: 64-bit integers, and floats as exact decimals of 17 fraction digits.
 * Redis adds floats as 80-bit long doubles; `rounded` does the same to an exact sum, but for the last digit or two.
 */
import { errorTexts, refuse } from "./errors.js";

export const int64Max = 9223372036854775807n;
export const int64Min = -9223372036854775808n;
const FRACTION_DIGITS = 17;
const SCALE = 10n ** BigInt(FRACTION_DIGITS);
const EXPONENT_MAX = 400;
const LONG_DOUBLE_BITS = 64;

/** The integer that the text is, written the only way Redis accepts, or undefined. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^(0|-?[1-9][0-9]{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > int64Max || value < int64Min ? undefined : value;
}

export function int64(text: string, message: string = errorTexts.notInteger): bigint {
  return parseInt64(text) ?? refuse(message);
}

/** A decimal scaled by 10^17; "infinite" for the infinities; undefined where the text is no number. */
export function parseDecimal(text: string): bigint | "infinite" | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return "infinite";
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:e([+-]?[0-9]{1,6}))?$/i.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponentText = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > EXPONENT_MAX) return undefined;
  const shift = FRACTION_DIGITS + exponent - fraction.length;
  const digits = BigInt(whole + fraction);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : roundedShift(digits, -shift);
  return sign === "-" ? -scaled : scaled;
}

function roundedShift(digits: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places);
  return (digits + divisor / 2n) / divisor;
}

export function decimalText(value: bigint): string {
  const sign = value < 0n ? "-" : "";
  const absolute = value < 0n ? -value : value;
  const fraction = (absolute % SCALE).toString().padStart(FRACTION_DIGITS, "0").replace(/0+$/, "");
  return sign + (absolute / SCALE).toString() + (fraction === "" ? "" : "." + fraction);
}

/** The nearest number of 64 significant bits, as a long double keeps. */
export function rounded(value: bigint): bigint {
  const absolute = value < 0n ? -value : value;
  const wholeBits = (absolute / SCALE).toString(2).length;
  if (wholeBits >= LONG_DOUBLE_BITS) {
    const step = SCALE << BigInt(wholeBits - LONG_DOUBLE_BITS);
    const near = nearestEven(absolute, step) * step;
    return value < 0n ? -near : near;
  }
  const parts = 1n << BigInt(LONG_DOUBLE_BITS - wholeBits);
  const near = (nearestEven(absolute * parts, SCALE) * SCALE + parts / 2n) / parts;
  return value < 0n ? -near : near;
}

/** The quotient, rounded to the nearest, ties to the even one. */
export function nearestEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
