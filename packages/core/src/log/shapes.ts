/**
 * The shapes of operations (log/operation.ts), checked to the last element: what comes off a wire may be anything, and
 * an operation that fails half-way would leave half of itself behind.
 */
import type { Packed } from "../host.js";
import { parseDecimal } from "../number/decimal.js";

interface Shape {
  readonly length: number;
  readonly isRight: (this: void, operation: Packed[]) => boolean;
}

const SHAPES: Record<string, Shape | undefined> = {
  S: {
    length: 5,
    isRight: (o) => typeof o[1] === "string" && typeof o[2] === "string" && areKeyResets(o[3]) && isTime(o[4]),
  },
  A: {
    length: 6,
    isRight: (o) => isText(o[1]) && isText(o[2]) && areKeyResets(o[3]) && isKeep(o[4]) && isInteger(o[5]),
  },
  I: { length: 9, isRight: (o) => isText(o[1]) && isTextOrFalse(o[2]) && isIncrement(o) && isKeep(o[8]) },
  H: { length: 4, isRight: (o) => isText(o[1]) && isArray(o[2]) && areFieldValues(o[2]) && isKeep(o[3]) },
  R: {
    length: 5,
    isRight: (o) => isText(o[1]) && isArray(o[2]) && areFieldResets(o[2]) && isInteger(o[3]) && isKeep(o[4]),
  },
  E: { length: 4, isRight: (o) => isText(o[1]) && areTexts(o[2]) && isKeep(o[3]) },
  F: { length: 5, isRight: (o) => isText(o[1]) && areTexts(o[2]) && isInteger(o[3]) && isKeep(o[4]) },
  T: { length: 3, isRight: (o) => isText(o[1]) && isTime(o[2]) },
  D: { length: 3, isRight: (o) => isText(o[1]) && areKeyResets(o[2]) },
  X: { length: 3, isRight: (o) => isText(o[1]) && areKeyResets(o[2]) },
  P: { length: 6, isRight: (o) => isText(o[1]) && isValue(o[2], o[3]) && isTime(o[4]) && areKeyResets(o[5]) },
  Z: { length: 2, isRight: (o) => isArray(o[1]) && areFlushResets(o[1]) },
  M: { length: 3, isRight: (o) => isText(o[1]) && isText(o[2]) },
};

/** True where the value is an operation as this version writes them. */
export function isOperation(value: Packed): boolean {
  if (!isArray(value)) return false;
  const code = value[0];
  const shape = typeof code === "string" ? SHAPES[code] : undefined;
  return shape !== undefined && value.length === shape.length && shape.isRight(value);
}

export function isArray(value: Packed | undefined): value is Packed[] {
  return typeof value === "object";
}

const INTEGER_MAX = 9007199254740991;

/** A whole number that a Lua number holds exactly. */
export function isInteger(value: Packed | undefined): value is number {
  return typeof value === "number" && value % 1 === 0 && value <= INTEGER_MAX && value >= -INTEGER_MAX;
}

/** A stamp, or a time in Unix ms. */
function isTime(value: Packed | undefined): boolean {
  return isInteger(value) && value >= 0;
}

function isText(value: Packed | undefined): boolean {
  return typeof value === "string";
}

function isTextOrFalse(value: Packed | undefined): boolean {
  return typeof value === "string" || value === false;
}

function isDecimal(value: Packed | undefined): boolean {
  return typeof value === "string" && parseDecimal(value) === value;
}

/** epoch previousSum previousStamp sum isFloat, from the fourth element on. */
function isIncrement(o: Packed[]): boolean {
  const [, , , epoch, previousSum, previousStamp, sum, isFloat] = o;
  return (
    isTime(epoch) &&
    (previousSum === false || isDecimal(previousSum)) &&
    isTime(previousStamp) &&
    isDecimal(sum) &&
    isInteger(isFloat)
  );
}

function isKeep(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length !== 3) return false;
  return isTime(value[0]) && isInteger(value[1]) && (value[2] === false || areKeyResets(value[2]));
}

/** At least one text. */
function areTexts(value: Packed | undefined): boolean {
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

function isOrigin(value: Packed | undefined): boolean {
  return typeof value === "string" && value.indexOf("~") > 0;
}

/** [type field resets ...] */
function areKeyResets(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length % 3 !== 0) return false;
  for (let at = 0; at < value.length; at += 3) {
    if (!isText(value[at]) || !isText(value[at + 1]) || !areResets(value[at + 2])) return false;
  }
  return true;
}

/** [field value resets ...] */
function areFieldValues(value: Packed[]): boolean {
  if (value.length === 0) return false;
  return areKeyResets(value);
}

/** [field resets ...] */
function areFieldResets(value: Packed[]): boolean {
  if (value.length === 0 || value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) if (!isText(value[at]) || !areResets(value[at + 1])) return false;
  return true;
}

/** [key keyResets ...] */
function areFlushResets(value: Packed[]): boolean {
  if (value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) if (!isText(value[at]) || !areKeyResets(value[at + 1])) return false;
  return true;
}

/** A whole value of the type: a text, [field value ...] or [member ...]. */
function isValue(type: Packed | undefined, value: Packed | undefined): boolean {
  if (type === "s") return isText(value);
  if (!isArray(value) || !areTexts(value)) return false;
  return type === "e" || (type === "h" && value.length % 2 === 0);
}
