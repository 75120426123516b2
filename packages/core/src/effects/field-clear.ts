/**
 * Clearing a hash or sorted set: what is left of its cells when all that the author saw is taken away. Where the logs tell
 * what the author had not seen (log/unseen.ts), only those cells are looked at, and the counters that the author names; of
 * all else nothing is left. For a counter that the author saw and that is still here was there as well, and so it is named.
 */
import { callInPieces, host, readInPieces, type Packed } from "../host.js";
import { unpackResets, type Author } from "../log/operation.js";
import { unseenLimits, unseenOf } from "../log/unseen.js";
import { decodeCell, encodeCell } from "../state/codec.js";
import { forget, nativeOf, unlinkParts, type KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { clearRegisters, isLive, resetCounters, shownText, winner, type Cell } from "../types/cell.js";
import { eachCell, removeFields, type FieldFamily } from "./fields.js";

type Resets = Record<string, Packed[] | undefined>;

/** Takes away what the author saw; true where something was. */
export function clearAllFields(
  partition: Partition,
  family: FieldFamily,
  state: KeyState,
  author: Author,
  keyResets: Packed[],
): boolean {
  const { code } = family;
  const side = sideKey(partition.root, code, state.key);
  if (author.context === undefined) {
    forget(partition, state, code);
    host.call("UNLINK", side);
    return true;
  }
  const resetsOf: Resets = {};
  const reset: string[] = [];
  for (let at = 0; at < keyResets.length; at += 3) {
    if (keyResets[at] !== code) continue;
    reset.push(keyResets[at + 1] as string);
    resetsOf[keyResets[at + 1] as string] = keyResets[at + 2] as Packed[];
  }
  const size = host.call("HLEN", side) as number;
  const named = namedFields(partition, family, state.key, author, reset, size);
  if (named !== undefined) return keepNamed(partition, family, state, author, resetsOf, named, size);
  return clearEach(partition, family, state, author, resetsOf);
}

/** True where something of the cell was taken away. */
function clearCell(partition: Partition, cell: Cell, author: Author, resets: Packed[] | undefined): boolean {
  const changed = clearRegisters(cell, author.context);
  if (resets === undefined) return changed;
  return resetCounters(cell, unpackResets(partition, resets)) || changed;
}

function clearEach(
  partition: Partition,
  family: FieldFamily,
  state: KeyState,
  author: Author,
  resetsOf: Resets,
): boolean {
  const removed: string[] = [];
  const cells: string[] = [];
  const values: string[] = [];
  eachCell(partition, family.code, state.key, (field, cell) => {
    if (!clearCell(partition, cell, author, resetsOf[field])) return;
    if (!isLive(cell)) {
      removed.push(field);
      return;
    }
    const text = shownText(partition, cell);
    if (text !== undefined) values.push(field, text);
    cells.push(field, encodeCell(cell, true, winner(partition, cell)));
  });
  if (values.length > 0) family.writeNative(nativeOf(partition, state, family.code), values);
  if (cells.length > 0) callInPieces("HSET", sideKey(partition.root, family.code, state.key), cells);
  if (removed.length > 0) removeFields(partition, family, state, removed);
  return cells.length > 0 || removed.length > 0;
}

/** The fields of which something may be left; undefined where a look at all is as quick. */
function namedFields(
  partition: Partition,
  { code }: FieldFamily,
  key: string,
  author: Author,
  reset: string[],
  size: number,
): string[] | undefined {
  if (reset.length * unseenLimits.partsPerField > size) return undefined;
  const unseen = unseenOf(partition, key, author, size);
  if (unseen === undefined) return undefined;
  const isNamed: Record<string, true | undefined> = {};
  const named: string[] = [];
  const name = (field: string): void => {
    if (isNamed[field] === true) return;
    isNamed[field] = true;
    named.push(field);
  };
  for (const field of reset) name(field);
  for (const { operation } of unseen) {
    const [kind, , second, third] = operation as [string, string, Packed, Packed];
    if (kind === (code === "h" ? "I" : "J")) {
      if (second !== false) name(second as string);
    } else if (kind === (code === "h" ? "H" : "Y")) {
      for (let at = 0; at < (second as Packed[]).length; at += 3) name((second as string[])[at]!);
    } else if (kind === "P" && second === code) {
      for (let at = 0; at < (third as Packed[]).length; at += 2) name((third as string[])[at]!);
    }
  }
  return named.length * unseenLimits.partsPerField <= size ? named : undefined;
}

/** Removes all fields but what is left of those named. */
function keepNamed(
  partition: Partition,
  family: FieldFamily,
  state: KeyState,
  author: Author,
  resetsOf: Resets,
  named: string[],
  size: number,
): boolean {
  const { code } = family;
  const side = sideKey(partition.root, code, state.key);
  const native = nativeOf(partition, state, code);
  const stored = named.length === 0 ? [] : readInPieces("HMGET", side, named);
  const fields: string[] = [];
  const cells: string[] = [];
  /** False where the native value stays. */
  const texts: (string | false)[] = [];
  let isAnyChanged = false;
  for (let index = 0; index < named.length; index++) {
    const text = stored[index];
    if (typeof text !== "string") continue;
    const field = named[index]!;
    const cell = decodeCell(text);
    const isChanged = clearCell(partition, cell, author, resetsOf[field]);
    if (!isLive(cell)) continue;
    if (isChanged) isAnyChanged = true;
    fields.push(field);
    cells.push(field, isChanged ? encodeCell(cell, true, winner(partition, cell)) : text);
    texts.push((isChanged ? shownText(partition, cell) : undefined) ?? false);
  }
  const isAnyRemoved = fields.length < size;
  if (fields.length === 0) {
    forget(partition, state, code);
    host.call("UNLINK", side);
    return true;
  }
  const shown = family.readNative(native, fields);
  const values: string[] = [];
  for (let index = 0; index < fields.length; index++) {
    const text = texts[index] === false ? shown[index] : texts[index];
    if (typeof text === "string") values.push(fields[index]!, text);
  }
  if (isAnyRemoved) unlinkParts(partition, state, code, side);
  if (values.length > 0) family.writeNative(native, values);
  callInPieces("HSET", side, cells);
  return isAnyRemoved || isAnyChanged;
}
