/** Effects on sets: E and F. An observed-remove set: a member lives while one of its dots does. */
import { callInPieces, readInPieces } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import { decodeDots, encodeDot } from "../state/codec.js";
import { loadKey, settle, type KeyState } from "../state/key-state.js";
import { membersKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { applyKeep, removeMembers, takeOver, uncoveredDots } from "./clear.js";
import { addPlain } from "./plain.js";

/** E key [member ...] keep. Returns the number of members that were not there. */
export function setAddEffect(partition: Partition, operation: Operation, author: Author): number {
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
export function writeMembers(partition: Partition, state: KeyState, members: string[], author: Author): number {
  const isNative = takeOver(state, "e");
  const side = membersKey(partition.root, state.key);
  const dot = encodeDot(author.stamp, author.origin);
  const stored = author.context === undefined || !state.hasSet ? undefined : readInPieces("HMGET", side, members);
  const dots: string[] = [];
  for (let index = 0; index < members.length; index++) {
    const text = stored?.[index];
    const concurrent = typeof text === "string" ? uncoveredDots(decodeDots(text), author) : "";
    dots.push(members[index]!, concurrent + dot);
  }
  const added = isNative ? callInPieces("SADD", state.key, members) : 0;
  callInPieces("HSET", side, dots);
  state.hasSet = true;
  return added;
}

/** F key [member ...] emptied keep. Returns the number of members removed. */
export function setRemoveEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, members, emptied, keep] = operation as [string, string, string[], number, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "e", emptied === 1);
  const removed = author.context === undefined ? members : clearMembers(partition, state, members, author);
  const count = removed.length > 0 && state.hasSet ? removeMembers(partition, state, removed) : 0;
  settle(partition, state);
  return count;
}

/** Takes from the members the dots a remote author saw; returns those left without any. */
function clearMembers(partition: Partition, state: KeyState, members: string[], author: Author): string[] {
  if (!state.hasSet) return [];
  const side = membersKey(partition.root, state.key);
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
