/** Effects on whole keys: T, D, X, P. */
import type { Packed } from "../host.js";
import { removing, type Author, type Operation } from "../log/operation.js";
import type { TypeCode } from "../state/codec.js";
import { loadKey, settle, uncovered, type KeyState } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { WEAK, covers } from "../types/cell.js";
import { clearDeadlines, clearKey } from "./clear.js";
import { writeFields } from "./hash.js";
import { writeMembers } from "./set.js";
import { addRegister } from "./string.js";

/** T key deadline. Rules over the expiry that values seen brought along. */
export function deadlineEffect(partition: Partition, operation: Operation, author: Author): void {
  const [, key, at] = operation as [string, string, number];
  const state = loadKey(partition, key);
  clearDeadlines(state, author);
  state.deadlines.push({ stamp: author.stamp, origin: author.origin, at });
  for (const register of state.cell.registers) {
    if (covers(author.context, register.stamp, register.origin)) register.expiresAt = WEAK;
  }
  settle(partition, state);
}

/** D and X key keyResets. True where something was removed. */
export function deleteEffect(partition: Partition, operation: Operation, author: Author): boolean {
  const [, key, keyResets] = operation as [string, string, Packed[]];
  return deleteSeen(partition, loadKey(partition, key), keyResets, author);
}

/** Removes of a loaded key what the author saw. */
export function deleteSeen(partition: Partition, state: KeyState, keyResets: Packed[], author: Author): boolean {
  const remover = removing(partition, author);
  const removed = clearKey(partition, state, remover, keyResets, "");
  clearDeadlines(state, remover);
  settle(partition, state);
  return removed;
}

/** P key type value deadline keyResets */
export function putEffect(partition: Partition, operation: Operation, author: Author): void {
  const [, key, type, value, deadline, keyResets] = operation as [string, string, TypeCode, Packed, number, Packed[]];
  const state = loadKey(partition, key);
  clearKey(partition, state, author, keyResets, "");
  clearDeadlines(state, author);
  if (type === "s") {
    addRegister(state, author, value as string, deadline);
  } else {
    if (type === "h") writeFields(partition, state, withoutResets(value as string[]), author);
    else writeMembers(partition, state, value as string[], author);
    state.deadlines = uncovered(state.deadlines, author.context);
    if (deadline > 0) state.deadlines.push({ stamp: author.stamp, origin: author.origin, at: deadline });
  }
  settle(partition, state);
}

function withoutResets(pairs: string[]): Packed[] {
  const triples: Packed[] = [];
  for (let at = 0; at < pairs.length; at += 2) triples.push(pairs[at]!, pairs[at + 1]!, []);
  return triples;
}
