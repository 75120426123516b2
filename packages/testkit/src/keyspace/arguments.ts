/** Arguments that commands of several types have in common, with Redis's errors. */
import { doublePrefix, parseDouble } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import { int64Max, parseInt64 } from "./numbers.js";

/** A whole number of at least `least`; any other text has the same error. */
export function rangeInt64(text: string, least: bigint, message: string): bigint {
  const value = parseInt64(text);
  return value === undefined || value < least ? refuse(message) : value;
}

/** The timeout of what would block, in seconds; only checked, as nothing blocks here. */
export function parseTimeout(text: string): void {
  // Redis reads a long double here, which holds far more than a double.
  const seconds = parseDouble(text) ?? (isHuge(text) ? Infinity : refuse(errorTexts.blockingNotFloat));
  const milliseconds = Math.ceil(seconds * 1000);
  if (milliseconds < 0 || milliseconds >= Number(int64Max)) refuse(errorTexts.blockingNegative);
}

function isHuge(text: string): boolean {
  const { value, length, outOfRange } = doublePrefix(text);
  return outOfRange && value !== 0 && length === text.length && !/^\s/.test(text);
}
