/** The entries in the frames of a log's row (the core's log/entry.ts and log/run.ts), for who looks at logs: nothing here is applied. */
import { unpackText, type FramedEntry } from "@meridian/core";
import type { LoggedValue } from "./operation-words.js";

export interface LogEntry {
  stamp: number;
  /** What its origin learnt of others before: [origin, stamp]. */
  learnt: [string, number][];
  operations: { operation: LoggedValue[]; learnt: [string, number][] }[];
}

/** A flush is an operation on every key. */
const FLUSH = "\xa1Z";

/** Whether there may be an operation on the key in the frame: its bytes stand in it as they are. */
export function mayConcern({ payload }: FramedEntry, key: string): boolean {
  return payload.includes(key) || payload.includes(FLUSH);
}

/** None where the frame is not what this version reads. */
export function entriesOf({ stamp, payload }: FramedEntry): LogEntry[] {
  const value = unpackText(payload);
  if (!Array.isArray(value)) return [];
  if (value.length === 3) return [entryOf(stamp, value[1], value[2])];
  const [, units] = value;
  if (!Array.isArray(units)) return [];
  const entries: LogEntry[] = [];
  for (let at = 0; at + 2 < units.length; at += 3) {
    const unit = units[at];
    if (typeof unit === "number") entries.push(entryOf(unit, units[at + 1], units[at + 2]));
  }
  return entries;
}

function entryOf(stamp: number, dependencies: LoggedValue | undefined, operations: LoggedValue | undefined): LogEntry {
  const list = Array.isArray(operations) ? operations.filter((operation) => Array.isArray(operation)) : [];
  return {
    stamp,
    learnt: learntOf(dependencies),
    operations: list.map((operation) => {
      const [code, seen, inner] = operation;
      const declares = code === "V" && Array.isArray(inner);
      return declares ? { operation: inner, learnt: learntOf(seen) } : { operation, learnt: [] };
    }),
  };
}

function learntOf(flat: LoggedValue | undefined): [string, number][] {
  const learnt: [string, number][] = [];
  if (!Array.isArray(flat)) return learnt;
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [origin, stamp] = [flat[at], flat[at + 1]];
    if (typeof origin === "string" && typeof stamp === "number") learnt.push([origin, stamp]);
  }
  return learnt;
}
