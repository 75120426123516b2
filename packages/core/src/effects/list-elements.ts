/**
 * The elements of one list, loaded: found by their places, put in, written over and removed, in the native list and in the
 * records beside it at once.
 */
import { marks } from "../clock/origin.js";
import { host } from "../host.js";
import type { Author } from "../log/operation.js";
import { forget, nativeOf, type KeyState } from "../state/key-state.js";
import { joinRegisters } from "../state/conflicts.js";
import { insertRows, removeRuns, type Lanes } from "../state/lanes.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { compareBytes, eachRecord, lowerBound, placeOf, recordAt, recordOf } from "../state/sequence.js";
import { clearRegisters, covers, winner, type Cell } from "../types/cell.js";
import { createdAt, creatorOf, decodeElement, encodeElement } from "../types/list-element.js";
import { hexOf } from "../types/list-place.js";
import { unseenPlaces } from "./list-places.js";

export interface List {
  readonly partition: Partition;
  readonly state: KeyState;
  readonly side: string;
  readonly native: string;
  /** [side, native] */
  readonly lanes: Lanes;
  size: number;
}

/** The list under the key, which is alive or was claimed. */
export function openList(partition: Partition, state: KeyState): List {
  const side = sideKey(partition.root, "l", state.key);
  const native = nativeOf(partition, state, "l");
  return { partition, state, side, native, lanes: [side, native], size: alignedSize(side, native) };
}

/** What the server has lost of one of the two, or somebody put in past Meridian, is cut from the other, or off. */
function alignedSize(side: string, native: string): number {
  const records = host.call("LLEN", side) as number;
  const values = host.call("LLEN", native) as number;
  if (records === values) return records;
  const size = records < values ? records : values;
  if (size === 0) host.call("UNLINK", side, native);
  else host.call("LTRIM", records > size ? side : native, 0, size - 1);
  return size;
}

/** Puts in new elements, their places in ascending order. */
export function insertElements(list: List, places: string[], values: string[], author: Author): void {
  const { side, size, lanes } = list;
  const mark = marks[author.origin]!;
  const at = size === 0 ? 0 : lowerBound(side, size, places[0]!);
  if (at < size && compareBytes(placeOf(recordAt(side, at)), places[places.length - 1]!) <= 0) {
    for (let index = 0; index < places.length; index++) writeElement(list, places[index]!, values[index]!, author);
    return;
  }
  const records: string[] = [];
  for (const place of places) records.push(recordOf(place, mark));
  insertRows(lanes, size, at, [records, values]);
  list.size += records.length;
}

/** Writes over what the author saw of the element; one that is gone comes back. */
export function writeElement(list: List, place: string, value: string, author: Author): void {
  const { partition, side, native, size, lanes } = list;
  const register = { stamp: author.stamp, origin: author.origin, value, expiresAt: 0 };
  const at = size === 0 ? 0 : lowerBound(side, size, place);
  const record = at < size ? recordAt(side, at) : "";
  if (record === "" || placeOf(record) !== place) {
    const cell: Cell = { registers: [register], counters: [] };
    insertRows(lanes, size, at, [[encodeElement(place, cell, register)], [value]]);
    list.size++;
    return;
  }
  const cell = author.context === undefined ? { registers: [], counters: [] } : decodeElement(record);
  clearRegisters(cell, author.context);
  fillValue(native, at, cell);
  joinRegisters(partition, list.state.key, "list", hexOf(place), cell.registers, register);
  storeElement(list, at, place, cell);
}

/** Reads the native value into the register that has none. */
function fillValue(native: string, index: number, cell: Cell): void {
  for (const register of cell.registers) {
    if (register.value === undefined) register.value = host.call("LINDEX", native, index) as string;
  }
}

function storeElement({ partition, side, native }: List, index: number, place: string, cell: Cell): void {
  const best = winner(partition, cell)!;
  host.call("LSET", native, index, best.value!);
  host.call("LSET", side, index, encodeElement(place, cell, best));
}

/** What to remove: runs of indexes, [from, count, ...]. */
interface Removal {
  readonly runs: number[];
  changed: boolean;
}

/** Removes what the author saw of the elements whose places lie in the ranges; true where there was any. */
export function removeRanges(list: List, ranges: string[], author: Author): boolean {
  const removal: Removal = { runs: [], changed: false };
  if ((ranges.length / 2) * SEARCH_COST < list.size) {
    for (let at = 0; at < ranges.length; at += 2) addRange(list, ranges[at]!, ranges[at + 1]!, author, removal);
  } else {
    addByWalk(list, ranges, author, removal);
  }
  return finishRemoval(list, removal);
}

/** Records that a walk passes over in the time of one search. */
const SEARCH_COST = 100;

function addRange(list: List, from: string, to: string, author: Author, removal: Removal): void {
  const { side, size } = list;
  const first = lowerBound(side, size, from);
  if (first === size) return;
  let end = first + 1;
  if (to === "") {
    if (placeOf(recordAt(side, first)) !== from) return;
  } else {
    end = lowerBound(side, size, to);
    if (end < size && placeOf(recordAt(side, end)) === to) end++;
  }
  if (author.context === undefined) addRun(removal.runs, first, end - first);
  else addSeenWithin(list, first, end, author, removal);
}

/** Of the elements `from` to `to` (excluded) those that the author saw: where the logs tell the others, only these are looked at. */
function addSeenWithin(list: List, from: number, to: number, author: Author, removal: Removal): void {
  const { partition, state, side, size } = list;
  const places = unseenPlaces(partition, state.key, author, to - from);
  if (places === undefined) {
    eachRecord(side, from, to, (record, index) => addSeen(list, record, index, author, removal));
    return;
  }
  let next = from;
  for (const place of places) {
    const index = lowerBound(side, size, place);
    if (index < next || index >= to) continue;
    const record = recordAt(side, index);
    if (placeOf(record) !== place) continue;
    addRun(removal.runs, next, index - next);
    addSeen(list, record, index, author, removal);
    next = index + 1;
  }
  addRun(removal.runs, next, to - next);
}

function addByWalk(list: List, ranges: string[], author: Author, removal: Removal): void {
  let next = 0;
  eachRecord(list.side, 0, list.size, (record, index) => {
    const place = placeOf(record);
    while (next < ranges.length && compareBytes(endOf(ranges, next), place) < 0) next += 2;
    if (next < ranges.length && compareBytes(ranges[next]!, place) <= 0) addSeen(list, record, index, author, removal);
  });
}

function endOf(ranges: string[], at: number): string {
  return ranges[at + 1] === "" ? ranges[at]! : ranges[at + 1]!;
}

/** Removes everything that the author saw. */
export function removeSeen(list: List, author: Author): boolean {
  const removal: Removal = { runs: [], changed: false };
  addSeenWithin(list, 0, list.size, author, removal);
  return finishRemoval(list, removal);
}

/** Notes the element for removal where all of it was seen; where a part was, writes what is left. */
function addSeen(list: List, record: string, index: number, author: Author, removal: Removal): void {
  const creator = creatorOf(record);
  if (creator !== undefined) {
    if (covers(author.context, createdAt(record), creator)) addRun(removal.runs, index, 1);
    return;
  }
  const cell = decodeElement(record);
  if (!clearRegisters(cell, author.context)) return;
  if (cell.registers.length === 0) {
    addRun(removal.runs, index, 1);
    return;
  }
  fillValue(list.native, index, cell);
  storeElement(list, index, placeOf(record), cell);
  removal.changed = true;
}

/** Behind all runs so far. */
function addRun(runs: number[], from: number, count: number): void {
  const last = runs.length - 2;
  if (count === 0) return;
  if (last >= 0 && runs[last]! + runs[last + 1]! === from) runs[last + 1] = runs[last + 1]! + count;
  else runs.push(from, count);
}

function finishRemoval(list: List, { runs, changed }: Removal): boolean {
  if (runs.length > 0) {
    list.size = removeRuns(list.lanes, list.size, runs);
    if (list.size === 0) dropList(list);
  }
  return changed || runs.length > 0;
}

/** Nothing is left of the list. */
export function dropList({ partition, state, side }: List): void {
  forget(partition, state, "l");
  host.call("UNLINK", side);
}
