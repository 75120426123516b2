/** What the core must know of streams as a type (state/kind.ts): clearing, whole values, descriptions. */
import { host, type Packed } from "../host.js";
import type { Author } from "../log/operation.js";
import { isArray } from "../log/shapes.js";
import { isInt64Text } from "../number/decimal.js";
import { array, dotJson, object, pair, PARTS_MAX, text } from "../state/json.js";
import type { KeyState } from "../state/key-state.js";
import type { Kind } from "../state/kind.js";
import { isAfter, type Partition } from "../state/partition.js";
import { eachRecord, placeOf } from "../state/sequence.js";
import { decodeRecord } from "../state/stream-record.js";
import { compareIds, idOfPlace, isCanonicalId, isEntryId, ZERO_ID } from "../types/stream-id.js";
import { clearEntries } from "./stream-clear.js";
import { insertEntries, newEntry, newestOfEntries, VALUE_HEAD, type NewEntry } from "./stream-entries.js";
import { addLife, clearHolders, dropIfUnheld, eachGroup, livesOf, newestOfHolders } from "./stream-groups.js";
import {
  addedText,
  ENTRY_ARGUMENTS_MAX,
  makeEmpty,
  raiseLastId,
  setInfo,
  streamInfo,
  type NativeEntry,
} from "./stream-native.js";
import { claimStream, dropStream, livingStream, openStream, streamSides } from "./stream-open.js";

function newestOfStream(partition: Partition, state: KeyState): [number, number] | undefined {
  const stream = openStream(partition, state);
  const holder = newestOfHolders(stream);
  const entry = newestOfEntries(stream);
  if (holder === undefined || entry === undefined) return holder ?? entry;
  return isAfter(partition, holder[0], holder[1], entry[0], entry[1]) ? holder : entry;
}

function clearStream(partition: Partition, state: KeyState, author: Author): boolean {
  const stream = livingStream(partition, state);
  if (stream === undefined) return true;
  const { context } = author;
  if (context === undefined) {
    dropStream(stream);
    return true;
  }
  const isReleased = clearHolders(stream, context);
  const removed = clearEntries(stream, author);
  dropIfUnheld(stream);
  return isReleased || removed > 0;
}

/** Without groups: they are no part of what RENAME, COPY and a revival carry. */
function readStream(native: string): Packed {
  if (host.call("EXISTS", native) === 0) return [];
  const { last, maxDeleted, added } = streamInfo(native);
  const flat: string[] = [last, maxDeleted, addedText(added)];
  for (const [id, fields] of host.call("XRANGE", native, "-", "+") as NativeEntry[]) {
    flat.push(id, host.integerText(fields.length));
    for (const field of fields) flat.push(field);
  }
  return flat;
}

function isStreamValue(value: Packed): boolean {
  if (!isArray(value) || value.length < VALUE_HEAD) return false;
  for (const item of value) if (typeof item !== "string") return false;
  const [last, maxDeleted, added] = value as [string, string, string];
  if (!isCanonicalId(last) || !isCanonicalId(maxDeleted) || !isInt64Text(added)) return false;
  let before = ZERO_ID;
  let count = 0;
  for (let at = VALUE_HEAD; at < value.length; count++) {
    const id = value[at] as string;
    if (!isEntryId(id) || compareIds(before, id) >= 0) return false;
    const size = isInt64Text((value[at + 1] as string | undefined) ?? "")
      ? host.toNumber(value[at + 1] as string, 10)
      : 0;
    if (size < 2 || size > ENTRY_ARGUMENTS_MAX || size % 2 !== 0 || at + 2 + size > value.length) return false;
    before = id;
    at += 2 + size;
  }
  return compareIds(before, last) <= 0 && host.toNumber(added, 10) >= count;
}

function putStream(partition: Partition, state: KeyState, value: Packed, author: Author): void {
  const flat = value as string[];
  const entries: NewEntry[] = [];
  for (let at = VALUE_HEAD; at < flat.length;) {
    const size = host.toNumber(flat[at + 1]!, 10);
    entries.push(newEntry(flat[at]!, flat.slice(at + 2, at + 2 + size), author.stamp, author.origin));
    at += 2 + size;
  }
  const stream = claimStream(partition, state);
  const isFresh = host.call("EXISTS", stream.native) === 0;
  if (entries.length > 0) insertEntries(stream, entries, true);
  else makeEmpty(stream.native);
  addLife(stream, author, false);
  if (isFresh) setInfo(stream.native, flat[0]!, flat[2]!, flat[1]!);
  else raiseLastId(stream.native, flat[0]!);
}

/** {"entries": {id: [dot]}, "lives": [dot], "groups": {name: [dot]}} */
function describeStream(partition: Partition, state: KeyState): string {
  const stream = openStream(partition, state);
  const size = host.call("LLEN", stream.side) as number;
  const entries: string[] = [];
  eachRecord(stream.side, 0, size < PARTS_MAX ? size : PARTS_MAX, (record) => {
    const dots: string[] = [];
    for (const { stamp, origin, fields } of decodeRecord(record)) {
      const members = dotJson(partition, stamp, origin);
      if (fields !== undefined) members.push(pair("fields", array(texts(fields))));
      dots.push(object(members));
    }
    entries.push(pair(idOfPlace(placeOf(record)), array(dots)));
  });
  const lives: string[] = [];
  for (const { stamp, origin } of livesOf(stream)) lives.push(object(dotJson(partition, stamp, origin)));
  const groups: string[] = [];
  eachGroup(stream.holders, (name, { creations }) => {
    const dots: string[] = [];
    for (const { stamp, origin } of creations) dots.push(object(dotJson(partition, stamp, origin)));
    groups.push(pair(name, array(dots)));
  });
  return object([pair("entries", object(entries)), pair("lives", array(lives)), pair("groups", object(groups))]);
}

/** Entries that lost to another under their id: the part is the id, the value JSON of their fields. */
function eachLoser(
  partition: Partition,
  state: KeyState,
  visit: (this: void, part: string, value: string, stamp: number, origin: number) => void,
): void {
  const { side } = openStream(partition, state);
  eachRecord(side, 0, host.call("LLEN", side) as number, (record) => {
    const registers = decodeRecord(record);
    for (let at = 1; at < registers.length; at++) {
      const { stamp, origin, fields } = registers[at]!;
      visit(idOfPlace(placeOf(record)), array(texts(fields ?? [])), stamp, origin);
    }
  });
}

function texts(items: string[]): string[] {
  const shown: string[] = [];
  for (const item of items) shown.push(text(item));
  return shown;
}

export const streamKind: Kind = {
  code: "x",
  name: "stream",
  newest: newestOfStream,
  clear: (partition, state, author) => clearStream(partition, state, author),
  addResets: () => undefined,
  sides: streamSides,
  read: readStream,
  isValue: isStreamValue,
  put: putStream,
  eachLoser,
  describe: describeStream,
};
