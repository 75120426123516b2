/**
 * Lists: L, N, W and B. Each element has a place, which orders it and is its identity (types/list-place.ts): concurrent pushes
 * all stay, in stamp order at their end; an insertion lands beside its neighbour; a removal names places and takes what its
 * author saw of them, so an LSET that it had not seen survives it.
 *
 * Invariant: record and value of an element have the same index, in `<root>:l:<key>` and in the native list.
 */
import { host } from "../host.js";
import { removing, type Author, type Keep, type Operation } from "../log/operation.js";
import { areTexts, isInteger, isKeep, isText } from "../log/shapes.js";
import { claim, loadKey, nativeOf, settle, type KeyState } from "../state/key-state.js";
import type { Kind } from "../state/kind.js";
import { array, pair, PARTS_MAX, object, text } from "../state/json.js";
import { sideKey } from "../state/names.js";
import { isAfter, type Partition } from "../state/partition.js";
import { eachRecord, placeOf } from "../state/sequence.js";
import { newestDot, winner } from "../types/cell.js";
import { createdAt, creatorOf, decodeElement } from "../types/list-element.js";
import { areRanges, hexOf, insertedPlace, isPlace, isPrefix, type Side } from "../types/list-place.js";
import { cellJson } from "./cell-json.js";
import { applyKeep } from "./clear.js";
import {
  dropList,
  insertElements,
  openList,
  removeRanges,
  removeSeen,
  writeElement,
  type List,
} from "./list-elements.js";
import { pushedRows } from "./list-places.js";
import { popPlain, pushPlain } from "./list-plain.js";
import type { OperationKind } from "./operation-kind.js";

/** L key side firstIndex [value ...] keep. Returns the length. */
function pushEffect(partition: Partition, operation: Operation, author: Author): number {
  const plain = pushPlain(partition, operation, author);
  if (plain !== undefined) return plain;
  const [, key, side, firstIndex, values, keep] = operation as [string, string, Side, number, string[], Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "l", false);
  const list = claimList(partition, state);
  const [places, inOrder] = pushedRows(partition, side, firstIndex, values, author);
  insertElements(list, places, inOrder, author);
  settle(partition, state);
  return list.size;
}

/** N key prefix index value keep. Returns the length. */
function insertEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, prefix, index, value, keep] = operation as [string, string, string, number, string, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "l", false);
  const list = claimList(partition, state);
  const place = insertedPlace(prefix, author.stamp, partition.tags[author.origin]!, index);
  insertElements(list, [place], [value], author);
  settle(partition, state);
  return list.size;
}

/** W key place value keep */
function writeEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, place, value, keep] = operation as [string, string, string, string, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "l", false);
  writeElement(claimList(partition, state), place, value, author);
  settle(partition, state);
  return 0;
}

/** B key [from to ...] emptied keep */
function removeEffect(partition: Partition, operation: Operation, author: Author): number {
  if (popPlain(partition, operation, author)) return 0;
  const [, key, ranges, emptied, keep] = operation as [string, string, string[], number, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "l", emptied === 1);
  const list = livingList(partition, state);
  if (list !== undefined) removeRanges(list, ranges, removing(partition, author));
  settle(partition, state);
  return 0;
}

function claimList(partition: Partition, state: KeyState): List {
  claim(partition, state, "l");
  return openList(partition, state);
}

/** Undefined where there is none, or where the server has nothing of it. */
function livingList(partition: Partition, state: KeyState): List | undefined {
  if (state.alive["l"] !== true) return undefined;
  const list = openList(partition, state);
  if (list.size > 0) return list;
  dropList(list);
  return undefined;
}

function clearList(partition: Partition, state: KeyState, author: Author): boolean {
  const list = livingList(partition, state);
  if (list === undefined) return true;
  if (author.context !== undefined) return removeSeen(list, author);
  dropList(list);
  return true;
}

function newestElement(partition: Partition, state: KeyState): [number, number] | undefined {
  const side = sideKey(partition.root, "l", state.key);
  let best: [number, number] | undefined;
  eachRecord(side, 0, host.call("LLEN", side) as number, (record) => {
    const dot = newestOf(partition, record);
    if (best === undefined || isAfter(partition, dot[0], dot[1], best[0], best[1])) best = dot;
  });
  return best;
}

function newestOf(partition: Partition, record: string): [number, number] {
  const creator = creatorOf(record);
  if (creator !== undefined) return [createdAt(record), creator];
  return newestDot(partition, decodeElement(record))!;
}

/** [{"place": hexadecimal, "value": cell}, ...] */
function describeList(partition: Partition, state: KeyState): string {
  const side = sideKey(partition.root, "l", state.key);
  const size = host.call("LLEN", side) as number;
  const values = host.call("LRANGE", nativeOf(partition, state, "l"), 0, PARTS_MAX - 1) as string[];
  const elements: string[] = [];
  eachRecord(side, 0, size < PARTS_MAX ? size : PARTS_MAX, (record, index) => {
    const cell = cellJson(partition, decodeElement(record), values[index] ?? "", state.shown === "l");
    elements.push(object([pair("place", text(hexOf(placeOf(record)))), pair("value", cell)]));
  });
  return array(elements);
}

export const listKind: Kind = {
  code: "l",
  name: "list",
  newest: newestElement,
  clear: (partition, state, author) => clearList(partition, state, author),
  addResets: () => undefined,
  sides: (root, key) => [sideKey(root, "l", key)],
  read: (native) => host.call("LRANGE", native, 0, -1) as string[],
  isValue: (value) => areTexts(value),
  put: (partition, state, value, author) => {
    const [places, values] = pushedRows(partition, "w", 0, value as string[], author);
    insertElements(claimList(partition, state), places, values, author);
  },
  eachLoser: (partition, state, visit) => {
    const side = sideKey(partition.root, "l", state.key);
    eachRecord(side, 0, host.call("LLEN", side) as number, (record, index) => {
      if (creatorOf(record) !== undefined) return;
      const cell = decodeElement(record);
      if (cell.registers.length < 2) return;
      const best = winner(partition, cell)!;
      best.value ??= host.call("LINDEX", nativeOf(partition, state, "l"), index) as string;
      for (const { value, stamp, origin } of cell.registers) {
        if (value !== best.value) visit(hexOf(placeOf(record)), value ?? "", stamp, origin);
      }
    });
  },
  describe: describeList,
};

/** So many elements may one unit make, so that an index keeps to its four digits. */
const INDEX_MAX = 4000000000;

export const listOperations: Record<string, OperationKind> = {
  L: {
    length: 6,
    isRight: (o) => isText(o[1]) && (o[2] === "l" || o[2] === "r") && isIndex(o[3]) && areTexts(o[4]) && isKeep(o[5]),
    apply: pushEffect,
  },
  N: {
    length: 6,
    isRight: (o) =>
      isText(o[1]) && isText(o[2]) && isPrefix(o[2] as string) && isIndex(o[3]) && isText(o[4]) && isKeep(o[5]),
    apply: insertEffect,
  },
  W: {
    length: 5,
    isRight: (o) => isText(o[1]) && isText(o[2]) && isPlace(o[2] as string) && isText(o[3]) && isKeep(o[4]),
    apply: writeEffect,
  },
  B: {
    length: 5,
    isRight: (o) => isText(o[1]) && areTexts(o[2]) && isPaired(o[2] as string[]) && isInteger(o[3]) && isKeep(o[4]),
    apply: removeEffect,
  },
};

function isIndex(value: unknown): boolean {
  return isInteger(value as number) && (value as number) >= 0 && (value as number) <= INDEX_MAX;
}

function isPaired(ranges: string[]): boolean {
  return ranges.length % 2 === 0 && areRanges(ranges);
}
