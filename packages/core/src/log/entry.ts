/** The shape of a log entry, checked: what comes off a wire may be anything. */
import { host, type Packed } from "../host.js";
import { FRAME_HEAD_BYTES, frameEnd, frameStamp } from "./frames.js";
import type { Operation } from "./operation.js";
import { isOperation } from "../effects/operations.js";
import { isDeclaration, takeDeclarations } from "../sync/declared.js";
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
}

const NOTHING: readonly Packed[] = [];

/** The entry of the frame at the offset, or undefined where it is not what this version writes. */
export function checkEntry(frames: string, from: number): Entry | undefined {
  const to = frameEnd(frames, from);
  if (to === undefined) return undefined;
  const stamp = frameStamp(frames, from);
  if (!(stamp > 0) || !isInteger(stamp)) return undefined;
  const value = host.unpack(frames.substring(from + FRAME_HEAD_BYTES, to));
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
  let declares = false;
  for (const operation of operations) {
    if (isOperation(operation)) continue;
    if (!isDeclaration(operation)) return undefined;
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
  };
  if (declares) takeDeclarations(entry);
  return entry;
}
