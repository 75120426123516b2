/** Lists, changed inside: the elements are found here, once, and named by their places everywhere (effects/list.ts). */
import { openList, type List } from "../effects/list-elements.js";
import { errors, isRefused, OK, refuse } from "../errors.js";
import { host, type Reply } from "../host.js";
import { keepOf, perform, type Unit } from "../log/unit.js";
import { eachRecord, placeOf, recordAt } from "../state/sequence.js";
import { prefixAfter, prefixBefore } from "../types/list-place.js";
import { onKey, type Command } from "./command.js";
import { removeElements } from "./list-commands.js";
import { countArgument } from "./numbers.js";
import { exists, openTyped } from "./opened.js";

/** LINSERT key BEFORE|AFTER pivot element */
function linsert(unit: Unit, args: string[]): Reply {
  const where = args[2]!.toUpperCase();
  if (where !== "BEFORE" && where !== "AFTER") return refuse(errors.syntax);
  const state = openTyped(unit, args[1]!, "l");
  if (isRefused(state)) return state;
  if (!exists(state)) return 0;
  const list = openList(unit.partition, state);
  const pivotAt = host.call("LPOS", list.native, args[3]!);
  if (typeof pivotAt !== "number") return -1;
  const prefix =
    where === "AFTER"
      ? prefixAfter(placeOf(recordAt(list.side, pivotAt)), placeAt(list, pivotAt + 1))
      : prefixBefore(placeAt(list, pivotAt - 1), placeOf(recordAt(list.side, pivotAt)));
  const index = unit.elements;
  unit.elements++;
  return perform(unit, ["N", state.key, prefix, index, args[4]!, keepOf(unit, state, "l")]);
}

function placeAt({ side, size }: List, index: number): string | undefined {
  return index < 0 || index >= size ? undefined : placeOf(recordAt(side, index));
}

/** LSET key index element */
function lset(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "l");
  if (isRefused(state)) return state;
  if (!exists(state)) return refuse(errors.noSuchKey);
  const index = countArgument(args[2]!);
  if (isRefused(index)) return index;
  const list = openList(unit.partition, state);
  const place = placeAt(list, index < 0 ? list.size + index : index);
  if (place === undefined) return refuse(errors.index);
  perform(unit, ["W", state.key, place, args[3]!, keepOf(unit, state, "l")]);
  return OK;
}

/** LREM key count element */
function lrem(unit: Unit, args: string[]): Reply {
  const count = countArgument(args[2]!);
  if (isRefused(count)) return count;
  const state = openTyped(unit, args[1]!, "l");
  if (isRefused(state)) return state;
  if (!exists(state)) return 0;
  const list = openList(unit.partition, state);
  const wanted = count < 0 ? -count : count;
  const rank = count < 0 ? "-1" : "1";
  const limit = wanted < list.size ? wanted : list.size;
  const found = host.call("LPOS", list.native, args[3]!, "RANK", rank, "COUNT", limit) as number[];
  if (found.length === 0) return 0;
  found.sort((a, b) => a - b);
  removeElements(unit, state, rangesOf(list, found), found.length === list.size);
  return found.length;
}

/** Elements that a walk reads in the time of one look at an index. */
const LOOK_COST = 20;

/** The places at the indexes, in ascending order, as [from to ...]: neighbours in one range. */
function rangesOf(list: List, indexes: number[]): string[] {
  const last = indexes.length - 1;
  const begin = indexes[0]!;
  const end = indexes[last]! + 1;
  const places: string[] = [];
  if (indexes.length * LOOK_COST < end - begin) {
    for (const index of indexes) places.push(placeOf(recordAt(list.side, index)));
  } else {
    let next = 0;
    eachRecord(list.side, begin, end, (record, index) => {
      if (index !== indexes[next]) return;
      places.push(placeOf(record));
      next++;
    });
  }
  const ranges: string[] = [];
  for (let at = 0; at <= last; at++) {
    const from = places[at]!;
    let to = "";
    while (at < last && indexes[at + 1] === indexes[at]! + 1) {
      at++;
      to = places[at]!;
    }
    ranges.push(from, to);
  }
  return ranges;
}

/** LTRIM key start stop */
function ltrim(unit: Unit, args: string[]): Reply {
  const start = countArgument(args[2]!);
  const stop = countArgument(args[3]!);
  if (isRefused(start) || isRefused(stop)) return refuse(errors.notInteger);
  const state = openTyped(unit, args[1]!, "l");
  if (isRefused(state)) return state;
  if (!exists(state)) return OK;
  const list = openList(unit.partition, state);
  const { size } = list;
  let first = start < 0 ? size + start : start;
  let end = (stop < 0 ? size + stop : stop) + 1;
  if (first < 0) first = 0;
  if (end > size) end = size;
  if (first >= end) {
    first = size;
    end = size;
  }
  const ranges: string[] = [];
  addRange(list, 0, first, ranges);
  addRange(list, end, size, ranges);
  if (ranges.length > 0) removeElements(unit, state, ranges, first === size);
  return OK;
}

function addRange({ side }: List, from: number, end: number, ranges: string[]): void {
  if (from >= end) return;
  ranges.push(placeOf(recordAt(side, from)), end - from === 1 ? "" : placeOf(recordAt(side, end - 1)));
}

export const listEditCommands: Record<string, Command> = {
  LINSERT: onKey(5, linsert),
  LSET: onKey(4, lset),
  LREM: onKey(4, lrem),
  LTRIM: onKey(4, ltrim),
};
