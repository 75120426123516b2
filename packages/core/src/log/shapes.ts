/**
 * What operations are made of (log/operation.ts), checked to the last element: what comes off a wire may be anything, and
 * an operation that fails half-way would leave half of itself behind. The shapes themselves stand with their effects.
 */
import type { Packed } from "../host.js";
import { parseDecimal } from "../number/decimal.js";

export function isArray(value: Packed | undefined): value is Packed[] {
  return typeof value === "object";
}

const INTEGER_MAX = 9007199254740991;

/** A whole number that a Lua number holds exactly. */
export function isInteger(value: Packed | undefined): value is number {
  return typeof value === "number" && value % 1 === 0 && value <= INTEGER_MAX && value >= -INTEGER_MAX;
}

/** A stamp, or a time in Unix ms. */
export function isTime(value: Packed | undefined): boolean {
  return isInteger(value) && value >= 0;
}

export function isText(value: Packed | undefined): boolean {
  return typeof value === "string";
}

export function isTextOrFalse(value: Packed | undefined): boolean {
  return typeof value === "string" || value === false;
}

function isDecimal(value: Packed | undefined): boolean {
  return typeof value === "string" && parseDecimal(value) === value;
}

/** epoch previousSum previousStamp sum isFloat, from the fourth element on. */
export function isIncrement(o: Packed[]): boolean {
  const [, , , epoch, previousSum, previousStamp, sum, isFloat] = o;
  return (
    isTime(epoch) &&
    (previousSum === false || isDecimal(previousSum)) &&
    isTime(previousStamp) &&
    isDecimal(sum) &&
    isInteger(isFloat)
  );
}

export function isKeep(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length !== 3) return false;
  return isTime(value[0]) && isInteger(value[1]) && (value[2] === false || areKeyResets(value[2]));
}

/** At least one text. */
export function areTexts(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length === 0) return false;
  for (const item of value) if (typeof item !== "string") return false;
  return true;
}

/** [origin epoch sum stamp ...] */
function areResets(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length % 4 !== 0) return false;
  for (let at = 0; at < value.length; at += 4) {
    if (!isOrigin(value[at]) || !isTime(value[at + 1]) || !isDecimal(value[at + 2])) return false;
    if (!isTime(value[at + 3])) return false;
  }
  return true;
}

export function isOrigin(value: Packed | undefined): boolean {
  return typeof value === "string" && value.indexOf("~") > 0;
}

/** [type field resets ...] */
export function areKeyResets(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length % 3 !== 0) return false;
  for (let at = 0; at < value.length; at += 3) {
    if (!isText(value[at]) || !isText(value[at + 1]) || !areResets(value[at + 2])) return false;
  }
  return true;
}

/** [field value resets ...] */
export function areFieldValues(value: Packed[]): boolean {
  if (value.length === 0) return false;
  return areKeyResets(value);
}

/** [field resets ...] */
export function areFieldResets(value: Packed[]): boolean {
  if (value.length === 0 || value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) if (!isText(value[at]) || !areResets(value[at + 1])) return false;
  return true;
}

/** [key keyResets ...] */
export function areFlushResets(value: Packed[]): boolean {
  if (value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) if (!isText(value[at]) || !areKeyResets(value[at + 1])) return false;
  return true;
}
