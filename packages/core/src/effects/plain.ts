/**
 * The common cases, without loading the key: one register overwritten, one counter incremented, fields and members
 * written where nothing is concurrent. What is left then is the native write and one metadata write.
 *
 * These are shortcuts, not rules: each does exactly what the general effect does where it applies, and says false
 * where it does not. The native write comes first: where the server refuses it, nothing was written.
 * They take a SET from some 1030 Lua instructions to 460, counted with lua5.1.
 */
import { marks } from "../clock/origin.js";
import { callInPieces, host, readInPieces, type Packed } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import { fitsInt64 } from "../number/decimal.js";
import { DOT_BYTES, isRegisterForm, registerText, seenDot, soleCounter } from "../state/codec.js";
import { noteKeys } from "../state/key-count.js";
import { nativeDeadline, peek } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { WEAK } from "../types/cell.js";
import type { FieldFamily } from "./fields.js";

/** True where the stored metadata is one register, of a key or a field, that the author saw. */
export function isSeenRegister(stored: string, author: Author): boolean {
  if (!isRegisterForm(stored)) return false;
  return author.context === undefined || seenDot(stored, author.context);
}

/** A keep that leaves nothing to do: no deadline, and no hidden type to clear. */
export function isPlainKeep(keep: Keep): boolean {
  return keep[0] === 0 && keep[2] === false;
}

/** S over nothing or one register seen. */
export function setPlain(partition: Partition, operation: Operation, author: Author): boolean {
  const key = operation[1] as string;
  const stored = peek(partition, key);
  if (stored !== false && !isSeenRegister(stored, author)) return false;
  const expiresAt = operation[4] as number;
  if (expiresAt === WEAK) return false;
  if (expiresAt === 0) {
    writeRegister(partition, key, operation[2] as string, author);
  } else {
    host.call("SET", key, operation[2] as string, "PXAT", nativeDeadline(partition, key, expiresAt));
    writeMeta(partition, key, registerText(author.stamp, author.origin, expiresAt));
  }
  return true;
}

/** The effect of S without expiry on a key that was peeked at, and found absent or one register that the author saw. */
export function writeRegister(partition: Partition, key: string, value: string, author: Author): void {
  host.call("SET", key, value);
  writeMeta(partition, key, "S" + host.packStamp(author.stamp) + marks[author.origin]!);
}

/** The effect of I on a key that was peeked at, and found absent or this counter alone. */
export function writeCounter(partition: Partition, key: string, epoch: number, sum: string, author: Author): void {
  host.call("SET", key, sum);
  const dot = host.packStamp(author.stamp) + marks[author.origin]!;
  writeMeta(partition, key, "C" + dot + host.packStamp(epoch) + sum);
}

/** I on nothing, or on the sole counter of the same origin and epoch. A sum beyond 64 bits shows as the bound: not here. */
export function incrementPlain(partition: Partition, operation: Operation, author: Author): boolean {
  const [, key, field, epoch, previousSum, , sum, isFloat, keep] = operation as [
    string,
    string,
    string | false,
    number,
    string | false,
    number,
    string,
    number,
    Keep,
  ];
  if (field !== false || isFloat === 1 || !isPlainKeep(keep) || !fitsInt64(sum)) return false;
  const stored = peek(partition, key);
  if (stored === false) {
    if (previousSum !== false) return false;
  } else {
    const counter = soleCounter(stored);
    if (counter === undefined || counter.origin !== author.origin || counter.epoch !== epoch) return false;
  }
  writeCounter(partition, key, epoch, sum, author);
  return true;
}

/** E into nothing or a set without deadline; the number added, or undefined where the general effect is needed. */
export function addPlain(partition: Partition, operation: Operation, author: Author): number | undefined {
  const key = operation[1] as string;
  const stored = peek(partition, key);
  if ((stored !== false && stored !== "e") || !isPlainKeep(operation[3] as Keep)) return undefined;
  const members = operation[2] as string[];
  const side = sideKey(partition.root, "e", key);
  const isRemote = author.context !== undefined && stored !== false;
  if (isRemote && !isAllSeen(side, members, author, areDotsSeen)) return undefined;
  const dot = host.packStamp(author.stamp) + marks[author.origin]!;
  const added =
    members.length === 1 ? (host.call("SADD", key, members[0]!) as number) : callInPieces("SADD", key, members);
  writeAll(side, members, dot);
  if (stored === false) writeMeta(partition, key, "e");
  return added;
}

/** H or Y into nothing or a key of that family alone, without deadline and counters; the number added, or undefined. */
export function writePlain(
  partition: Partition,
  family: FieldFamily,
  operation: Operation,
  author: Author,
): number | undefined {
  const { code } = family;
  const key = operation[1] as string;
  const stored = peek(partition, key);
  if ((stored !== false && stored !== code) || !isPlainKeep(operation[3] as Keep)) return undefined;
  const triples = operation[2] as Packed[];
  const side = sideKey(partition.root, code, key);
  const cell = "S" + host.packStamp(author.stamp) + marks[author.origin]!;
  const fields: string[] = [];
  const values: string[] = [];
  for (let at = 0; at < triples.length; at += 3) {
    fields.push(triples[at] as string);
    values.push(triples[at] as string, triples[at + 1] as string);
  }
  const isRemote = author.context !== undefined && stored !== false;
  if (isRemote && !isAllSeen(side, fields, author, isSeenRegister)) return undefined;
  const added = family.writeNative(key, values);
  writeAll(side, fields, cell);
  if (stored === false) writeMeta(partition, key, code);
  return added;
}

/** True where the author saw whatever is stored under the names. */
function isAllSeen(
  side: string,
  names: string[],
  author: Author,
  isSeen: (this: void, stored: string, author: Author) => boolean,
): boolean {
  if (names.length === 1) {
    const stored = host.call("HGET", side, names[0]!);
    return typeof stored !== "string" || isSeen(stored, author);
  }
  for (const stored of readInPieces("HMGET", side, names)) {
    if (typeof stored === "string" && !isSeen(stored, author)) return false;
  }
  return true;
}

/** Several dots are more than one author's plain add: the general effect keeps those that are concurrent. */
function areDotsSeen(dots: string, author: Author): boolean {
  return dots.length === DOT_BYTES && seenDot("." + dots, author.context!);
}

function writeAll(side: string, names: string[], text: string): void {
  if (names.length === 1) {
    host.call("HSET", side, names[0]!, text);
    return;
  }
  const flat: string[] = [];
  for (const name of names) flat.push(name, text);
  callInPieces("HSET", side, flat);
}

/** Right after a peek at the key: its bucket is known. */
export function writeMeta(partition: Partition, key: string, text: string): void {
  partition.peekedKey = undefined;
  partition.opened = undefined;
  noteKeys(partition, host.call("HSET", partition.peekedBucket, key, text));
}
