/** Sets: E and F. An observed-remove set: a member lives while one of its dots does. */
import { callInPieces, host, readInPieces } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import { areTexts, isArray, isInteger, isKeep, isText } from "../log/shapes.js";
import { unseenLimits, unseenOf } from "../log/unseen.js";
import { decodeDots, encodeDot } from "../state/codec.js";
import { claim, forget, loadKey, nativeOf, settle, unlinkParts, type KeyState } from "../state/key-state.js";
import type { Kind } from "../state/kind.js";
import { array, dotJson, object, pair, PARTS_MAX } from "../state/json.js";
import { sideKey } from "../state/names.js";
import { isAfter, type Partition } from "../state/partition.js";
import { applyKeep, uncoveredDots } from "./clear.js";
import type { OperationKind } from "./operation-kind.js";
import { addPlain } from "./plain.js";

/** E key [member ...] keep. Returns the number of members that were not there. */
function addEffect(partition: Partition, operation: Operation, author: Author): number {
  const plain = addPlain(partition, operation, author);
  if (plain !== undefined) return plain;
  const [, key, members, keep] = operation as [string, string, string[], Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "e", false);
  const added = writeMembers(partition, state, members, author);
  settle(partition, state);
  return added;
}

/** Adds members; the caller settles. */
function writeMembers(partition: Partition, state: KeyState, members: string[], author: Author): number {
  const wasAlive = state.alive["e"] === true;
  const native = claim(partition, state, "e");
  const side = sideKey(partition.root, "e", state.key);
  const dot = encodeDot(author.stamp, author.origin);
  const stored = author.context === undefined || !wasAlive ? undefined : readInPieces("HMGET", side, members);
  const dots: string[] = [];
  for (let index = 0; index < members.length; index++) {
    const text = stored?.[index];
    const concurrent = typeof text === "string" ? uncoveredDots(decodeDots(text), author) : "";
    dots.push(members[index]!, concurrent + dot);
  }
  const added = callInPieces("SADD", native, members);
  callInPieces("HSET", side, dots);
  return added;
}

/** F key [member ...] emptied keep. Returns the number of members removed. */
function removeEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, members, emptied, keep] = operation as [string, string, string[], number, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "e", emptied === 1);
  const removed = author.context === undefined ? members : clearMembers(partition, state, members, author);
  const count = removed.length > 0 && state.alive["e"] === true ? removeMembers(partition, state, removed) : 0;
  settle(partition, state);
  return count;
}

/** Takes from the members the dots a remote author saw; returns those left without any. */
function clearMembers(partition: Partition, state: KeyState, members: string[], author: Author): string[] {
  if (state.alive["e"] !== true) return [];
  const side = sideKey(partition.root, "e", state.key);
  const stored = readInPieces("HMGET", side, members);
  const removed: string[] = [];
  const kept: string[] = [];
  for (let index = 0; index < members.length; index++) {
    const text = stored[index];
    if (typeof text !== "string") continue;
    const left = uncoveredDots(decodeDots(text), author);
    if (left === "") removed.push(members[index]!);
    else kept.push(members[index]!, left);
  }
  if (kept.length > 0) callInPieces("HSET", side, kept);
  return removed;
}

/** Removes members and their dots; the number of native members removed. */
function removeMembers(partition: Partition, state: KeyState, members: string[]): number {
  const side = sideKey(partition.root, "e", state.key);
  const count = callInPieces("SREM", nativeOf(partition, state, "e"), members);
  callInPieces("HDEL", side, members);
  if (host.call("EXISTS", side) === 0) forget(partition, state, "e");
  return count;
}

/** Calls back for every member that has dots. */
export function eachMember(
  partition: Partition,
  key: string,
  visit: (member: string, dots: [number, number][]) => void,
): void {
  const flat = host.call("HGETALL", sideKey(partition.root, "e", key)) as string[];
  for (let at = 0; at < flat.length; at += 2) visit(flat[at]!, decodeDots(flat[at + 1]!));
}

function clearSet(partition: Partition, state: KeyState, author: Author): boolean {
  const side = sideKey(partition.root, "e", state.key);
  if (author.context === undefined) {
    forget(partition, state, "e");
    host.call("UNLINK", side);
    return true;
  }
  const size = host.call("HLEN", side) as number;
  const named = namedMembers(partition, state.key, author, size);
  if (named !== undefined) return keepOf(partition, state, author, named, size);
  const removed: string[] = [];
  const kept: string[] = [];
  eachMember(partition, state.key, (member, dots) => {
    const left = uncoveredDots(dots, author);
    if (left === "") removed.push(member);
    else kept.push(member, left);
  });
  if (kept.length > 0) callInPieces("HSET", side, kept);
  if (removed.length > 0) removeMembers(partition, state, removed);
  return removed.length > 0;
}

/** The members that have a dot which the author had not seen, and maybe others; undefined where a look at all is as quick. */
function namedMembers(partition: Partition, key: string, author: Author, size: number): string[] | undefined {
  const unseen = unseenOf(partition, key, author, size);
  if (unseen === undefined) return undefined;
  const isNamed: Record<string, true | undefined> = {};
  const named: string[] = [];
  for (const { operation } of unseen) {
    const members =
      operation[0] === "E" ? operation[2] : operation[0] === "P" && operation[2] === "e" ? operation[3] : [];
    for (const member of members as string[]) {
      if (isNamed[member] === true) continue;
      isNamed[member] = true;
      named.push(member);
    }
  }
  return named.length * unseenLimits.partsPerField <= size ? named : undefined;
}

/** Removes all but what the author had not seen of the members named; true where something was removed. */
function keepOf(partition: Partition, state: KeyState, author: Author, named: string[], size: number): boolean {
  const side = sideKey(partition.root, "e", state.key);
  const stored = named.length === 0 ? [] : readInPieces("HMGET", side, named);
  const members: string[] = [];
  const kept: string[] = [];
  for (let index = 0; index < named.length; index++) {
    const text = stored[index];
    const left = typeof text === "string" ? uncoveredDots(decodeDots(text), author) : "";
    if (left === "") continue;
    members.push(named[index]!);
    kept.push(named[index]!, left);
  }
  const isAnyRemoved = members.length < size;
  if (members.length === 0) {
    forget(partition, state, "e");
    host.call("UNLINK", side);
  } else {
    if (isAnyRemoved) callInPieces("SADD", unlinkParts(partition, state, "e", side), members);
    callInPieces("HSET", side, kept);
  }
  return isAnyRemoved;
}

function newestMember(partition: Partition, state: KeyState): [number, number] | undefined {
  let best: [number, number] | undefined;
  eachMember(partition, state.key, (_member, dots) => {
    for (const dot of dots) {
      if (best === undefined || isAfter(partition, dot[0], dot[1], best[0], best[1])) best = dot;
    }
  });
  return best;
}

export const setKind: Kind = {
  code: "e",
  name: "set",
  newest: newestMember,
  clear: (partition, state, author) => clearSet(partition, state, author),
  addResets: () => undefined,
  sides: (root, key) => [sideKey(root, "e", key)],
  read: (native) => host.call("SMEMBERS", native) as string[],
  isValue: (value) => isArray(value) && areTexts(value),
  put: (partition, state, value, author) => {
    writeMembers(partition, state, value as string[], author);
  },
  eachLoser: () => undefined,
  describe: (partition, state) => {
    const members: string[] = [];
    eachMember(partition, state.key, (member, dots) => {
      if (members.length >= PARTS_MAX) return;
      const shown: string[] = [];
      for (const [stamp, origin] of dots) shown.push(object(dotJson(partition, stamp, origin)));
      members.push(pair(member, array(shown)));
    });
    return object(members);
  },
};

export const setOperations: Record<string, OperationKind> = {
  E: { length: 4, isRight: (o) => isText(o[1]) && areTexts(o[2]) && isKeep(o[3]), apply: addEffect },
  F: {
    length: 5,
    isRight: (o) => isText(o[1]) && areTexts(o[2]) && isInteger(o[3]) && isKeep(o[4]),
    apply: removeEffect,
  },
};
