/**
 * Clearing: the observed-remove that every delete and overwrite begins with.
 *
 * It takes away the dots that the author saw, and of every counter the part the author names; what is concurrent
 * stays. That is the whole delete: nothing is left to remember it by (invariant 6 of the design).
 */
import type { Packed } from "../host.js";
import { packResets, removing, unpackResets, type Author, type Keep } from "../log/operation.js";
import { AGGREGATES, encodeDot, type TypeCode } from "../state/codec.js";
import { keepValues, uncovered, type KeyState } from "../state/key-state.js";
import { kindOf } from "../state/kind.js";
import type { Partition } from "../state/partition.js";
import { clearRegisters, covers, isLive, resetCounters } from "../types/cell.js";

/** Everything counted under the key, for an operation that clears all it saw but the type `except`. */
export function keyResetsOf(partition: Partition, state: KeyState, except: TypeCode): Packed[] {
  const flat: Packed[] = [];
  if (except !== "s" && state.cell.counters.length > 0) flat.push("s", "", packResets(partition, state.cell));
  for (const code of AGGREGATES) {
    if (code !== except && state.alive[code] === true) kindOf(code).addResets(partition, state, flat);
  }
  return flat;
}

/** Clears every type but `except` of what the author saw; true where something was removed. */
export function clearKey(
  partition: Partition,
  state: KeyState,
  author: Author,
  keyResets: Packed[],
  except: TypeCode,
): boolean {
  let cleared = false;
  if (except !== "s" && isLive(state.cell)) cleared = clearString(partition, state, author, keyResets);
  let remover: Author | undefined;
  for (const code of AGGREGATES) {
    if (code === except || state.alive[code] !== true) continue;
    remover ??= removing(partition, author);
    cleared = kindOf(code).clear(partition, state, remover, keyResets) || cleared;
  }
  return cleared;
}

/** Removes the deadlines the author saw. */
export function clearDeadlines(state: KeyState, author: Author): void {
  state.deadlines = uncovered(state.deadlines, author.context);
  state.weakDeadlines = uncovered(state.weakDeadlines, author.context);
}

/** What a write that keeps the deadline does beside its own effect. */
export function applyKeep(
  partition: Partition,
  state: KeyState,
  author: Author,
  keep: Keep,
  type: TypeCode,
  isEmptied: boolean,
): void {
  const [deadline, fresh, hidden] = keep;
  if (hidden !== false) clearKey(partition, state, author, hidden, type);
  if (fresh === 1 || isEmptied) clearDeadlines(state, author);
  if (deadline > 0) {
    state.weakDeadlines = uncovered(state.weakDeadlines, author.context);
    state.weakDeadlines.push({ stamp: author.stamp, origin: author.origin, at: deadline });
  }
}

function clearString(partition: Partition, state: KeyState, author: Author, keyResets: Packed[]): boolean {
  const { cell } = state;
  if (author.context === undefined) {
    state.cell = { registers: [], counters: [] };
    state.cellChanged = true;
    return true;
  }
  let changed = clearRegisters(cell, author.context);
  for (let at = 0; at < keyResets.length; at += 3) {
    if (keyResets[at] === "s") {
      changed = resetCounters(cell, unpackResets(partition, keyResets[at + 2] as Packed[])) || changed;
    }
  }
  if (cell.registers.length > 0 && state.shown === "s") keepValues(state);
  if (changed) state.cellChanged = true;
  return changed;
}

/** The dots the author did not see, as stored. */
export function uncoveredDots(dots: [number, number][], author: Author): string {
  let left = "";
  for (const [stamp, origin] of dots) {
    if (!covers(author.context, stamp, origin)) left = left + encodeDot(stamp, origin);
  }
  return left;
}
