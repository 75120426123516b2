/** Whole keys: T, D, X, P. */
import type { Packed } from "../host.js";
import { removing, type Author, type Operation } from "../log/operation.js";
import { areKeyResets, isText, isTime } from "../log/shapes.js";
import type { AggregateCode, TypeCode } from "../state/codec.js";
import { loadKey, settle, uncovered, type KeyState } from "../state/key-state.js";
import { kindOf, kinds } from "../state/kind.js";
import type { Partition } from "../state/partition.js";
import { WEAK, covers } from "../types/cell.js";
import { clearDeadlines, clearKey } from "./clear.js";
import type { OperationKind } from "./operation-kind.js";
import { addRegister } from "./string.js";

/** T key deadline. Rules over the expiry that values seen brought along. */
function deadlineEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, at] = operation as [string, string, number];
  const state = loadKey(partition, key);
  clearDeadlines(state, author);
  state.deadlines.push({ stamp: author.stamp, origin: author.origin, at });
  for (const register of state.cell.registers) {
    if (covers(author.context, register.stamp, register.origin)) register.expiresAt = WEAK;
  }
  settle(partition, state);
  return 0;
}

/** D and X key keyResets. 1 where something was removed. */
function deleteEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, keyResets] = operation as [string, string, Packed[]];
  return deleteSeen(partition, loadKey(partition, key), keyResets, author) ? 1 : 0;
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
function putEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, type, value, deadline, keyResets] = operation as [string, string, TypeCode, Packed, number, Packed[]];
  const state = loadKey(partition, key);
  clearKey(partition, state, author, keyResets, "");
  clearDeadlines(state, author);
  if (type === "s") {
    addRegister(partition, state, author, value as string, deadline);
  } else {
    kindOf(type as AggregateCode).put(partition, state, value, author);
    state.deadlines = uncovered(state.deadlines, author.context);
    if (deadline > 0) state.deadlines.push({ stamp: author.stamp, origin: author.origin, at: deadline });
  }
  settle(partition, state);
  return 0;
}

function isValue(type: Packed | undefined, value: Packed): boolean {
  if (type === "s") return isText(value);
  const kind = typeof type === "string" ? kinds[type] : undefined;
  return kind !== undefined && kind.isValue(value);
}

export const keyOperations: Record<string, OperationKind> = {
  T: { length: 3, isRight: (o) => isText(o[1]) && isTime(o[2]), apply: deadlineEffect },
  D: { length: 3, isRight: (o) => isText(o[1]) && areKeyResets(o[2]), apply: deleteEffect },
  X: { length: 3, isRight: (o) => isText(o[1]) && areKeyResets(o[2]), apply: deleteEffect },
  P: {
    length: 6,
    isRight: (o) => isText(o[1]) && isValue(o[2], o[3]!) && isTime(o[4]) && areKeyResets(o[5]),
    apply: putEffect,
  },
};
