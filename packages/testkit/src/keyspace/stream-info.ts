/**
 * XINFO STREAM, GROUPS and CONSUMERS.
 *
 * The model has no radix tree: it tells the keys and nodes that a stream of full nodes would have.
 */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { streamIdText } from "./stream-id.js";
import {
  entryReply,
  firstIdOf,
  lagOf,
  noGroup,
  sortedNames,
  unknownRead,
  wrapped,
  type StreamGroup,
  type StreamValue,
} from "./stream-value.js";
import { subcommandError, withSubcommands } from "./subcommands.js";

const NODE_ENTRIES = 100;
const FULL_COUNT_DEFAULT = 10;

function streamAt(keyspace: ModelKeyspace, key: string): StreamValue {
  return keyspace.read(key, "stream") ?? refuse(errorTexts.noSuchKey);
}

/** Undefined = not FULL; 0 = all. */
function parseFull(args: string[], name: string): number | undefined {
  if (args.length === 0) return undefined;
  const [full = "", word, countText = ""] = args;
  if ((args.length !== 1 && args.length !== 3) || full.toUpperCase() !== "FULL") refuse(subcommandError(name));
  if (word === undefined) return FULL_COUNT_DEFAULT;
  if (word.toUpperCase() !== "COUNT") refuse(subcommandError(name));
  const count = int64(countText);
  return count < 0n ? FULL_COUNT_DEFAULT : Number(count);
}

function infoStream(keyspace: ModelKeyspace, [key = "", ...args]: string[], name: string): Reply {
  const stream = streamAt(keyspace, key);
  const full = parseFull(args, name);
  const { entries } = stream;
  const nodes = Math.ceil(entries.length / NODE_ENTRIES);
  const common: Record<string, Reply> = {
    length: entries.length,
    "radix-tree-keys": nodes,
    "radix-tree-nodes": nodes + 1,
    "last-generated-id": streamIdText(stream.last),
    "max-deleted-entry-id": streamIdText(stream.maxDeleted),
    "entries-added": Number(wrapped(stream.added)),
    "recorded-first-entry-id": streamIdText(firstIdOf(stream)),
  };
  if (full !== undefined) {
    const count = full === 0 ? Infinity : full;
    const groups = sortedNames(stream.groups).map((group) => fullGroup(stream, group, count));
    return flat({ ...common, entries: entries.slice(0, count).map(entryReply), groups });
  }
  const [first, last] = [entries[0], entries.at(-1)];
  return flat({
    ...common,
    groups: stream.groups.size,
    "first-entry": first ? entryReply(first) : false,
    "last-entry": last ? entryReply(last) : false,
  });
}

/** A map as RESP2 sends it: names and values in turn. */
function flat(map: Record<string, Reply>): Reply {
  return Object.entries(map).flat();
}

function readAndLag(stream: StreamValue, group: StreamGroup): Record<string, Reply> {
  const lag = lagOf(stream, group);
  return {
    "entries-read": group.read === unknownRead ? false : Number(group.read),
    lag: lag === undefined ? false : Number(lag),
  };
}

function fullGroup(stream: StreamValue, name: string, count: number): Reply {
  const group = stream.groups.get(name)!;
  const pending = group.pending.slice(0, count).map((entry): Reply => {
    return [streamIdText(entry.order), entry.consumer, entry.deliveredMs, Number(entry.deliveries)];
  });
  return flat({
    name,
    "last-delivered-id": streamIdText(group.last),
    ...readAndLag(stream, group),
    "pel-count": group.pending.length,
    pending,
    consumers: sortedNames(group.consumers).map((consumer) => fullConsumer(group, consumer, count)),
  });
}

function fullConsumer(group: StreamGroup, name: string, count: number): Reply {
  const own = group.pending.filter(({ consumer }) => consumer === name);
  const pending = own.slice(0, count).map((entry): Reply => {
    return [streamIdText(entry.order), entry.deliveredMs, Number(entry.deliveries)];
  });
  return flat({ name, "seen-time": group.consumers.get(name) ?? 0, "pel-count": own.length, pending });
}

function infoGroups(keyspace: ModelKeyspace, [key = ""]: string[]): Reply {
  const stream = streamAt(keyspace, key);
  return sortedNames(stream.groups).map((name): Reply => {
    const group = stream.groups.get(name)!;
    return flat({
      name,
      consumers: group.consumers.size,
      pending: group.pending.length,
      "last-delivered-id": streamIdText(group.last),
      ...readAndLag(stream, group),
    });
  });
}

function infoConsumers(keyspace: ModelKeyspace, [key = "", name = ""]: string[]): Reply {
  const group = streamAt(keyspace, key).groups.get(name) ?? noGroup(errorTexts.noGroup, key, name);
  return sortedNames(group.consumers).map((consumer): Reply => {
    const held = group.pending.filter((entry) => entry.consumer === consumer).length;
    const idleMs = Math.max(0, keyspace.nowMs() - (group.consumers.get(consumer) ?? 0));
    return flat({ name: consumer, pending: held, idle: idleMs });
  });
}

export const infoCommands: Record<string, Command> = {
  XINFO: withSubcommands({
    STREAM: [-3, infoStream],
    GROUPS: [3, infoGroups],
    CONSUMERS: [4, infoConsumers],
  }),
};
