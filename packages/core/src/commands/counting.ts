/**
 * Increments, of strings and of hash fields alike.
 *
 * An increment ships the origin's own running sum (types/cell.ts). Where the sum of all regions is past 64 bits, the
 * value that shows is the bound, and a local increment must start from what its caller saw: it is written as a value.
 */
import { errors, refuse, type ErrorReply } from "../errors.js";
import type { Unit } from "../log/unit.js";
import { addDecimals, fitsInt64, isInt64Text } from "../number/decimal.js";
import { host, type Packed } from "../host.js";
import type { Cell } from "../types/cell.js";
import { floatArgument, INFINITE } from "./numbers.js";

/** Integers of so many digits add exactly in a double. */
const EXACT_DIGITS = 15;
const INT64_BOUNDS = ["9223372036854775807", "-9223372036854775808"];

/** current + by as 64-bit integers; Redis's error where the current text is none or the sum overflows. */
export function integerSum(current: string, by: string, notInteger: string): string | ErrorReply {
  const isShort = current.length <= EXACT_DIGITS && by.length <= EXACT_DIGITS;
  if (isShort && isInt64Text(current)) return host.integerText(host.toNumber(current, 10) + host.toNumber(by, 10));
  if (!isInt64Text(current)) return refuse(notInteger);
  const sum = addDecimals(current, by);
  return fitsInt64(sum) ? sum : refuse(errors.overflow);
}

export interface FloatSum {
  readonly by: string;
  readonly sum: string;
}

/** current + by as exact decimals; `by` was parsed before. */
export function floatSum(current: string, by: string, notFloat: string): FloatSum | ErrorReply {
  const base = floatArgument(current);
  if (base === undefined) return refuse(notFloat);
  if (base === INFINITE || by === INFINITE) return refuse(errors.notFinite);
  return { by, sum: addDecimals(base, by) };
}

/** True where the text that shows may be less than what was counted. */
export function isSaturated(cell: Cell, shown: string): boolean {
  return cell.counters.length > 0 && (shown === INT64_BOUNDS[0] || shown === INT64_BOUNDS[1]);
}

/** The operation I (J for a score): this origin's sum in the cell grows by `by`. `place`: [code, key, field]. */
export function incrementOperation(
  unit: Unit,
  place: ["I" | "J", string, string | false],
  cell: Cell,
  by: string,
  isFloat: boolean,
  keep: Packed,
): Packed[] {
  const [code, key, field] = place;
  for (const counter of cell.counters) {
    if (counter.origin !== unit.partition.own) continue;
    const { epoch, sum, stamp } = counter;
    return [code, key, field, epoch, sum, stamp, addDecimals(sum, by), isFloat || counter.isFloat ? 1 : 0, keep];
  }
  return [code, key, field, unit.author.stamp, false, 0, by, isFloat ? 1 : 0, keep];
}
