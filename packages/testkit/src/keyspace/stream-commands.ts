/** Streams: adding, removing, trimming and reading entries, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { arityError, errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { claimCommands } from "./stream-claims.js";
import { groupCommands } from "./stream-groups.js";
import {
  intervalEnd,
  intervalStart,
  millisecondsOf,
  parseStreamId,
  sequenceMax,
  streamId,
  streamIdMax,
  streamIdText,
  type StreamId,
} from "./stream-id.js";
import { infoCommands } from "./stream-info.js";
import { readCommands } from "./stream-reads.js";
import { parseStreamOptions, trimStream } from "./stream-trim.js";
import { emptyStream, entryReply, placeOf, removeItem, StreamEntry } from "./stream-value.js";

type NewId = ReturnType<typeof parseStreamOptions>["newId"];

/** The id of the next entry after `last`; undefined where there is none. */
function nextId(last: StreamId, newId: NewId, nowMs: number): StreamId | undefined {
  if (newId === undefined) {
    const now = streamId(BigInt(nowMs), 0n);
    return now > last ? now : last + 1n;
  }
  if (newId.sequenceGiven || millisecondsOf(newId.id) !== millisecondsOf(last)) return newId.id;
  return (last & sequenceMax) === sequenceMax ? undefined : last + 1n;
}

function xadd(keyspace: ModelKeyspace, [key = "", ...args]: string[], name: string): Reply {
  const options = parseStreamOptions(args, true);
  const fields = args.slice(options.next);
  if (fields.length === 0 || fields.length % 2 !== 0) refuse(arityError(name));
  if (options.newId?.sequenceGiven && options.newId.id === 0n) refuse(errorTexts.streamZero);
  const stream = keyspace.read(key, "stream");
  if (!stream && options.noMakeStream) return false;
  const last = stream?.last ?? 0n;
  if (last === streamIdMax) refuse(errorTexts.streamExhausted);
  const id = nextId(last, options.newId, keyspace.nowMs());
  if (id === undefined || id <= last) return refuse(errorTexts.streamOrder);
  const edited = keyspace.editOrCreate(key, "stream", emptyStream());
  edited.entries.push(new StreamEntry(id, fields));
  edited.last = id;
  edited.added++;
  trimStream(edited, options);
  return streamIdText(id);
}

function xdel(keyspace: ModelKeyspace, [key = "", ...texts]: string[]): Reply {
  if (!keyspace.read(key, "stream")) return 0;
  const ids = texts.map((text) => parseStreamId(text));
  const stream = keyspace.edit(key, "stream") ?? emptyStream();
  let deleted = 0;
  for (const id of ids) {
    if (!removeItem(stream.entries, id)) continue;
    if (id > stream.maxDeleted) stream.maxDeleted = id;
    deleted++;
  }
  return deleted;
}

function xtrim(keyspace: ModelKeyspace, [key = "", ...args]: string[]): Reply {
  const options = parseStreamOptions(args, false);
  const stream = keyspace.edit(key, "stream");
  return stream ? trimStream(stream, options) : 0;
}

function xsetid(keyspace: ModelKeyspace, [key = "", idText = "", ...args]: string[]): Reply {
  const id = parseStreamId(idText);
  let added: bigint | undefined;
  let maxDeleted = 0n;
  for (let at = 0; at < args.length; at += 2) {
    const word = (args[at] ?? "").toUpperCase();
    const text = args[at + 1];
    if (word === "ENTRIESADDED" && text !== undefined) {
      added = int64(text);
      if (added < 0n) refuse(errorTexts.streamAddedNegative);
    } else if (word === "MAXDELETEDID" && text !== undefined) {
      maxDeleted = parseStreamId(text);
      if (id < maxDeleted) refuse(errorTexts.streamSetBelowGiven);
    } else refuse(errorTexts.syntax);
  }
  const stream = keyspace.read(key, "stream") ?? refuse(errorTexts.noSuchKey);
  const newest = stream.entries.at(-1);
  if (newest && id < newest.order) refuse(errorTexts.streamSetBelowTop);
  if (newest && added !== undefined && added < BigInt(stream.entries.length)) refuse(errorTexts.streamAddedBelowLength);
  const edited = keyspace.edit(key, "stream") ?? emptyStream();
  edited.last = id;
  if (added !== undefined) edited.added = added;
  if (maxDeleted !== 0n) edited.maxDeleted = maxDeleted;
  return { ok: "OK" };
}

/** The value of the last COUNT, nothing below 0; undefined without one. */
function parseCount(args: string[]): number | undefined {
  let count: number | undefined;
  for (let at = 0; at < args.length; at += 2) {
    const text = args[at + 1];
    if ((args[at] ?? "").toUpperCase() !== "COUNT" || text === undefined) return refuse(errorTexts.syntax);
    count = Math.max(0, Number(int64(text)));
  }
  return count;
}

function xrange(reverse: boolean): Command {
  return [
    -4,
    (keyspace, [key = "", first = "", second = "", ...rest]) => {
      const from = intervalStart(reverse ? second : first);
      const to = intervalEnd(reverse ? first : second);
      const count = parseCount(rest);
      const entries = keyspace.read(key, "stream")?.entries;
      if (!entries) return [];
      return count === 0 ? false : rangeOf(entries, from, to, reverse, count ?? Infinity).map(entryReply);
    },
  ];
}

function rangeOf(entries: StreamEntry[], from: StreamId, to: StreamId, reverse: boolean, count: number): StreamEntry[] {
  const low = placeOf(entries, from);
  const high = Math.max(low, placeOf(entries, to + 1n));
  return reverse
    ? entries.slice(Math.max(low, high - count), high).reverse()
    : entries.slice(low, Math.min(high, low + count));
}

export const streamCommands: Record<string, Command> = {
  XADD: [-5, xadd],
  XDEL: [-3, xdel],
  XTRIM: [-4, xtrim],
  XSETID: [-3, xsetid],
  XLEN: [2, (keyspace, [key = ""]) => keyspace.read(key, "stream")?.entries.length ?? 0],
  XRANGE: xrange(false),
  XREVRANGE: xrange(true),
  ...readCommands,
  ...groupCommands,
  ...claimCommands,
  ...infoCommands,
};
