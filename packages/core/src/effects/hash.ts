/** Effects on hashes: H, R and the increments of a field. Each field is a cell (types/cell.ts). */
import { callInPieces, host, readInPieces, type Packed } from "../host.js";
import { unpackResets, type Author, type Keep, type Operation } from "../log/operation.js";
import { decodeCell, encodeCell } from "../state/codec.js";
import { loadKey, settle, type KeyState } from "../state/key-state.js";
import { fieldsKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import {
  clearRegisters,
  emptyCell,
  increment,
  isLive,
  resetCounters,
  shownText,
  winner,
  type Cell,
  type Increment,
} from "../types/cell.js";
import { applyKeep, removeFields, takeOver } from "./clear.js";
import { writePlain } from "./plain.js";

/** H key [field value resets ...] keep. Returns the number of fields that were not there. */
export function hashSetEffect(partition: Partition, operation: Operation, author: Author): number {
  const plain = writePlain(partition, operation, author);
  if (plain !== undefined) return plain;
  const [, key, triples, keep] = operation as [string, string, Packed[], Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "h", false);
  const added = writeFields(partition, state, triples, author);
  settle(partition, state);
  return added;
}

/** Writes [field value resets ...] into the hash; the caller settles. */
export function writeFields(partition: Partition, state: KeyState, triples: Packed[], author: Author): number {
  const isNative = takeOver(state, "h");
  const isPlain = author.context === undefined && !state.hasFieldCounters;
  const side = fieldsKey(partition.root, state.key);
  const fields: string[] = [];
  for (let at = 0; at < triples.length; at += 3) fields.push(triples[at] as string);
  const stored = isPlain || !state.hasHash ? undefined : readInPieces("HMGET", side, fields);
  const written: Record<string, Cell> = {};
  const cells: string[] = [];
  const values: string[] = [];
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!;
    const text = stored?.[index];
    const cell = written[field] ?? (typeof text === "string" ? decodeCell(text) : emptyCell());
    written[field] = cell;
    if (author.context === undefined) cell.counters = [];
    clearRegisters(cell, author.context);
    resetCounters(cell, unpackResets(partition, triples[index * 3 + 2] as Packed[]));
    fillValues(state, field, cell, isNative);
    cell.registers.push({
      stamp: author.stamp,
      origin: author.origin,
      value: triples[index * 3 + 1] as string,
      expiresAt: 0,
    });
    cells.push(field, encodeCell(cell, isNative, winner(partition, cell)));
    if (isNative) values.push(field, shownText(partition, cell)!);
  }
  const added = isNative ? callInPieces("HSET", state.key, values) : 0;
  callInPieces("HSET", side, cells);
  state.hasHash = true;
  return added;
}

/** R key [field resets ...] emptied keep. Returns the number of fields removed. */
export function hashDeleteEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, pairs, emptied, keep] = operation as [string, string, Packed[], number, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "h", emptied === 1);
  const fields: string[] = [];
  for (let at = 0; at < pairs.length; at += 2) fields.push(pairs[at] as string);
  const removed = author.context === undefined ? fields : clearFields(partition, state, fields, pairs, author);
  const count = removed.length > 0 && state.hasHash ? removeFields(partition, state, removed) : 0;
  settle(partition, state);
  return count;
}

/** Clears cells of what a remote author saw; returns the fields of which nothing is left. */
function clearFields(
  partition: Partition,
  state: KeyState,
  fields: string[],
  pairs: Packed[],
  author: Author,
): string[] {
  if (!state.hasHash) return [];
  const isNative = state.shown === "h";
  const side = fieldsKey(partition.root, state.key);
  const stored = readInPieces("HMGET", side, fields);
  const removed: string[] = [];
  for (let index = 0; index < fields.length; index++) {
    const text = stored[index];
    if (typeof text !== "string") continue;
    const field = fields[index]!;
    const cell = decodeCell(text);
    clearRegisters(cell, author.context);
    resetCounters(cell, unpackResets(partition, pairs[index * 2 + 1] as Packed[]));
    if (!isLive(cell)) {
      removed.push(field);
    } else {
      fillValues(state, field, cell, isNative);
      storeCell(partition, state, field, cell, isNative);
    }
  }
  return removed;
}

/** I key field epoch previousSum previousStamp sum isFloat keep */
export function incrementField(
  partition: Partition,
  key: string,
  field: string,
  by: Increment,
  author: Author,
  keep: Keep,
): void {
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "h", false);
  const isNative = takeOver(state, "h");
  const text = state.hasHash ? host.call("HGET", fieldsKey(partition.root, key), field) : false;
  const cell = typeof text === "string" ? decodeCell(text) : emptyCell();
  fillValues(state, field, cell, isNative);
  increment(cell, author.stamp, author.origin, by);
  state.hasHash = true;
  state.hasFieldCounters = true;
  storeCell(partition, state, field, cell, isNative);
  settle(partition, state);
}

/** Reads the native value into the register that has none, before something else may show. */
function fillValues(state: KeyState, field: string, cell: Cell, isNative: boolean): void {
  for (const register of cell.registers) {
    if (register.value !== undefined) continue;
    const value = isNative ? host.call("HGET", state.key, field) : false;
    register.value = typeof value === "string" ? value : "";
  }
}

function storeCell(partition: Partition, state: KeyState, field: string, cell: Cell, isNative: boolean): void {
  const side = fieldsKey(partition.root, state.key);
  if (isNative) host.call("HSET", state.key, field, shownText(partition, cell)!);
  host.call("HSET", side, field, encodeCell(cell, isNative, winner(partition, cell)));
}
