/**
 * Acknowledgements between regions. What each region delivers, to whom, and what is pending there stays its own; but when
 * acknowledged entries form a complete prefix, everything up to an id without a gap, the other regions learn it:
 *
 *     p key group from to   in the author's region all that it had seen after `from` and up to `to` is acknowledged
 *
 * A region raises the group's cursor to `to`, and acknowledges what is pending here. What the author had not seen, and what
 * lies up to `from`, is not acknowledged: passed by the cursor, it becomes late (effects/stream-late.ts), so nothing is skipped.
 */
import { host, type Reply } from "../host.js";
import type { Author, Operation } from "../log/operation.js";
import { loadKey } from "../state/key-state.js";
import type { Partition, Vector } from "../state/partition.js";
import { compareBytes, eachRecord, lowerBound, placeOf, recordAt } from "../state/sequence.js";
import { isRecordSeen } from "../state/stream-record.js";
import { compareIds, idOfPlace, placeOfId } from "../types/stream-id.js";
import { indexOfEntry } from "./stream-entries.js";
import { readGroup } from "./stream-groups.js";
import { addLate, dropLate, lateOf, lateUpTo } from "./stream-late.js";
import { groupOf, type NativeEntry } from "./stream-native.js";
import { livingStream, type Stream } from "./stream-open.js";

/** Pending entries read at a time. */
const CHUNK = 500;

/** Up to which entry all that the group has to read here is acknowledged; undefined where that is none. */
export function completePrefix(root: string, key: string, native: string, group: string): string | undefined {
  const pending = host.call("XPENDING", native, group, "-", "+", "1") as Reply[][];
  const late = lateOf(root, key, group, 1);
  let lowest = pending.length > 0 ? (pending[0]![0] as string) : undefined;
  if (late.length > 0) {
    const id = idOfPlace(late[0]!);
    if (lowest === undefined || compareIds(id, lowest) < 0) lowest = id;
  }
  if (lowest === undefined) return groupOf(native, group).delivered;
  const before = host.call("XREVRANGE", native, "(" + lowest, "-", "COUNT", "1") as NativeEntry[];
  return before.length > 0 ? before[0]![0] : undefined;
}

/** p key group from to */
export function prefixEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, name, from, to] = operation as [string, string, string, string, string];
  const state = loadKey(partition, key);
  const stream = livingStream(partition, state);
  const { context } = author;
  if (stream === undefined || context === undefined || readGroup(stream.holders, name) === undefined) return 0;
  const { delivered } = groupOf(stream.native, name);
  if (compareIds(delivered, to) < 0) raiseCursor(stream, name, delivered, from, to, context);
  acknowledgePending(stream, name, from, to, context);
  acknowledgeLate(stream, name, from, to, context);
  return 0;
}

function raiseCursor(stream: Stream, name: string, delivered: string, from: string, to: string, context: Vector): void {
  const { partition, state, native, side } = stream;
  const size = host.call("LLEN", side) as number;
  const begin = afterId(side, size, delivered);
  const fromPlace = placeOfId(from);
  const passed: string[] = [];
  eachRecord(side, begin, afterId(side, size, to), (record) => {
    const place = placeOf(record);
    if (compareBytes(place, fromPlace) <= 0 || !isRecordSeen(record, context)) passed.push(place);
  });
  addLate(partition.root, state.key, name, passed);
  host.call("XGROUP", "SETID", native, name, to);
}

/** The index of the first entry after the id. */
export function afterId(side: string, size: number, id: string): number {
  const place = placeOfId(id);
  const index = lowerBound(side, size, place);
  return index < size && placeOf(recordAt(side, index)) === place ? index + 1 : index;
}

function acknowledgePending({ native, side }: Stream, name: string, from: string, to: string, context: Vector): void {
  const count = host.integerText(CHUNK);
  const size = host.call("LLEN", side) as number;
  let start = "(" + from;
  for (let more = true; more;) {
    const pending = host.call("XPENDING", native, name, start, to, count) as Reply[][];
    const done: string[] = [];
    for (const row of pending) {
      const id = row[0] as string;
      const index = indexOfEntry(side, size, placeOfId(id));
      if (index < 0 || isRecordSeen(recordAt(side, index), context)) done.push(id);
    }
    if (done.length > 0) host.call("XACK", native, name, ...done);
    const last = pending.length === CHUNK ? (pending[CHUNK - 1]![0] as string) : to;
    more = last !== to;
    start = "(" + last;
  }
}

function acknowledgeLate(stream: Stream, name: string, from: string, to: string, context: Vector): void {
  const { partition, state, side } = stream;
  const size = host.call("LLEN", side) as number;
  const fromPlace = placeOfId(from);
  const done: string[] = [];
  for (const place of lateUpTo(partition.root, state.key, name, placeOfId(to))) {
    if (compareBytes(place, fromPlace) <= 0) continue;
    const index = indexOfEntry(side, size, place);
    if (index < 0 || isRecordSeen(recordAt(side, index), context)) done.push(place);
  }
  dropLate(partition.root, state.key, name, done);
}
