/**
 * Clearing the entries of a stream where the logs tell what the author had not seen (log/unseen.ts). That is mostly late in
 * the stream: what comes before the first such entry goes without a look, and what comes behind is looked at one by one.
 */
import { host } from "../host.js";
import type { Author, Operation } from "../log/operation.js";
import { unseenOf } from "../log/unseen.js";
import { compareBytes, lowerBound, placeOf, recordAt } from "../state/sequence.js";
import { placeOfId } from "../types/stream-id.js";
import { removeSeen, VALUE_HEAD } from "./stream-entries.js";
import { livesOf } from "./stream-groups.js";
import { dropLateUpTo } from "./stream-late.js";
import type { Stream } from "./stream-open.js";

/** Takes away what the author saw, and the caller what nothing holds any more; the number of entries that are gone. */
export function clearEntries(stream: Stream, author: Author): number {
  const { partition, state, native, side } = stream;
  const size = host.call("LLEN", side) as number;
  const head = seenHead(stream, author, size);
  if (head > 0) {
    dropLateUpTo(partition.root, state.key, native, placeOf(recordAt(side, head - 1)));
    if (head < size || livesOf(stream).length > 0) host.call("XTRIM", native, "MAXLEN", host.integerText(size - head));
    if (head < size) host.call("LTRIM", side, head, -1);
    else host.call("UNLINK", side);
  }
  return head + removeSeen(stream, 0, size - head, author.context);
}

/** How many entries stand before the first that the author may not have seen; 0 where the logs don't tell. */
function seenHead({ partition, state, side }: Stream, author: Author, size: number): number {
  const unseen = unseenOf(partition, state.key, author, size);
  if (unseen === undefined) return 0;
  let first: string | undefined;
  for (const { operation } of unseen) {
    const id = firstId(operation);
    if (id === undefined) continue;
    const place = placeOfId(id);
    if (first === undefined || compareBytes(place, first) < 0) first = place;
  }
  return first === undefined ? size : lowerBound(side, size, first);
}

/** The first id of the entries that an operation adds. */
function firstId([code, , second, third]: Operation): string | undefined {
  if (code === "a") return second as string;
  return code === "P" && second === "x" ? (third as string[])[VALUE_HEAD] : undefined;
}
