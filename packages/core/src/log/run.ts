/**
 * Runs: consecutive entries of one origin in one frame, without the operations that later ones of the run make superfluous. A
 * region that is behind gets its backlog so (runs/coalesce.ts).
 *
 * A frame's payload is [previous, [stamp dependencies operations ...]]: the stamp that the run follows, and as in entries of
 * their own what is left of each. An entry of which nothing is left is not there, and what it depended on stands with the next.
 * The last one ends the run, with the frame's stamp.
 *
 * Invariants
 * 1. A run applies in one step, to a region that stands exactly where it begins. In the middle of it, something that was left
 *    out may be missing.
 * 2. What any of its entries was made upon is here before the first has an effect.
 * 3. Each operation takes effect under its own stamp, with the context of its own entry.
 */
import type { Packed } from "../host.js";
import type { Views } from "../sync/views.js";
import { isArray } from "./shapes.js";

export interface Run {
  /** The stamp that it follows. */
  readonly previous: number;
  readonly last: number;
  /** Entries of which something is left. */
  readonly size: number;
}

/** The run of what follows `previous` in a payload; undefined where it is none that ends at the stamp. */
export function runOf(previous: number, units: Packed | undefined, stamp: number): Run | undefined {
  if (!isArray(units) || units.length === 0 || units.length % 3 !== 0) return undefined;
  if (units[units.length - 3] !== stamp) return undefined;
  return { previous, last: stamp, size: units.length / 3 };
}

/** True where keys were taken in by state that end in the middle of the origin's run. */
export function isInMiddle(views: Views | undefined, origin: number, run: Run): boolean {
  if (views === undefined) return false;
  for (const { seen } of views.ranges) {
    const stamp = seen[origin] ?? 0;
    if (stamp > run.previous && stamp < run.last) return true;
  }
  return false;
}
