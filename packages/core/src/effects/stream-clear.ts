/**
 * Clearing the entries of a stream, or its head, where the logs tell what the author had not seen (log/unseen.ts). That is mostly late in
 * the stream: what comes before the first such entry goes without a look, and what comes behind is looked at one by one.
 */
import { host } from "../host.js";
import type { Author, Operation } from "../log/operation.js";
import { unseenOf } from "../log/unseen.js";
import { compareBytes, lowerBound, placeOf, recordAt } from "../state/sequence.js";
import { placeOfId } from "../types/stream-id.js";
import { removeSeen, VALUE_HEAD } from "./stream-entries.js";
import { livesOf } from "./stream-groups.js";
import { dropLateUpTo, hasLate } from "./stream-late.js";
import type { Stream } from "./stream-open.js";

/** Takes away all entries that the author saw, and the caller what nothing holds any more; the number that are gone. */
export function clearEntries(stream: Stream, author: Author): number {
  const { side } = stream;
  const size = host.call("LLEN", side) as number;
  const head = seenHead(stream, author, size);
  if (head < size || livesOf(stream).length > 0) return removeWithin(stream, head, size, author);
  host.call("UNLINK", side);
  return size;
}

/** The same of the first `count` entries. */
export function trimEntries(stream: Stream, count: number, author: Author): number {
  return removeWithin(stream, seenHead(stream, author, count), count, author);
}

/** Of the first `count` entries the author saw the first `head`, and what else is to be looked at. */
function removeWithin(stream: Stream, head: number, count: number, author: Author): number {
  const { state, native, side } = stream;
  const { root } = stream.partition;
  if (head > 0) {
    const left = (host.call("LLEN", side) as number) - head;
    if (hasLate(root, state.key)) dropLateUpTo(root, state.key, native, placeOf(recordAt(side, head - 1)));
    host.call("XTRIM", native, "MAXLEN", host.integerText(left));
    if (left > 0) host.call("LTRIM", side, head, -1);
    else host.call("UNLINK", side);
  }
  return head === count ? head : head + removeSeen(stream, 0, count - head, author.context);
}

/** How many of the first `count` stand before any that the author may not have seen; 0 where the logs don't tell. */
function seenHead({ partition, state, side }: Stream, author: Author, count: number): number {
  if (author.context === undefined) return count;
  const unseen = unseenOf(partition, state.key, author, count);
  if (unseen === undefined) return 0;
  let first: string | undefined;
  for (const { operation } of unseen) {
    const id = firstId(operation);
    if (id === undefined) continue;
    const place = placeOfId(id);
    if (first === undefined || compareBytes(place, first) < 0) first = place;
  }
  return first === undefined ? count : lowerBound(side, count, first);
}

/** The first id of the entries that an operation adds. */
function firstId([code, , second, third]: Operation): string | undefined {
  if (code === "a") return second as string;
  return code === "P" && second === "x" ? (third as string[])[VALUE_HEAD] : undefined;
}
