/**
 * The common cases of lists, without loading the key: a push beyond what is there, a pop of one element from an end, of a
 * key that is one list without deadline. Shortcuts, as in effects/plain.ts: each does what the general effect does where
 * it applies.
 */
import { marks } from "../clock/origin.js";
import { callInPieces, host } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import { dropConflict } from "../state/conflicts.js";
import { noteKeys } from "../state/key-count.js";
import { peek } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { compareBytes, placeOf, recordOf } from "../state/sequence.js";
import { covers } from "../types/cell.js";
import { createdAt, creatorOf } from "../types/list-element.js";
import { indexText, pushStem, type Side } from "../types/list-place.js";
import { isPlainKeep, writeMeta } from "./plain.js";

/** The metadata of a key that is one list. */
export const PLAIN_LIST = "l";

/** L into nothing, or beyond all that is there; the length, or undefined where the general effect is needed. */
export function pushPlain(partition: Partition, operation: Operation, author: Author): number | undefined {
  const key = operation[1] as string;
  const stored = peek(partition, key);
  if ((stored !== false && stored !== PLAIN_LIST) || !isPlainKeep(operation[5] as Keep)) return undefined;
  const end = operation[2] as Side;
  const firstIndex = operation[3] as number;
  const values = operation[4] as string[];
  const side = sideKey(partition.root, "l", key);
  const stem = pushStem(end, author.stamp, partition.tags[author.origin]!);
  if (author.context !== undefined && stored !== false && !isBeyond(side, stem, end)) return undefined;
  const command = end === "l" ? "LPUSH" : "RPUSH";
  const mark = marks[author.origin]!;
  let size: number;
  if (values.length === 1) {
    size = host.call(command, key, values[0]!) as number;
    host.call(command, side, recordOf(stem + indexText(end, firstIndex), mark));
  } else {
    const records: string[] = [];
    for (let at = 0; at < values.length; at++) records.push(recordOf(stem + indexText(end, firstIndex + at), mark));
    callInPieces(command, key, values);
    callInPieces(command, side, records);
    size = host.call("LLEN", key) as number;
  }
  if (stored === false) writeMeta(partition, key, PLAIN_LIST);
  return size;
}

/** True where all places are nearer to the middle than those that begin with the stem, and none begins with it. */
function isBeyond(side: string, stem: string, end: Side): boolean {
  const outermost = host.call("LINDEX", side, end === "l" ? 0 : -1);
  if (typeof outermost !== "string") return true;
  const start = placeOf(outermost).substring(0, stem.length);
  const difference = compareBytes(start, stem);
  return end === "l" ? difference > 0 : difference < 0;
}

/** B of one element that its author saw whole and that stands at an end; false where the general effect is needed. */
export function popPlain(partition: Partition, operation: Operation, author: Author): boolean {
  const ranges = operation[2] as string[];
  if (ranges.length !== 2 || ranges[1] !== "" || !isPlainKeep(operation[4] as Keep)) return false;
  const key = operation[1] as string;
  if (peek(partition, key) !== PLAIN_LIST) return false;
  const side = sideKey(partition.root, "l", key);
  const place = ranges[0]!;
  if (isSeenAt(side, 0, place, author)) popAt(partition, key, side, "LPOP");
  else if (isSeenAt(side, -1, place, author)) popAt(partition, key, side, "RPOP");
  else return false;
  return true;
}

function isSeenAt(side: string, index: number, place: string, author: Author): boolean {
  const record = host.call("LINDEX", side, index);
  if (typeof record !== "string" || placeOf(record) !== place) return false;
  const creator = creatorOf(record);
  return creator !== undefined && covers(author.context, createdAt(record), creator);
}

function popAt(partition: Partition, key: string, side: string, command: string): void {
  host.call(command, key);
  host.call(command, side);
  if (host.call("EXISTS", side) === 0) dropMeta(partition, key);
}

/** Nothing is left of the key, which was peeked at. */
export function dropMeta(partition: Partition, key: string): void {
  partition.peekedKey = undefined;
  partition.opened = undefined;
  noteKeys(partition, -(host.call("HDEL", partition.peekedBucket, key) as number));
  dropConflict(partition, key);
}
