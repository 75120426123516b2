/** Strings: S, A and the increments of a string. */
import type { Packed } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import { areKeyResets, isInteger, isKeep, isText, isTime } from "../log/shapes.js";
import { joinRegisters, noteConflict } from "../state/conflicts.js";
import { keepValues, kindsOf, loadKey, settle, type KeyState } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { WEAK, increment, isLive, type Increment } from "../types/cell.js";
import { applyKeep, clearDeadlines, clearKey } from "./clear.js";
import type { OperationKind } from "./operation-kind.js";
import { setPlain } from "./plain.js";

/** S key value keyResets expiresAt */
function setEffect(partition: Partition, operation: Operation, author: Author): number {
  if (setPlain(partition, operation, author)) return 0;
  const [, key, value, keyResets, expiresAt] = operation as [string, string, string, Packed[], number];
  const state = loadKey(partition, key);
  clearKey(partition, state, author, keyResets, "");
  clearDeadlines(state, author);
  addRegister(partition, state, author, value, expiresAt);
  settle(partition, state);
  return 0;
}

/** A key value keyResets keep dropDeadlines */
function amendEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, value, keyResets, keep, drop] = operation as [string, string, string, Packed[], Keep, number];
  const state = loadKey(partition, key);
  clearKey(partition, state, author, keyResets, "");
  if (drop === 1) clearDeadlines(state, author);
  applyKeep(partition, state, author, keep, "s", false);
  addRegister(partition, state, author, value, WEAK);
  settle(partition, state);
  return 0;
}

/** I key false epoch previousSum previousStamp sum isFloat keep */
export function incrementString(partition: Partition, key: string, by: Increment, author: Author, keep: Keep): void {
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "s", false);
  if (state.shown === "s") keepValues(state);
  if (!isLive(state.cell) && kindsOf(state) > 0) noteConflict(partition, key, "clash", "", undefined);
  increment(state.cell, author.stamp, author.origin, by);
  state.cellChanged = true;
  settle(partition, state);
}

export function addRegister(
  partition: Partition,
  state: KeyState,
  author: Author,
  value: string,
  expiresAt: number,
): void {
  const { registers } = state.cell;
  if (registers.length === 0 && kindsOf(state) > 0 && !isLive(state.cell)) {
    noteConflict(partition, state.key, "clash", "", undefined);
  }
  const added = { stamp: author.stamp, origin: author.origin, value, expiresAt };
  joinRegisters(partition, state.key, "string", "", registers, added);
  state.cellChanged = true;
}

export const stringOperations: Record<string, OperationKind> = {
  S: {
    length: 5,
    isRight: (o) => isText(o[1]) && isText(o[2]) && areKeyResets(o[3]) && isTime(o[4]),
    apply: setEffect,
  },
  A: {
    length: 6,
    isRight: (o) => isText(o[1]) && isText(o[2]) && areKeyResets(o[3]) && isKeep(o[4]) && isInteger(o[5]),
    apply: amendEffect,
  },
};
