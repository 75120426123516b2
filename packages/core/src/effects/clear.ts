/**
 * Clearing: the observed-remove that every delete and overwrite begins with.
 *
 * It takes away the dots that the author saw, and of every counter the part the author names; what is concurrent
 * stays. That is the whole delete: nothing is left to remember it by (invariant 6 of the design).
 */
import { callInPieces, host, type Packed } from "../host.js";
import { unpackResets, packResets, type Author, type Keep } from "../log/operation.js";
import { decodeCell, encodeCell, encodeDot, isRegisterForm, type TypeCode } from "../state/codec.js";
import { eachCell, eachMember, keepValues, kindsOf, uncovered, type KeyState } from "../state/key-state.js";
import { fieldsKey, membersKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { clearRegisters, covers, isLive, resetCounters, shownText, winner } from "../types/cell.js";

/** Everything counted under the key, for an operation that clears all it saw but the type `except`. */
export function keyResetsOf(partition: Partition, state: KeyState, except: TypeCode): Packed[] {
  const flat: Packed[] = [];
  if (except !== "s" && state.cell.counters.length > 0) flat.push("s", "", packResets(partition, state.cell));
  if (except !== "h" && state.hasFieldCounters) {
    const stored = host.call("HGETALL", fieldsKey(partition.root, state.key)) as string[];
    for (let at = 0; at < stored.length; at += 2) {
      if (isRegisterForm(stored[at + 1]!)) continue;
      const cell = decodeCell(stored[at + 1]!);
      if (cell.counters.length > 0) flat.push("h", stored[at]!, packResets(partition, cell));
    }
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
  if (except !== "h" && state.hasHash) {
    cleared = clearHash(partition, state, author, keyResets) || cleared;
  }
  if (except !== "e" && state.hasSet) cleared = clearSet(partition, state, author) || cleared;
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

/** True where writes of the type go to the native key; makes the type the shown one where nothing else lives. */
export function takeOver(state: KeyState, type: TypeCode): boolean {
  if (state.shown === type) return true;
  if (kindsOf(state) > 0) return false;
  if (state.shown !== "") dropNative(state);
  state.shown = type;
  return true;
}

/** The shown type is gone: so is the native key. */
export function dropNative(state: KeyState): void {
  host.call("UNLINK", state.key);
  state.shown = "";
  state.nativeDeadline = 0;
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

function clearHash(partition: Partition, state: KeyState, author: Author, keyResets: Packed[]): boolean {
  const side = fieldsKey(partition.root, state.key);
  if (author.context === undefined) {
    forgetHash(state);
    host.call("UNLINK", side);
    return true;
  }
  const resetsOf: Record<string, Packed[] | undefined> = {};
  for (let at = 0; at < keyResets.length; at += 3) {
    if (keyResets[at] === "h") resetsOf[keyResets[at + 1] as string] = keyResets[at + 2] as Packed[];
  }
  const isNative = state.shown === "h";
  const removed: string[] = [];
  const cells: string[] = [];
  const values: string[] = [];
  eachCell(partition, state, (field, cell) => {
    let changed = clearRegisters(cell, author.context);
    const resets = resetsOf[field];
    if (resets !== undefined) changed = resetCounters(cell, unpackResets(partition, resets)) || changed;
    if (!changed) return;
    if (!isLive(cell)) {
      removed.push(field);
      return;
    }
    const text = shownText(partition, cell);
    if (text !== undefined) values.push(field, text);
    cells.push(field, encodeCell(cell, isNative, winner(partition, cell)));
  });
  if (isNative && values.length > 0) callInPieces("HSET", state.key, values);
  if (cells.length > 0) callInPieces("HSET", side, cells);
  if (removed.length > 0) removeFields(partition, state, removed);
  return cells.length > 0 || removed.length > 0;
}

/** Removes fields and their cells; the number of native fields removed. */
export function removeFields(partition: Partition, state: KeyState, fields: string[]): number {
  const side = fieldsKey(partition.root, state.key);
  const count = state.shown === "h" ? callInPieces("HDEL", state.key, fields) : 0;
  callInPieces("HDEL", side, fields);
  if (host.call("EXISTS", side) === 0) forgetHash(state);
  return count;
}

function forgetHash(state: KeyState): void {
  state.hasHash = false;
  state.hasFieldCounters = false;
  if (state.shown === "h") dropNative(state);
}

function clearSet(partition: Partition, state: KeyState, author: Author): boolean {
  const side = membersKey(partition.root, state.key);
  if (author.context === undefined) {
    state.hasSet = false;
    if (state.shown === "e") dropNative(state);
    host.call("UNLINK", side);
    return true;
  }
  const removed: string[] = [];
  const kept: string[] = [];
  eachMember(partition, state, (member, dots) => {
    const left = uncoveredDots(dots, author);
    if (left === "") removed.push(member);
    else kept.push(member, left);
  });
  if (kept.length > 0) callInPieces("HSET", side, kept);
  if (removed.length > 0) removeMembers(partition, state, removed);
  return removed.length > 0;
}

/** The dots the author did not see, as stored. */
export function uncoveredDots(dots: [number, number][], author: Author): string {
  let left = "";
  for (const [stamp, origin] of dots) {
    if (!covers(author.context, stamp, origin)) left = left + encodeDot(stamp, origin);
  }
  return left;
}

/** Removes members and their dots; the number of native members removed. */
export function removeMembers(partition: Partition, state: KeyState, members: string[]): number {
  const side = membersKey(partition.root, state.key);
  const count = state.shown === "e" ? callInPieces("SREM", state.key, members) : 0;
  callInPieces("HDEL", side, members);
  if (host.call("EXISTS", side) === 0) {
    state.hasSet = false;
    if (state.shown === "e") dropNative(state);
  }
  return count;
}
