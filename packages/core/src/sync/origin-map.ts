/**
 * Metadata of another server in terms of ours. Dots name origins by their index at the server that keeps them
 * (state/codec.ts), so what is brought over gets each index replaced. In the common forms these are two bytes that are
 * written over; the others are read and written anew.
 */
import { marks } from "../clock/origin.js";
import { host, type Packed } from "../host.js";
import {
  decodeCell,
  decodeKey,
  DOT_BYTES,
  encodeCell,
  encodeKey,
  isRegisterForm,
  SOLE_FORMS,
  type Deadline,
} from "../state/codec.js";
import { indexOfOrigin, type Partition } from "../state/partition.js";
import { placeEnd } from "../state/sequence.js";
import { winner, type Cell } from "../types/cell.js";

export interface OriginMap {
  readonly partition: Partition;
  /** Our index by theirs. */
  readonly to: readonly number[];
  /** All indexes are the same. */
  readonly isSame: boolean;
}

const MARK_BYTES = 2;
/** Where the origin of the forms S, X, W, C and p stands. */
const MARK_AT = 8;

/** `names`: the origins by their index there; the first, of index 0, stands for none. */
export function originMap(partition: Partition, names: readonly string[]): OriginMap {
  const to: number[] = [0];
  let isSame = true;
  for (let index = 1; index < names.length; index++) {
    const ours = indexOfOrigin(partition, names[index]!);
    to.push(ours);
    if (ours !== index) isSame = false;
  }
  return { partition, to, isSame };
}

/** The text with the index at the offset replaced. */
function patched(map: OriginMap, text: string, at: number): string {
  const theirs = text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
  return text.substring(0, at) + marks[map.to[theirs]!]! + text.substring(at + MARK_BYTES);
}

/** A dot, or any text that ends with one. */
export function mapDot(map: OriginMap, text: string): string {
  return map.isSame ? text : patched(map, text, text.length - MARK_BYTES);
}

/** Dots, one after the other. */
export function mapDots(map: OriginMap, text: string): string {
  if (map.isSame) return text;
  if (text.length === DOT_BYTES) return mapDot(map, text);
  let mapped = "";
  for (let at = 0; at < text.length; at += DOT_BYTES) mapped = mapped + mapDot(map, text.substring(at, at + DOT_BYTES));
  return mapped;
}

/** The cell of a field or a member. */
export function mapCell(map: OriginMap, text: string): string {
  if (map.isSame) return text;
  if (isRegisterForm(text) || text.substring(0, 1) === "C") return patched(map, text, MARK_AT);
  const cell = cellOf(map, decodeCell(text));
  return encodeCell(cell, true, winner(map.partition, cell));
}

function cellOf({ to }: OriginMap, cell: Cell): Cell {
  const mapped: Cell = { registers: [], counters: [] };
  for (const { stamp, origin, value, expiresAt } of cell.registers) {
    mapped.registers.push({ stamp, origin: to[origin]!, value, expiresAt });
  }
  for (const { origin, epoch, sum, stamp, resetSum, resetStamp, isFloat } of cell.counters) {
    mapped.counters.push({ origin: to[origin]!, epoch, sum, stamp, resetSum, resetStamp, isFloat });
  }
  return mapped;
}

/** The metadata of a key. */
export function mapKey(map: OriginMap, text: string): string {
  if (map.isSame) return text;
  const form = text.substring(0, 1);
  if (form === "p") return patched(map, text, MARK_AT);
  if (SOLE_FORMS[form] !== undefined) return text;
  if (form !== "K") return mapCell(map, text);
  const meta = decodeKey(text);
  meta.cell = cellOf(map, meta.cell);
  meta.deadlines = deadlinesOf(map, meta.deadlines);
  meta.weakDeadlines = deadlinesOf(map, meta.weakDeadlines);
  for (let at = 0; at < meta.sketches.length; at++) {
    const { stamp, origin } = meta.sketches[at]!;
    meta.sketches[at] = { stamp, origin: map.to[origin]! };
  }
  return encodeKey(meta, meta.shown === "s" ? winner(map.partition, meta.cell) : undefined);
}

function deadlinesOf({ to }: OriginMap, deadlines: Deadline[]): Deadline[] {
  const mapped: Deadline[] = [];
  for (const { stamp, origin, at } of deadlines) mapped.push({ stamp, origin: to[origin]!, at });
  return mapped;
}

/** The record of a list's element or a stream's entry: all but the packed ones end with the origin. */
export function mapRecord(map: OriginMap, record: string): string {
  if (map.isSame) return record;
  const end = placeEnd(record);
  const size = record.length - end;
  const form = record.substring(end, end + 1);
  if (size === MARK_BYTES || size === DOT_BYTES || form === "D") return mapDot(map, record);
  const from = form === "G" ? end + 1 : end;
  const flat = host.unpackOwn(record.substring(from)) as Packed[];
  return record.substring(0, from) + host.pack(mapTriples(map, flat, 0));
}

/** [stamp origin anything ...] from the offset on. */
export function mapTriples({ to }: OriginMap, flat: Packed[], from: number): Packed[] {
  for (let at = from; at < flat.length; at += 3) flat[at + 1] = to[flat[at + 1] as number]!;
  return flat;
}

/** What is kept under a field of `<root>:g:<key>` (effects/stream-groups.ts); `isLives`: of the field of the lives. */
export function mapHolder(map: OriginMap, stored: string, isLives: boolean): string {
  if (map.isSame) return stored;
  const flat = host.unpackOwn(stored) as Packed[];
  if (isLives) return host.pack(mapTriples(map, flat, 0));
  for (let at = 3; at < flat.length; at += 3) {
    const lives = flat[at] as number[];
    for (let life = 1; life < lives.length; life += 2) lives[life] = map.to[lives[life]!]!;
  }
  return host.pack(mapTriples(map, flat, 1));
}
