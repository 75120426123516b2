/**
 * Types of named cells: the fields of a hash and the members of a sorted set (types/cell.ts). A field lives while its cell
 * does; it shows the text of the cell, which for a sorted set is the member's score.
 *
 * The native key holds what shows; the cell in the side hash holds the dots, and values only of what does not show.
 */
import { callInPieces, host, readInPieces, type Packed, type Reply } from "../host.js";
import { unpackResets, type Author, type Keep, type Operation } from "../log/operation.js";
import { decodeCell, encodeCell } from "../state/codec.js";
import { joinRegisters } from "../state/conflicts.js";
import { claim, forget, loadKey, nativeOf, settle, type KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
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
import { applyKeep } from "./clear.js";
import { writePlain } from "./plain.js";

/** How a type of named cells stands in its native key. */
export interface FieldFamily {
  readonly code: "h" | "z";
  readonly name: "hash" | "zset";
  /** The native texts of fields; anything but a string where there is none. */
  readonly readNative: (this: void, native: string, fields: string[]) => Reply[];
  /** Writes [field, text, ...]; the number of fields that were not there. */
  readonly writeNative: (this: void, native: string, pairs: string[]) => number;
  /** The number removed. */
  readonly removeNative: (this: void, native: string, fields: string[]) => number;
  /** [field, text, ...] of the whole native value. */
  readonly readAll: (this: void, native: string) => string[];
  readonly isText: (this: void, text: string) => boolean;
}

/** H, Y key [field value resets ...] keep. Returns the number of fields that were not there. */
export function setFieldsEffect(
  partition: Partition,
  family: FieldFamily,
  operation: Operation,
  author: Author,
): number {
  const plain = writePlain(partition, family, operation, author);
  if (plain !== undefined) return plain;
  const [, key, triples, keep] = operation as [string, string, Packed[], Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, family.code, false);
  const added = writeFields(partition, family, state, triples, author);
  settle(partition, state);
  return added;
}

/** Writes [field value resets ...]; the caller settles. */
export function writeFields(
  partition: Partition,
  family: FieldFamily,
  state: KeyState,
  triples: Packed[],
  author: Author,
): number {
  const { code } = family;
  const wasAlive = state.alive[code] === true;
  const native = claim(partition, state, code);
  const side = sideKey(partition.root, code, state.key);
  const fields: string[] = [];
  for (let at = 0; at < triples.length; at += 3) fields.push(triples[at] as string);
  const isPlain = author.context === undefined && state.counted[code] !== true;
  const stored = isPlain || !wasAlive ? undefined : readInPieces("HMGET", side, fields);
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
    fillValues(family, native, field, cell);
    const value = triples[index * 3 + 1] as string;
    const added = { stamp: author.stamp, origin: author.origin, value, expiresAt: 0 };
    joinRegisters(partition, state.key, family.name, field, cell.registers, added);
    cells.push(field, encodeCell(cell, true, winner(partition, cell)));
    values.push(field, shownText(partition, cell)!);
  }
  const added = family.writeNative(native, values);
  callInPieces("HSET", side, cells);
  return added;
}

/** R, U key [field resets ...] emptied keep. Returns the number of fields removed. */
export function removeFieldsEffect(
  partition: Partition,
  family: FieldFamily,
  operation: Operation,
  author: Author,
): number {
  const [, key, pairs, emptied, keep] = operation as [string, string, Packed[], number, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, family.code, emptied === 1);
  const fields: string[] = [];
  for (let at = 0; at < pairs.length; at += 2) fields.push(pairs[at] as string);
  const removed = author.context === undefined ? fields : clearFields(partition, family, state, fields, pairs, author);
  const count =
    removed.length > 0 && state.alive[family.code] === true ? removeFields(partition, family, state, removed) : 0;
  settle(partition, state);
  return count;
}

/** Clears cells of what a remote author saw; returns the fields of which nothing is left. */
function clearFields(
  partition: Partition,
  family: FieldFamily,
  state: KeyState,
  fields: string[],
  pairs: Packed[],
  author: Author,
): string[] {
  if (state.alive[family.code] !== true) return [];
  const side = sideKey(partition.root, family.code, state.key);
  const stored = readInPieces("HMGET", side, fields);
  const native = nativeOf(partition, state, family.code);
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
      fillValues(family, native, field, cell);
      storeCell(partition, family, side, native, field, cell);
    }
  }
  return removed;
}

/** I, J key field epoch previousSum previousStamp sum isFloat keep */
export function incrementField(
  partition: Partition,
  family: FieldFamily,
  key: string,
  field: string,
  by: Increment,
  author: Author,
  keep: Keep,
): void {
  const { code } = family;
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, code, false);
  const side = sideKey(partition.root, code, key);
  const text = state.alive[code] === true ? host.call("HGET", side, field) : false;
  const native = claim(partition, state, code);
  const cell = typeof text === "string" ? decodeCell(text) : emptyCell();
  fillValues(family, native, field, cell);
  increment(cell, author.stamp, author.origin, by);
  state.counted[code] = true;
  storeCell(partition, family, side, native, field, cell);
  settle(partition, state);
}

/** Reads the native value into the register that has none, before something else may show. */
function fillValues(family: FieldFamily, native: string, field: string, cell: Cell): void {
  for (const register of cell.registers) {
    if (register.value !== undefined) continue;
    const value = family.readNative(native, [field])[0];
    register.value = typeof value === "string" ? value : "0";
  }
}

function storeCell(
  partition: Partition,
  family: FieldFamily,
  side: string,
  native: string,
  field: string,
  cell: Cell,
): void {
  family.writeNative(native, [field, shownText(partition, cell)!]);
  host.call("HSET", side, field, encodeCell(cell, true, winner(partition, cell)));
}

/** Removes fields and their cells; the number of native fields removed. */
export function removeFields(partition: Partition, family: FieldFamily, state: KeyState, fields: string[]): number {
  const side = sideKey(partition.root, family.code, state.key);
  const count = family.removeNative(nativeOf(partition, state, family.code), fields);
  callInPieces("HDEL", side, fields);
  if (host.call("EXISTS", side) === 0) forget(partition, state, family.code);
  return count;
}

/** Calls back for every field that has a cell. */
export function eachCell(
  partition: Partition,
  code: "h" | "z",
  key: string,
  visit: (field: string, cell: Cell) => void,
): void {
  const flat = host.call("HGETALL", sideKey(partition.root, code, key)) as string[];
  for (let at = 0; at < flat.length; at += 2) visit(flat[at]!, decodeCell(flat[at + 1]!));
}
