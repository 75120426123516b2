/** The shape of a log entry, checked: what comes off a wire may be anything. */
import { host, integerOf, type Packed } from "../host.js";
import type { Operation } from "./operation.js";
import { isArray, isInteger, isOperation } from "./shapes.js";

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

/** The entry, or undefined where stamp or payload are not what this version writes. */
export function checkEntry(stampText: string, payload: string): Entry | undefined {
  const stamp = integerOf(stampText);
  if (!(stamp > 0) || !isInteger(stamp)) return undefined;
  const value = host.unpack(payload);
  if (!isArray(value) || value.length !== 3) return undefined;
  const previous = value[0];
  const dependencies = value[1];
  const operations = value[2];
  if (!isInteger(previous) || previous < 0 || previous >= stamp) return undefined;
  if (!isArray(dependencies) || dependencies.length % 2 !== 0) return undefined;
  if (!isArray(operations) || operations.length === 0) return undefined;
  for (let at = 0; at < dependencies.length; at += 2) {
    const dependency = dependencies[at];
    if (typeof dependency !== "string" || dependency.indexOf("~") < 1 || !isInteger(dependencies[at + 1]))
      return undefined;
  }
  for (const operation of operations) if (!isOperation(operation)) return undefined;
  return { stamp, stampText, payload, previous, dependencies, operations: operations as Operation[] };
}
