/**
 * The shape of log entries, checked: what comes off a wire may be anything. A frame holds one, or a run of them (log/run.ts).
 */
import { host, type Packed } from "../host.js";
import { FRAME_HEAD_BYTES, frameEnd, frameStamp } from "./frames.js";
import type { Operation } from "./operation.js";
import { isOperation } from "../effects/operations.js";
import { isDeclaration, takeDeclarations } from "../sync/declared.js";
import { runOf, type Run } from "./run.js";
import { isArray, isInteger } from "./shapes.js";

export interface Entry {
  readonly stamp: number;
  /** Where its frame begins and ends. */
  readonly from: number;
  readonly to: number;
  /** Stamp of the origin's entry before; 0 none. */
  readonly previous: number;
  /** [origin, stamp, ...] */
  readonly dependencies: Packed[];
  /** Without V and w (sync/declared.ts). */
  operations: Operation[];
  /** What each operation saw beyond the entry's context, or false; undefined where none did. */
  seen: readonly (Packed[] | false)[] | undefined;
  /** [origin, stamp, ...]: what the entry waits for beside its dependencies. */
  awaited: readonly Packed[];
  /** The run that it is part of, which is applied whole or not at all. */
  readonly run: Run | undefined;
}

const NOTHING: readonly Packed[] = [];

/** Takes the entries of the frame at the offset. Where it ends; undefined where it is not what this version writes. */
export function readFrame(entries: Entry[], frames: string, from: number): number | undefined {
  const to = frameEnd(frames, from);
  if (to === undefined) return undefined;
  const stamp = frameStamp(frames, from);
  if (!isStamp(stamp)) return undefined;
  const value = host.unpack(frames.substring(from + FRAME_HEAD_BYTES, to));
  if (!isArray(value)) return undefined;
  const [previous] = value;
  if (!isInteger(previous) || previous < 0) return undefined;
  if (value.length === 3)
    return takeEntry(entries, { stamp, from, to, previous }, value[1], value[2], undefined) ? to : undefined;
  const run = value.length === 2 ? runOf(previous, value[1], stamp) : undefined;
  if (run === undefined) return undefined;
  const units = value[1] as Packed[];
  let before: number = previous;
  for (let at = 0; at < units.length; at += 3) {
    const unit = units[at];
    if (!isStamp(unit)) return undefined;
    if (!takeEntry(entries, { stamp: unit, from, to, previous: before }, units[at + 1], units[at + 2], run))
      return undefined;
    before = unit;
  }
  return to;
}

function isStamp(value: Packed | undefined): value is number {
  return isInteger(value) && value > 0;
}

type Place = Pick<Entry, "stamp" | "from" | "to" | "previous">;

function takeEntry(
  entries: Entry[],
  { stamp, from, to, previous }: Place,
  dependencies: Packed | undefined,
  operations: Packed | undefined,
  run: Run | undefined,
): boolean {
  if (previous >= stamp) return false;
  if (!isArray(dependencies) || dependencies.length % 2 !== 0) return false;
  if (!isArray(operations) || operations.length === 0) return false;
  for (let at = 0; at < dependencies.length; at += 2) {
    const dependency = dependencies[at];
    if (typeof dependency !== "string" || dependency.indexOf("~") < 1 || !isInteger(dependencies[at + 1])) return false;
  }
  let declares = false;
  for (const operation of operations) {
    if (isOperation(operation)) continue;
    if (run !== undefined || !isDeclaration(operation)) return false;
    declares = true;
  }
  const entry: Entry = {
    stamp,
    from,
    to,
    previous,
    dependencies,
    operations: operations as Operation[],
    seen: undefined,
    awaited: NOTHING,
    run,
  };
  if (declares) takeDeclarations(entry);
  entries.push(entry);
  return true;
}
