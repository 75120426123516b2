/**
 * Streams: a, d, t, i, g, k and p. Entries merge in the order of their ids and are removed by those who saw them; groups are
 * created and destroyed everywhere, and a destroy beats a creation that had not seen it; acknowledgements travel as complete
 * prefixes (effects/stream-acks.ts). The last id is the greatest seen while the stream lived; the other counts that XINFO
 * tells are each region's own.
 */
import { host, type Packed } from "../host.js";
import { removing, type Author, type Keep, type Operation } from "../log/operation.js";
import { areTexts, isArray, isKeep, isOrigin, isText, isTime } from "../log/shapes.js";
import { loadKey, settle } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { eachRecord, placeOf } from "../state/sequence.js";
import { isRecordSeen } from "../state/stream-record.js";
import { compareIds, isCanonicalId, isEntryId, ZERO_ID } from "../types/stream-id.js";
import { isInt64Text } from "../number/decimal.js";
import { applyKeep } from "./clear.js";
import type { OperationKind } from "./operation-kind.js";
import { isPlainKeep } from "./plain.js";
import { afterId, prefixEffect } from "./stream-acks.js";
import { flushKey, takeIntoBatch } from "./stream-batch.js";
import { trimEntries } from "./stream-clear.js";
import { insertEntries, newEntry, removeIds } from "./stream-entries.js";
import {
  addLife,
  dropGroup,
  dropIfUnheld,
  dropMadeLives,
  hasGroup,
  isHeld,
  livesOf,
  readGroup,
  storeGroup,
  unpackLives,
} from "./stream-groups.js";
import { addLate } from "./stream-late.js";
import { markDestroyed, unseenMark } from "./stream-marks.js";
import { ENTRY_ARGUMENTS_MAX, makeEmpty, raiseLastId } from "./stream-native.js";
import { claimStream, livingStream, type Stream } from "./stream-open.js";
import { addPlainEntry } from "./stream-plain.js";

/** a key id [field value ...] keep */
function addEffect(partition: Partition, operation: Operation, author: Author): number {
  if (addPlainEntry(partition, operation, author)) return 0;
  const [, key, id, fields, keep] = operation as [string, string, string, string[], Keep];
  if (!isPlainKeep(keep) || keep[1] === 1) flushKey(partition, key);
  else if (takeIntoBatch(partition, key, id, fields, author)) return 0;
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "x", false);
  const stream = claimStream(partition, state);
  if (keep[1] === 1) addLife(stream, author, false);
  insertEntries(stream, [newEntry(id, fields, author.stamp, author.origin)], true);
  settle(partition, state);
  return 0;
}

/** d key [id ...] life keep. Returns the number of entries removed. */
function removeEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, ids, life, keep] = operation as [string, string, string[], number, Keep];
  return take(partition, key, life, keep, author, (stream, { context }) => removeIds(stream, ids, context));
}

/** t key id life keep: all that the author saw up to the id. Returns the number of entries removed. */
function trimEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, id, life, keep] = operation as [string, string, string, number, Keep];
  return take(partition, key, life, keep, author, (stream, remover) => {
    const size = host.call("LLEN", stream.side) as number;
    return trimEntries(stream, afterId(stream.side, size, id), remover);
  });
}

type Remove = (stream: Stream, remover: Author) => number;

/** Takes entries away; `life` 1: the stream stays without them, though nothing else held it. */
function take(partition: Partition, key: string, life: number, keep: Keep, author: Author, remove: Remove): number {
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "x", false);
  let stream = livingStream(partition, state);
  const count = stream === undefined ? 0 : remove(stream, removing(partition, author));
  if (life === 1) {
    stream = claimStream(partition, state);
    makeEmpty(stream.native);
    addLife(stream, author, false);
  }
  if (stream !== undefined) dropIfUnheld(stream);
  settle(partition, state);
  return count;
}

/** i key id: XSETID, which the server of its author did. Elsewhere it raises the last id. */
function setIdEffect(partition: Partition, operation: Operation): number {
  const [, key, id] = operation as [string, string, string];
  const state = loadKey(partition, key);
  const stream = livingStream(partition, state);
  if (stream !== undefined) raiseLastId(stream.native, id);
  settle(partition, state);
  return 0;
}

/** g key group start read [origin stamp ...] keep: XGROUP CREATE. The lives it saw; none: it makes one. */
function createEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, name, start, read, lives, keep] = operation as [
    string,
    string,
    string,
    string,
    string | false,
    Packed[],
    Keep,
  ];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "x", false);
  const unseen = unseenMark(partition, key, name, author);
  let named = unpackLives(partition, lives);
  if (lives.length === 0 && unseen !== "emptying") {
    const made = claimStream(partition, state);
    makeEmpty(made.native);
    addLife(made, author, name);
    named = [author.stamp, author.origin];
  }
  const stream = unseen === "nothing" ? livingStream(partition, state) : undefined;
  if (stream !== undefined && isHeld(livesOf(stream), named)) addCreation(stream, name, start, read, named, author);
  settle(partition, state);
  return 0;
}

function addCreation(
  stream: Stream,
  name: string,
  start: string,
  read: string | false,
  lives: number[],
  author: Author,
): void {
  const { partition, state, native, side, holders } = stream;
  const creation = { stamp: author.stamp, origin: author.origin, lives };
  const known = readGroup(holders, name);
  if (known !== undefined) {
    known.creations.push(creation);
    storeGroup(holders, name, known);
    return;
  }
  const options = read === false ? [] : ["ENTRIESREAD", read];
  host.call("XGROUP", "CREATE", native, name, start, ...options);
  storeGroup(holders, name, { from: start, creations: [creation] });
  const { context } = removing(partition, author);
  if (context === undefined || start === ZERO_ID) return;
  // What the creator had not seen is not what it meant to skip.
  const passed: string[] = [];
  const size = host.call("LLEN", side) as number;
  eachRecord(side, 0, afterId(side, size, start), (record) => {
    if (!isRecordSeen(record, context)) passed.push(placeOf(record));
  });
  addLate(partition.root, state.key, name, passed);
}

/** k key group emptied: XGROUP DESTROY. `emptied` 1: it was the last of a stream without entries, which goes with it. */
function destroyEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, name, emptied] = operation as [string, string, string, number];
  markDestroyed(partition, key, name, author, emptied === 1);
  const state = loadKey(partition, key);
  const stream = livingStream(partition, state);
  if (stream !== undefined) {
    if (hasGroup(stream.holders, name)) dropGroup(stream, name);
    if (emptied === 1) dropMadeLives(stream, name, author.context);
    dropIfUnheld(stream);
  }
  settle(partition, state);
  return 0;
}

function isFlag(value: Packed | undefined): boolean {
  return value === 0 || value === 1;
}

function isId(value: Packed | undefined): value is string {
  return typeof value === "string" && isCanonicalId(value);
}

/** Of an entry. */
function isOwnId(value: Packed | undefined): boolean {
  return typeof value === "string" && isEntryId(value);
}

function areOwnIds(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length === 0) return false;
  for (const id of value) if (!isOwnId(id)) return false;
  return true;
}

/** [field value ...] of one entry. */
export function areEntryFields(value: Packed | undefined): boolean {
  return areTexts(value) && (value as string[]).length % 2 === 0 && (value as string[]).length <= ENTRY_ARGUMENTS_MAX;
}

/** [origin stamp ...] */
function areLives(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) if (!isOrigin(value[at]) || !isTime(value[at + 1])) return false;
  return true;
}

/** A number from `least` on, or false. */
function isCountOrFalse(value: Packed | undefined, least: "0" | "-1"): boolean {
  if (value === false) return true;
  if (typeof value !== "string" || !isInt64Text(value)) return false;
  return value === least || value.charCodeAt(0) !== 45;
}

export const streamOperations: Record<string, OperationKind> = {
  a: {
    length: 5,
    isRight: (o) => isText(o[1]) && isOwnId(o[2]) && areEntryFields(o[3]) && isKeep(o[4]),
    apply: addEffect,
  },
  d: {
    length: 5,
    isRight: (o) => isText(o[1]) && areOwnIds(o[2]) && isFlag(o[3]) && isKeep(o[4]),
    apply: removeEffect,
  },
  t: { length: 5, isRight: (o) => isText(o[1]) && isOwnId(o[2]) && isFlag(o[3]) && isKeep(o[4]), apply: trimEffect },
  i: { length: 3, isRight: (o) => isText(o[1]) && isId(o[2]), apply: setIdEffect },
  g: {
    length: 7,
    isRight: (o) =>
      isText(o[1]) && isText(o[2]) && isId(o[3]) && isCountOrFalse(o[4], "-1") && areLives(o[5]) && isKeep(o[6]),
    apply: createEffect,
  },
  k: { length: 4, isRight: (o) => isText(o[1]) && isText(o[2]) && isFlag(o[3]), apply: destroyEffect },
  p: {
    length: 5,
    isRight: (o) => isText(o[1]) && isText(o[2]) && isId(o[3]) && isId(o[4]) && compareIds(o[3], o[4]) < 0,
    apply: prefixEffect,
  },
};
