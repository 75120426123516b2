/** The shape of a log entry, checked: what comes off a wire may be anything. */
import { host, integerOf, type Packed } from "../host.js";
import type { Operation } from "./operation.js";

export interface Entry {
  readonly stamp: number;
  readonly stampText: string;
  readonly payload: string;
  /** Stamp of the origin's entry before; 0 none. */
  readonly previous: number;
  /** [origin, stamp, ...] */
  readonly dependencies: Packed[];
  readonly operations: Operation[];
}

/** The kinds of an operation's elements after its code: t text, n integer, b text or false, a array, k keep. */
const SHAPES: Record<string, string | undefined> = {
  S: "ttan",
  A: "ttakn",
  I: "tbnbntnk",
  H: "tak",
  R: "tank",
  E: "tak",
  F: "tank",
  T: "tn",
  D: "ta",
  X: "ta",
  P: "ttxna",
  Z: "a",
  M: "tt",
};

/** The entry, or undefined where stamp or payload are not what this version writes. */
export function checkEntry(stampText: string, payload: string): Entry | undefined {
  const stamp = integerOf(stampText);
  if (!(stamp > 0) || stamp > 9007199254740991) return undefined;
  const value = host.unpack(payload);
  if (!isArray(value) || value.length !== 3) return undefined;
  const [previous, dependencies, operations] = value as [Packed, Packed, Packed];
  if (!isStamp(previous) || previous >= stamp || !isArray(dependencies) || !isArray(operations)) return undefined;
  if (dependencies.length % 2 !== 0 || operations.length === 0) return undefined;
  for (let at = 0; at < dependencies.length; at += 2) {
    if (typeof dependencies[at] !== "string" || !isStamp(dependencies[at + 1])) return undefined;
  }
  for (const operation of operations) if (!isOperation(operation)) return undefined;
  return { stamp, stampText, payload, previous, dependencies, operations: operations as Operation[] };
}

function isOperation(value: Packed): boolean {
  if (!isArray(value)) return false;
  const code = value[0];
  const shape = typeof code === "string" ? SHAPES[code] : undefined;
  if (shape === undefined || value.length !== shape.length + 1) return false;
  for (let at = 0; at < shape.length; at++) {
    if (!matches(value[at + 1]!, shape.substring(at, at + 1))) return false;
  }
  return true;
}

function matches(value: Packed, kind: string): boolean {
  switch (kind) {
    case "t":
      return typeof value === "string";
    case "n":
      return typeof value === "number";
    case "b":
      return typeof value === "string" || value === false;
    case "a":
      return isArray(value);
    case "x":
      return typeof value === "string" || isArray(value);
    default:
      return (
        isArray(value) &&
        value.length === 3 &&
        typeof value[0] === "number" &&
        typeof value[1] === "number" &&
        (value[2] === false || isArray(value[2]))
      );
  }
}

function isArray(value: Packed | undefined): value is Packed[] {
  return typeof value === "object";
}

function isStamp(value: Packed | undefined): value is number {
  return typeof value === "number" && value >= 0;
}
