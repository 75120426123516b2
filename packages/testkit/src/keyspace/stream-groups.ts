/** Consumer groups: XGROUP and XACK, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { parseAnyStreamId, parseStreamId } from "./stream-id.js";
import { emptyStream, noGroup, removeItem, see, unknownRead, type StreamGroup } from "./stream-value.js";
import { subcommandError, withSubcommands } from "./subcommands.js";

const OK = { ok: "OK" };
/** Of XGROUP CREATE, after the id: MKSTREAM, ENTRIESREAD and its number. */
const CREATE_OPTIONS_MAX = 3;
const SETID_OPTIONS_MAX = 2;

interface GroupOptions {
  makeStream: boolean;
  read: bigint;
}

function parseGroupOptions(args: string[], mayMake: boolean, name: string): GroupOptions {
  const options: GroupOptions = { makeStream: false, read: unknownRead };
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    if (mayMake && word === "MKSTREAM") options.makeStream = true;
    else if (word === "ENTRIESREAD" && at + 1 < args.length) {
      options.read = int64(args[++at] ?? "");
      if (options.read < unknownRead) refuse(errorTexts.streamReadNegative);
    } else refuse(subcommandError(name));
  }
  return options;
}

function create(keyspace: ModelKeyspace, [key = "", group = "", idText = "", ...rest]: string[], name: string): Reply {
  const options = parseGroupOptions(rest, true, name);
  const stream = keyspace.read(key, "stream");
  if (!stream && !options.makeStream) refuse(errorTexts.streamGroupNoKey);
  if (rest.length > CREATE_OPTIONS_MAX) refuse(subcommandError(name));
  const last = idText === "$" ? (stream?.last ?? 0n) : parseStreamId(idText);
  if (stream?.groups.has(group)) refuse(errorTexts.busyGroup);
  const fresh: StreamGroup = { last, read: options.read, pending: [], consumers: new Map() };
  keyspace.editOrCreate(key, "stream", emptyStream()).groups.set(group, fresh);
  return OK;
}

/** The group that must be there, to be changed in place. */
function editGroup(keyspace: ModelKeyspace, key: string, group: string): StreamGroup {
  const stream = keyspace.read(key, "stream") ?? refuse(errorTexts.streamGroupNoKey);
  if (!stream.groups.has(group)) noGroup(errorTexts.noGroup, key, group);
  return keyspace.edit(key, "stream")?.groups.get(group) ?? noGroup(errorTexts.noGroup, key, group);
}

function setId(keyspace: ModelKeyspace, [key = "", group = "", idText = "", ...rest]: string[], name: string): Reply {
  const { read } = parseGroupOptions(rest, false, name);
  const edited = editGroup(keyspace, key, group);
  if (rest.length !== 0 && rest.length !== SETID_OPTIONS_MAX) refuse(subcommandError(name));
  edited.last = idText === "$" ? (keyspace.read(key, "stream")?.last ?? 0n) : parseAnyStreamId(idText);
  edited.read = read;
  return OK;
}

function destroy(keyspace: ModelKeyspace, [key = "", group = ""]: string[]): Reply {
  const stream = keyspace.read(key, "stream") ?? refuse(errorTexts.streamGroupNoKey);
  if (!stream.groups.has(group)) return 0;
  return keyspace.edit(key, "stream")?.groups.delete(group) ? 1 : 0;
}

function createConsumer(keyspace: ModelKeyspace, [key = "", name = "", consumer = ""]: string[]): Reply {
  const group = editGroup(keyspace, key, name);
  if (group.consumers.has(consumer)) return 0;
  see(group, consumer, keyspace.nowMs());
  return 1;
}

function deleteConsumer(keyspace: ModelKeyspace, [key = "", name = "", consumer = ""]: string[]): Reply {
  const group = editGroup(keyspace, key, name);
  group.consumers.delete(consumer);
  const before = group.pending.length;
  group.pending = group.pending.filter((entry) => entry.consumer !== consumer);
  return before - group.pending.length;
}

function xack(keyspace: ModelKeyspace, [key = "", name = "", ...texts]: string[]): Reply {
  if (!keyspace.read(key, "stream")?.groups.has(name)) return 0;
  const ids = texts.map((text) => parseStreamId(text));
  const pending = keyspace.edit(key, "stream")?.groups.get(name)?.pending ?? [];
  return ids.filter((id) => removeItem(pending, id)).length;
}

export const groupCommands: Record<string, Command> = {
  XGROUP: withSubcommands({
    CREATE: [-5, create],
    SETID: [-5, setId],
    DESTROY: [4, destroy],
    CREATECONSUMER: [5, createConsumer],
    DELCONSUMER: [5, deleteConsumer],
  }),
  XACK: [-4, xack],
};
