/** Arguments that commands of several types have in common, with Redis's errors. */
import { doublePrefix, parseDouble } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import { int64Max, parseInt64 } from "./numbers.js";

/** A whole number of at least `least`; any other text has the same error. */
export function rangeInt64(text: string, least: bigint, message: string): bigint {
  const value = parseInt64(text);
  return value === undefined || value < least ? refuse(message) : value;
}

export interface MultiplePop<End extends string> {
  keys: string[];
  end: End;
  count: number;
}

/** `numkeys key [key ...] end [COUNT count]`: what to pop from the first of several keys. */
export function parseMultiplePop<End extends string>(args: string[], ends: readonly End[]): MultiplePop<End> {
  const [numberText = "", ...others] = args;
  const keyCount = Number(rangeInt64(numberText, 1n, errorTexts.numberOfKeys));
  if (keyCount >= others.length) refuse(errorTexts.syntax);
  const end = ends.find((name) => name === others[keyCount]?.toUpperCase()) ?? refuse(errorTexts.syntax);
  const [word, countText, ...rest] = others.slice(keyCount + 1);
  const keys = others.slice(0, keyCount);
  if (word === undefined) return { keys, end, count: 1 };
  if (word.toUpperCase() !== "COUNT" || countText === undefined) return refuse(errorTexts.syntax);
  const count = Number(rangeInt64(countText, 1n, errorTexts.countPositive));
  return rest.length > 0 ? refuse(errorTexts.syntax) : { keys, end, count };
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
