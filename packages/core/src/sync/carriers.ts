/**
 * How the value of each type travels in a piece, with what is kept about its parts:
 *
 *     h z   [[part, cell ...], [text of each part, or false ...]]
 *     e     [member, dots ...]
 *     l     [[record ...], [value ...]]
 *     p     [bytes, [dot, bytes ...]]
 *     x     [value as its kind reads it, [record ...], [field, stored ...] of the holders, [group, where it begins ...]]
 *
 * Taken whole and put whole: one server call of the length of the value on either side. Sets, hashes, sorted sets and lists of
 * many parts go in pages (sync/large-values.ts).
 */
import { callInPieces, host, type Packed } from "../host.js";
import { openList } from "../effects/list-elements.js";
import { hashFamily } from "../effects/hash.js";
import { sortedSetFamily } from "../effects/sorted-set.js";
import type { FieldFamily } from "../effects/fields.js";
import type { AggregateCode } from "../state/codec.js";
import { nativeOf, type KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { mapCell, mapDot, mapDots, mapRecord, type OriginMap } from "./origin-map.js";
import { putStream, takeStream } from "./stream-carrier.js";

export interface Carrier {
  /** What a piece says of the type, which is alive under the key. */
  take(this: void, partition: Partition, state: KeyState): Packed;
  /** Makes that of it where nothing of the type is. */
  put(this: void, map: OriginMap, state: KeyState, parts: Packed): void;
  /** Of the types that also travel in pages (sync/large-values.ts). */
  readonly pages?: PageCarrier;
}

export interface PageCarrier {
  /** Some parts from the cursor on, "0" at first, in the form of `take`; and the next cursor, "0" behind the last. */
  take(this: void, partition: Partition, state: KeyState, cursor: string, count: number): [string, Packed];
  /** Adds them to a native value and what is kept beside it, under any names. */
  put(this: void, map: OriginMap, native: string, side: string, parts: Packed): void;
}

type Pages = PageCarrier["put"];

/** Puts the whole value where it belongs. */
function putWhole(code: AggregateCode, put: Pages): Carrier["put"] {
  return (map, state, parts) => {
    const { partition } = map;
    put(map, nativeOf(partition, state, code), sideKey(partition.root, code, state.key), parts);
  };
}

function scanned(side: string, cursor: string, count: number): [string, string[]] {
  return host.call("HSCAN", side, cursor, "COUNT", count) as [string, string[]];
}

function fieldCarrier(family: FieldFamily): Carrier {
  const { code } = family;
  const partsOf = (partition: Partition, state: KeyState, cells: string[]): Packed => {
    const fields: string[] = [];
    for (let at = 0; at < cells.length; at += 2) fields.push(cells[at]!);
    const texts = fields.length > 0 ? family.readNative(nativeOf(partition, state, code), fields) : [];
    return [cells, texts as Packed[]];
  };
  const put: Pages = (map, native, side, parts) => {
    const [cells, texts] = parts as [string[], (string | false)[]];
    const pairs: string[] = [];
    for (let at = 0; at < cells.length; at += 2) {
      cells[at + 1] = mapCell(map, cells[at + 1]!);
      const text = texts[at / 2];
      if (typeof text === "string") pairs.push(cells[at]!, text);
    }
    if (cells.length > 0) callInPieces("HSET", side, cells);
    if (pairs.length > 0) family.writeNative(native, pairs);
  };
  return {
    take: (partition, state) =>
      partsOf(partition, state, host.call("HGETALL", sideKey(partition.root, code, state.key)) as string[]),
    put: putWhole(code, put),
    pages: {
      take: (partition, state, cursor, count) => {
        const [next, cells] = scanned(sideKey(partition.root, code, state.key), cursor, count);
        return [next, partsOf(partition, state, cells)];
      },
      put,
    },
  };
}

function putMembers(this: void, map: OriginMap, native: string, side: string, parts: Packed): void {
  const flat = parts as string[];
  const members: string[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    members.push(flat[at]!);
    flat[at + 1] = mapDots(map, flat[at + 1]!);
  }
  if (flat.length === 0) return;
  callInPieces("HSET", side, flat);
  callInPieces("SADD", native, members);
}

const setCarrier: Carrier = {
  take: (partition, state) => host.call("HGETALL", sideKey(partition.root, "e", state.key)) as string[],
  put: putWhole("e", putMembers),
  pages: {
    take: (partition, state, cursor, count) => scanned(sideKey(partition.root, "e", state.key), cursor, count),
    put: putMembers,
  },
};

function putElements(this: void, map: OriginMap, native: string, side: string, parts: Packed): void {
  const [records, values] = parts as [string[], string[]];
  for (let at = 0; at < records.length; at++) records[at] = mapRecord(map, records[at]!);
  if (records.length === 0) return;
  callInPieces("RPUSH", side, records);
  if (values.length > 0) callInPieces("RPUSH", native, values); // none where its time has just passed
}

const listCarrier: Carrier = {
  take: (partition, state) => {
    const { side, native } = openList(partition, state);
    return [host.call("LRANGE", side, "0", "-1") as string[], host.call("LRANGE", native, "0", "-1") as string[]];
  },
  put: putWhole("l", putElements),
  pages: {
    take: (partition, state, cursor, count) => {
      const { side, native, size } = openList(partition, state);
      const from = host.toNumber(cursor, 10);
      const last = from + count - 1;
      const page = [host.call("LRANGE", side, from, last), host.call("LRANGE", native, from, last)] as string[][];
      return [from + count < size ? host.integerText(from + count) : "0", page];
    },
    put: putElements,
  },
};

const sketchCarrier: Carrier = {
  take: (partition, state) => {
    const several = state.sketches.length > 1 ? host.call("HGETALL", sideKey(partition.root, "p", state.key)) : [];
    return [host.call("GET", nativeOf(partition, state, "p")) as string | false, several as string[]];
  },
  put: (map, state, parts) => {
    const { partition } = map;
    const [bytes, several] = parts as [string | false, string[]];
    if (bytes !== false) host.call("SET", nativeOf(partition, state, "p"), bytes);
    for (let at = 0; at < several.length; at += 2) several[at] = mapDot(map, several[at]!);
    if (several.length > 0) callInPieces("HSET", sideKey(partition.root, "p", state.key), several);
  },
};

export const carriers: Record<AggregateCode, Carrier> = {
  h: fieldCarrier(hashFamily),
  z: fieldCarrier(sortedSetFamily),
  e: setCarrier,
  l: listCarrier,
  p: sketchCarrier,
  x: { take: takeStream, put: putStream },
};
