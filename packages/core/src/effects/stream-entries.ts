/**
 * The entries of a stream, by observed-remove: each lives while one of its dots does (state/stream-record.ts).
 *
 * Invariants: 1. record and native entry have the same index. 2. both stand in the order of the ids. 3. of several entries
 * under one id the latest is the native one.
 */
import { callInPieces, host } from "../host.js";
import { noteConflict } from "../state/conflicts.js";
import { removeRuns } from "../state/lanes.js";
import { compareBytes, eachRecord, lowerBound, placeOf, recordAt } from "../state/sequence.js";
import {
  decodeRecord,
  encodeRecord,
  plainRecord,
  sortRegisters,
  uncoveredRegisters,
  type EntryRegister,
} from "../state/stream-record.js";
import { isAfter, type Vector } from "../state/partition.js";
import { idOfPlace, placeOfId, ZERO_ID } from "../types/stream-id.js";
import { dropLateOfAll, noteLate } from "./stream-late.js";
import { appendNative, deleteIds, rewriteTail, type NativeEntry } from "./stream-native.js";
import type { Stream } from "./stream-open.js";

/** What is to stand under an id; each register has its fields. */
export interface NewEntry {
  readonly id: string;
  readonly place: string;
  readonly registers: EntryRegister[];
}

/** Where the entries begin in a whole value: [last, greatest deleted, entries ever added, id, count, field, value, ...]. */
export const VALUE_HEAD = 3;

export function newEntry(id: string, fields: string[], stamp: number, origin: number): NewEntry {
  return { id, place: placeOfId(id), registers: [{ stamp, origin, fields }] };
}

/** Puts entries in, given in the order of their ids. Where `isNew`, groups that read past them have yet to deliver them. */
export function insertEntries(stream: Stream, entries: NewEntry[], isNew: boolean): void {
  const { native, side } = stream;
  const records: string[] = [];
  let at = 0;
  for (; at < entries.length; at++) {
    const { id, place, registers } = entries[at]!;
    if (!appendNative(native, id, registers[0]!.fields!)) break;
    records.push(encodeRecord(place, registers));
  }
  if (records.length > 0) callInPieces("RPUSH", side, records);
  if (at < entries.length) mergeEntries(stream, entries.slice(at), isNew);
}

/** Puts them in between what is there. */
function mergeEntries(stream: Stream, entries: NewEntry[], isNew: boolean): void {
  const { partition, state, native, side } = stream;
  const size = host.call("LLEN", side) as number;
  const from = lowerBound(side, size, entries[0]!.place);
  const tail = host.call("XRANGE", native, entries[0]!.id, "+") as NativeEntry[];
  const records = recordsOf(partition.own, from < size ? (host.call("LRANGE", side, from, -1) as string[]) : [], tail);
  const merged: NativeEntry[] = [];
  const mergedRecords: string[] = [];
  const late: string[] = [];
  let next = 0;
  for (const { id, place, registers } of entries) {
    while (next < records.length && compareBytes(placeOf(records[next]!), place) < 0) {
      merged.push(tail[next]!);
      mergedRecords.push(records[next]!);
      next++;
    }
    let all = registers;
    if (next < records.length && placeOf(records[next]!) === place) {
      all = withFields(decodeRecord(records[next]!), tail[next]![1]).concat(registers);
      noteConflict(partition, state.key, "stream", id, undefined);
      next++;
    } else {
      late.push(place);
    }
    all = sortRegisters(partition, all);
    merged.push([id, all[0]!.fields!]);
    mergedRecords.push(encodeRecord(place, all));
  }
  for (; next < records.length; next++) {
    merged.push(tail[next]!);
    mergedRecords.push(records[next]!);
  }
  const before = from > 0 ? idOfPlace(placeOf(recordAt(side, from - 1))) : ZERO_ID;
  if (isNew) noteLate(partition.root, state.key, native, late);
  rewriteTail(partition.root, native, before, tail, merged, isNew ? late.length : 0);
  if (from === 0) host.call("UNLINK", side);
  else if (from < size) host.call("LTRIM", side, 0, from - 1);
  callInPieces("RPUSH", side, mergedRecords);
}

/**
 * One record for each entry of the tail, as they stand. Where somebody wrote past Meridian, or the server evicted the stream,
 * they are matched by their ids: what has no entry any more goes, and what has no record gets one that everybody saw.
 */
function recordsOf(own: number, records: string[], tail: NativeEntry[]): string[] {
  if (records.length === tail.length) return records;
  const byPlace: Record<string, string | undefined> = {};
  for (const record of records) byPlace[placeOf(record)] = record;
  const matched: string[] = [];
  for (const [id] of tail) {
    const place = placeOfId(id);
    matched.push(byPlace[place] ?? plainRecord(place, 0, own));
  }
  return matched;
}

function withFields(registers: EntryRegister[], shown: string[]): EntryRegister[] {
  const filled: EntryRegister[] = [];
  for (const { stamp, origin, fields } of registers) filled.push({ stamp, origin, fields: fields ?? shown });
  return filled;
}

/** Takes from the records `from` to `to` (excluded) what was seen; the number of entries that are gone. */
export function removeSeen(stream: Stream, from: number, to: number, context: Vector | undefined): number {
  const removal: Removal = { runs: [], ids: [], places: [], again: [], kept: [] };
  eachRecord(stream.side, from, to, (record, index) => takeSeen(stream, removal, record, index, context));
  return carryOut(stream, removal, false);
}

/** The same for single ids. */
export function removeIds(stream: Stream, ids: string[], context: Vector | undefined): number {
  const indexes: number[] = [];
  const size = host.call("LLEN", stream.side) as number;
  for (const id of ids) {
    const index = indexOfEntry(stream.side, size, placeOfId(id));
    if (index >= 0) indexes.push(index);
  }
  indexes.sort((a, b) => a - b);
  const removal: Removal = { runs: [], ids: [], places: [], again: [], kept: [] };
  for (let at = 0; at < indexes.length; at++) {
    const index = indexes[at]!;
    if (at > 0 && indexes[at - 1] === index) continue;
    takeSeen(stream, removal, recordAt(stream.side, index), index, context);
  }
  return carryOut(stream, removal, true);
}

/** Where the entry is; -1 where there is none. */
export function indexOfEntry(side: string, size: number, place: string): number {
  const index = lowerBound(side, size, place);
  return index < size && placeOf(recordAt(side, index)) === place ? index : -1;
}

interface Removal {
  /** [index, count, ...] of records that go. */
  runs: number[];
  ids: string[];
  places: string[];
  /** Under whose id another entry shows now. */
  again: NewEntry[];
  /** What is kept of records whose entry shows on: [index, record]. */
  kept: [number, string][];
}

function takeSeen(
  { partition }: Stream,
  removal: Removal,
  record: string,
  index: number,
  context: Vector | undefined,
): void {
  const registers = decodeRecord(record);
  const left = uncoveredRegisters(registers, context);
  if (left.length === registers.length) return;
  const place = placeOf(record);
  if (left.length > 0 && left[0] === registers[0]) {
    removal.kept.push([index, encodeRecord(place, left)]);
    return;
  }
  const { runs } = removal;
  const last = runs.length - 2;
  if (last >= 0 && runs[last]! + runs[last + 1]! === index) runs[last + 1] = runs[last + 1]! + 1;
  else runs.push(index, 1);
  const id = idOfPlace(place);
  removal.ids.push(id);
  if (left.length > 0) removal.again.push({ id, place, registers: sortRegisters(partition, left) });
  else removal.places.push(place);
}

/** By XTRIM, which remembers nothing of them; or, where others stay before them or `byId`, by XDEL. */
function carryOut(stream: Stream, { runs, ids, places, again, kept }: Removal, byId: boolean): number {
  const { native, side } = stream;
  for (const [index, record] of kept) host.call("LSET", side, index, record);
  if (ids.length === 0) return 0;
  const size = host.call("LLEN", side) as number;
  const isHead = runs.length === 2 && runs[0] === 0;
  if (isHead && !byId) host.call("XTRIM", native, "MAXLEN", host.integerText(size - runs[1]!));
  else deleteIds(native, ids);
  removeRuns([side], size, runs);
  dropLateOfAll(stream.partition.root, stream.state.key, native, places);
  if (again.length > 0) insertEntries(stream, again, false);
  return places.length;
}

/** The newest dot of all entries. */
export function newestOfEntries(stream: Stream): [number, number] | undefined {
  let best: [number, number] | undefined;
  eachRecord(stream.side, 0, host.call("LLEN", stream.side) as number, (record) => {
    for (const { stamp, origin } of decodeRecord(record)) {
      if (best === undefined || isAfter(stream.partition, stamp, origin, best[0], best[1])) best = [stamp, origin];
    }
  });
  return best;
}
