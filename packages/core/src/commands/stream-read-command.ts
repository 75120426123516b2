/**
 * XREADGROUP: what the group of this region delivers is its own business, and natively so. Only entries that came late from
 * other regions, below what the group has read, are Meridian's: they are served first, so nothing is skipped.
 *
 * Nothing waits: BLOCK is checked and then ignored, as in a MULTI; the gateway waits for its client, and asks again.
 */
import { hasGroup } from "../effects/stream-groups.js";
import { dropLate, hasLate, lateOf } from "../effects/stream-late.js";
import { groupOf, type NativeEntry } from "../effects/stream-native.js";
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { host, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { groupsKey } from "../state/names.js";
import { idOfPlace, parseId } from "../types/stream-id.js";
import { onKeys, type Command } from "./command.js";
import { countArgument } from "./numbers.js";
import { exists, openTyped } from "./opened.js";
import { noGroupAt, streamErrors } from "./stream-errors.js";
import { notePrefix } from "./stream-group-commands.js";

interface ReadOptions {
  group: string | undefined;
  consumer: string;
  /** 0: all. */
  count: number;
  noAck: boolean;
  keys: string[];
  ids: string[];
}

function parseReadOptions(args: string[]): ReadOptions | ErrorReply {
  const options: ReadOptions = { group: undefined, consumer: "", count: 0, noAck: false, keys: [], ids: [] };
  for (let at = 1; at < args.length; at++) {
    const word = args[at]!.length <= 7 ? args[at]!.toUpperCase() : "";
    const more = args.length - 1 - at;
    if (word === "BLOCK" && more > 0) {
      const timeout = countArgument(args[++at]!);
      if (isRefused(timeout)) return refuse(streamErrors.timeoutNotInteger);
      if (timeout < 0) return refuse(streamErrors.timeoutNegative);
    } else if (word === "COUNT" && more > 0) {
      const count = countArgument(args[++at]!);
      if (isRefused(count)) return count;
      options.count = count > 0 ? count : 0;
    } else if (word === "GROUP" && more > 1) {
      options.group = args[at + 1]!;
      options.consumer = args[at + 2]!;
      at += 2;
    } else if (word === "NOACK") {
      options.noAck = true;
    } else if (word === "STREAMS" && more > 0) {
      return takeStreams(options, args.slice(at + 1));
    } else {
      return refuse(errors.syntax);
    }
  }
  return refuse(errors.syntax);
}

function takeStreams(options: ReadOptions, rest: string[]): ReadOptions | ErrorReply {
  if (rest.length % 2 !== 0) return refuse(streamErrors.readUnbalanced);
  if (options.group === undefined) return refuse(streamErrors.readNoGroup);
  options.keys = rest.slice(0, rest.length / 2);
  options.ids = rest.slice(rest.length / 2);
  return options;
}

/** XREADGROUP GROUP group consumer [COUNT count] [BLOCK ms] [NOACK] STREAMS key [key ...] >|id [>|id ...] */
function xreadgroup(unit: Unit, args: string[]): Reply {
  const options = parseReadOptions(args);
  if (isRefused(options)) return options;
  const { keys, ids, group } = options;
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]!;
    const state = openTyped(unit, key, "x");
    if (isRefused(state)) return state;
    if (!exists(state) || !hasGroup(groupsKey(unit.partition.root, key), group!)) return noGroupAt(key, group!);
    if (ids[at] === "$") return refuse(streamErrors.readLastOnly);
    if (ids[at] !== ">" && parseId(ids[at]!, "0") === undefined) return refuse(streamErrors.id);
  }
  const found: Reply[] = [];
  for (let at = 0; at < keys.length; at++) {
    const isNew = ids[at] === ">";
    const entries = isNew
      ? readNew(unit, keys[at]!, options)
      : readNatively(keys[at]!, ids[at]!, options, options.count);
    if (entries !== undefined) found.push([keys[at]!, entries]);
  }
  return found.length > 0 ? found : false;
}

/** What the server delivers of one stream; undefined where it has nothing. */
function readNatively(
  key: string,
  id: string,
  { group, consumer, noAck }: ReadOptions,
  count: number,
): Reply[] | undefined {
  const words = ["GROUP", group!, consumer];
  if (count > 0) words.push("COUNT", host.integerText(count));
  if (noAck) words.push("NOACK");
  const reply = host.call("XREADGROUP", ...(words as [string]), "STREAMS", key, id);
  return typeof reply === "object" ? ((reply as Reply[][])[0]![1] as Reply[]) : undefined;
}

/** What is late first, then what is new. */
function readNew(unit: Unit, key: string, options: ReadOptions): Reply[] | undefined {
  const { root } = unit.partition;
  const entries = hasLate(root, key) ? deliverLate(root, key, options) : [];
  const left = options.count - entries.length;
  const more =
    options.count === 0 || left > 0 ? readNatively(key, ">", options, options.count === 0 ? 0 : left) : undefined;
  for (const entry of more ?? []) entries.push(entry);
  if (entries.length === 0) return undefined;
  if (options.noAck) {
    const delivered: string[] = [];
    for (const entry of entries) delivered.push((entry as NativeEntry)[0]);
    notePrefix(unit, key, options.group!, delivered);
  }
  return entries;
}

/** Beyond it a count is not exact, and is left as it is. */
const COUNT_MAX = 9007199254740991;
/** Late entries read at a time where no COUNT bounds them. */
const LATE_MAX = 1000;

/** Makes late entries pending for the consumer, as a delivery does, and counts them as read. */
function deliverLate(root: string, key: string, { group, consumer, count, noAck }: ReadOptions): Reply[] {
  const places = lateOf(root, key, group!, count > 0 && count < LATE_MAX ? count : LATE_MAX);
  const entries: Reply[] = [];
  if (places.length === 0) return entries;
  for (const place of places) {
    const id = idOfPlace(place);
    const found = noAck
      ? (host.call("XRANGE", key, id, id) as Reply[])
      : (host.call("XCLAIM", key, group!, consumer, "0", id, "FORCE", "RETRYCOUNT", "1") as Reply[]);
    for (const entry of found) entries.push(entry);
  }
  dropLate(root, key, group!, places);
  const { delivered, read } = groupOf(key, group!);
  if (typeof read === "number" && read <= COUNT_MAX) {
    host.call("XGROUP", "SETID", key, group!, delivered, "ENTRIESREAD", host.integerText(read + entries.length));
  }
  return entries;
}

function keysOf(args: string[]): string[] {
  const options = parseReadOptions(args);
  return isRefused(options) ? [] : options.keys;
}

/** Its keys are among other words, so all arguments are taken for keys where those are looked at. */
export const streamReadCommands: Record<string, Command> = {
  XREADGROUP: { ...onKeys(-7, -1, 1, xreadgroup), keysOf },
};
