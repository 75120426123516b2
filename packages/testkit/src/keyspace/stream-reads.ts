/**
 * XREAD and XREADGROUP, with Redis's replies, order of checks and errors.
 *
 * Nothing waits: BLOCK is checked and then ignored, as within MULTI.
 */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { parseStreamId, streamIdMax, streamIdText, type StreamId } from "./stream-id.js";
import { advance, entryReply, itemAt, noGroup, placeOf, putItem, see, type StreamGroup } from "./stream-value.js";

interface ReadOptions {
  group?: string;
  consumer: string;
  count: number;
  noAck: boolean;
  keys: string[];
  ids: string[];
}

function parseReadOptions(args: string[], inGroup: boolean): ReadOptions {
  const options: ReadOptions = { consumer: "", count: Infinity, noAck: false, keys: [], ids: [] };
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const more = args.length - 1 - at;
    if (word === "BLOCK" && more > 0) checkTimeout(args[++at] ?? "");
    else if (word === "COUNT" && more > 0) {
      const count = int64(args[++at] ?? "");
      options.count = count <= 0n ? Infinity : Number(count);
    } else if (word === "STREAMS" && more > 0) return takeStreams(options, args.slice(at + 1), inGroup);
    else if (word === "GROUP" && more > 1) {
      if (!inGroup) refuse(errorTexts.readGroupOption);
      options.group = args[++at] ?? "";
      options.consumer = args[++at] ?? "";
    } else if (word === "NOACK") {
      if (!inGroup) refuse(errorTexts.readNoAckOption);
      options.noAck = true;
    } else refuse(errorTexts.syntax);
  }
  return refuse(errorTexts.syntax);
}

function checkTimeout(text: string): void {
  if (int64(text, errorTexts.timeoutNotInteger) < 0n) refuse(errorTexts.timeoutNegative);
}

function takeStreams(options: ReadOptions, rest: string[], inGroup: boolean): ReadOptions {
  if (rest.length % 2 !== 0) refuse(errorTexts.readUnbalanced);
  if (inGroup && options.group === undefined) refuse(errorTexts.readNoGroup);
  return { ...options, keys: rest.slice(0, rest.length / 2), ids: rest.slice(rest.length / 2) };
}

function xread(keyspace: ModelKeyspace, args: string[]): Reply {
  const { keys, ids, count } = parseReadOptions(args, false);
  const after = keys.map((key, at): StreamId => {
    const stream = keyspace.read(key, "stream");
    if (ids[at] === "$") return stream?.last ?? 0n;
    return ids[at] === ">" ? refuse(errorTexts.readNewOnly) : parseStreamId(ids[at] ?? "");
  });
  const found = keys.flatMap((key, at): Reply[] => {
    const entries = keyspace.read(key, "stream")?.entries ?? [];
    const from = placeOf(entries, (after[at] ?? 0n) + 1n);
    return from < entries.length ? [[key, entries.slice(from, from + count).map(entryReply)]] : [];
  });
  return found.length > 0 && found;
}

/** The greatest id stands for ">": what the group has not yet read. */
const NEW: StreamId = streamIdMax;

function xreadgroup(keyspace: ModelKeyspace, args: string[]): Reply {
  const options = parseReadOptions(args, true);
  const { keys, ids, group = "" } = options;
  const after = keys.map((key, at): StreamId => {
    if (!keyspace.read(key, "stream")?.groups.has(group)) noGroup(errorTexts.readNoKeyOrGroup, key, group);
    if (ids[at] === "$") refuse(errorTexts.readLastOnly);
    return ids[at] === ">" ? NEW : parseStreamId(ids[at] ?? "");
  });
  const found = keys.flatMap((key, at): Reply[] => {
    const id = after[at] ?? NEW;
    const entries = id === NEW ? readNew(keyspace, key, options) : readHistory(keyspace, key, id, options);
    return entries ? [[key, entries]] : [];
  });
  return found.length > 0 && found;
}

function groupOf(keyspace: ModelKeyspace, key: string, { group = "", consumer }: ReadOptions): StreamGroup {
  const edited = keyspace.edit(key, "stream")?.groups.get(group);
  if (!edited) return noGroup(errorTexts.readNoKeyOrGroup, key, group);
  see(edited, consumer, keyspace.nowMs());
  return edited;
}

function readNew(keyspace: ModelKeyspace, key: string, options: ReadOptions): Reply[] | undefined {
  const seen = keyspace.read(key, "stream");
  const last = seen?.groups.get(options.group ?? "")?.last ?? streamIdMax;
  if (!seen || placeOf(seen.entries, last + 1n) === seen.entries.length) return undefined;
  const group = groupOf(keyspace, key, options);
  const stream = keyspace.edit(key, "stream") ?? seen;
  const from = placeOf(stream.entries, last + 1n);
  return stream.entries.slice(from, from + options.count).map((entry) => {
    const { order } = entry;
    advance(stream, group, order);
    if (!options.noAck) {
      putItem(group.pending, { order, consumer: options.consumer, deliveredMs: keyspace.nowMs(), deliveries: 1n });
    }
    return entryReply(entry);
  });
}

/** What this consumer has not yet acknowledged; null fields where the entry is gone. */
function readHistory(keyspace: ModelKeyspace, key: string, after: StreamId, options: ReadOptions): Reply[] {
  const group = groupOf(keyspace, key, options);
  const entries = keyspace.read(key, "stream")?.entries ?? [];
  const own = group.pending.filter(({ order, consumer }) => order > after && consumer === options.consumer);
  return own.slice(0, options.count).map((pending) => {
    const entry = itemAt(entries, pending.order);
    if (!entry) return [streamIdText(pending.order), false];
    putItem(group.pending, { ...pending, deliveredMs: keyspace.nowMs(), deliveries: pending.deliveries + 1n });
    return entryReply(entry);
  });
}

export const readCommands: Record<string, Command> = {
  XREAD: [-4, xread],
  XREADGROUP: [-7, xreadgroup],
};
