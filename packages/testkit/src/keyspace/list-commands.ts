/** Lists, with Redis's replies, order of checks and errors. What blocks does not: it answers as inside MULTI. */
import type { Reply } from "@meridian/core";
import { parseMultiplePop, parseTimeout, rangeInt64 } from "./arguments.js";
import { arityError, errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64, int64Max } from "./numbers.js";

type End = "LEFT" | "RIGHT";

const OK = { ok: "OK" };

function itemsOf(keyspace: ModelKeyspace, key: string): readonly string[] {
  return keyspace.read(key, "list")?.items ?? [];
}

function endOf(text: string | undefined): End {
  const end = (text ?? "").toUpperCase();
  return end === "LEFT" || end === "RIGHT" ? end : refuse(errorTexts.syntax);
}

function push(keyspace: ModelKeyspace, key: string, end: End, added: readonly string[]): number {
  const { items } = keyspace.editOrCreate(key, "list", { type: "list", items: [] });
  if (end === "RIGHT") items.push(...added);
  else items.unshift(...added.toReversed());
  return items.length;
}

/** Removes up to `count` elements from an end of a list that is there, in the order in which they come off. */
function take(keyspace: ModelKeyspace, key: string, end: End, count: number): string[] {
  const items = keyspace.edit(key, "list")?.items ?? [];
  const taken = end === "LEFT" ? items.splice(0, count) : items.splice(Math.max(0, items.length - count)).toReversed();
  keyspace.removeIfEmpty(key);
  return taken;
}

function pushed(end: End, onlyIfPresent: boolean): Command {
  return [
    -3,
    (keyspace, [key = "", ...added]) => {
      if (onlyIfPresent && !keyspace.read(key, "list")) return 0;
      return push(keyspace, key, end, added);
    },
  ];
}

function popped(end: End): Command {
  return [
    -2,
    (keyspace, [key = "", countText, ...rest], name) => {
      if (rest.length > 0) refuse(arityError(name));
      const count = countText === undefined ? 1n : rangeInt64(countText, 0n, errorTexts.notPositive);
      if (!keyspace.read(key, "list")) return false;
      const taken = take(keyspace, key, end, Number(count));
      return countText === undefined ? (taken[0] ?? false) : taken;
    },
  ];
}

/** The first list among the keys that holds something, and what comes off its end. */
function popFirst(
  keyspace: ModelKeyspace,
  keys: readonly string[],
  end: End,
  count: number,
): [key: string, taken: string[]] | undefined {
  for (const key of keys) if (keyspace.read(key, "list")) return [key, take(keyspace, key, end, count)];
  return undefined;
}

function blockingPop(end: End): Command {
  return [
    -3,
    (keyspace, args) => {
      parseTimeout(args.at(-1) ?? "");
      const found = popFirst(keyspace, args.slice(0, -1), end, 1);
      return found ? [found[0], found[1][0] ?? ""] : false;
    },
  ];
}

function lmpop(keyspace: ModelKeyspace, args: string[], blocking: boolean): Reply {
  const { keys, end, count } = parseMultiplePop(blocking ? args.slice(1) : args, ["LEFT", "RIGHT"]);
  if (blocking) parseTimeout(args[0] ?? "");
  return popFirst(keyspace, keys, end, count) ?? false;
}

function move(keyspace: ModelKeyspace, from: string, to: string, fromEnd: End, toEnd: End): Reply {
  if (!keyspace.read(from, "list")) return false;
  keyspace.read(to, "list");
  const expiresAtMs = from === to ? (keyspace.slot(from)?.expiresAtMs ?? 0) : 0;
  const [item = ""] = take(keyspace, from, fromEnd, 1);
  push(keyspace, to, toEnd, [item]);
  // A list of one that turns around in itself is never gone, so its deadline stays.
  if (expiresAtMs !== 0) keyspace.setDeadline(to, expiresAtMs);
  return item;
}

function lmove(keyspace: ModelKeyspace, [from = "", to = "", fromEnd, toEnd, timeout]: string[]): Reply {
  const ends = [endOf(fromEnd), endOf(toEnd)] as const;
  if (timeout !== undefined) parseTimeout(timeout);
  return move(keyspace, from, to, ...ends);
}

function linsert(keyspace: ModelKeyspace, [key = "", where = "", pivot = "", item = ""]: string[]): Reply {
  const after = ["BEFORE", "AFTER"].indexOf(where.toUpperCase());
  if (after < 0) refuse(errorTexts.syntax);
  if (!keyspace.read(key, "list")) return 0;
  const at = itemsOf(keyspace, key).indexOf(pivot);
  if (at < 0) return -1;
  const items = keyspace.edit(key, "list")?.items ?? [];
  items.splice(at + after, 0, item);
  return items.length;
}

/** Where an index that may count from the end is. */
function placeOf(text: string, length: number): number {
  const index = Number(int64(text));
  return index < 0 ? length + index : index;
}

function lset(keyspace: ModelKeyspace, [key = "", indexText = "", item = ""]: string[]): Reply {
  if (!keyspace.read(key, "list")) refuse(errorTexts.noSuchKey);
  const { length } = itemsOf(keyspace, key);
  const at = placeOf(indexText, length);
  if (at < 0 || at >= length) refuse(errorTexts.index);
  const items = keyspace.edit(key, "list")?.items ?? [];
  items[at] = item;
  return OK;
}

function lrem(keyspace: ModelKeyspace, [key = "", countText = "", gone = ""]: string[]): Reply {
  const count = Number(int64(countText));
  const items = itemsOf(keyspace, key);
  const places = [...items.keys()].filter((at) => items[at] === gone);
  const chosen = new Set(count === 0 ? places : count > 0 ? places.slice(0, count) : places.slice(count));
  if (chosen.size === 0) return 0;
  const list = keyspace.edit(key, "list");
  if (list) list.items = list.items.filter((_, at) => !chosen.has(at));
  keyspace.removeIfEmpty(key);
  return chosen.size;
}

/** The part that two indexes, each perhaps from the end, enclose. */
function between(items: readonly string[], first: number, last: number): string[] {
  const start = Math.max(0, first < 0 ? items.length + first : first);
  const end = last < 0 ? items.length + last : last;
  return start > end ? [] : items.slice(start, end + 1);
}

function bounds([first = "", last = ""]: string[]): [number, number] {
  return [Number(int64(first)), Number(int64(last))];
}

function ltrim(keyspace: ModelKeyspace, [key = "", ...range]: string[]): Reply {
  const [first, last] = bounds(range);
  const list = keyspace.edit(key, "list");
  if (!list) return OK;
  list.items = between(list.items, first, last);
  keyspace.removeIfEmpty(key);
  return OK;
}

function lpos(keyspace: ModelKeyspace, [key = "", wanted = "", ...options]: string[]): Reply {
  let [rank, count, longest] = [1n, -1n, 0n];
  for (let at = 0; at < options.length; at += 2) {
    const word = (options[at] ?? "").toUpperCase();
    const text = options[at + 1];
    if (text === undefined) return refuse(errorTexts.syntax);
    if (word === "RANK") {
      rank = int64(text);
      if (rank === 0n) refuse(errorTexts.rankZero);
    } else if (word === "COUNT") count = rangeInt64(text, 0n, errorTexts.countNegative);
    else if (word === "MAXLEN") longest = rangeInt64(text, 0n, errorTexts.longestNegative);
    else refuse(errorTexts.syntax);
  }
  const items = itemsOf(keyspace, key);
  const compared = longest === 0n ? items.length : Math.min(items.length, Number(longest));
  const order = (at: number): number => (rank < 0n ? items.length - 1 - at : at);
  const places = Array.from({ length: compared }, (_, at) => order(at)).filter((at) => items[at] === wanted);
  const found = places.slice(Number((rank < 0n ? -rank : rank) - 1n));
  if (count < 0n) return found[0] ?? false;
  return found.slice(0, Number(count === 0n ? int64Max : count));
}

export const listCommands: Record<string, Command> = {
  LPUSH: pushed("LEFT", false),
  RPUSH: pushed("RIGHT", false),
  LPUSHX: pushed("LEFT", true),
  RPUSHX: pushed("RIGHT", true),
  LPOP: popped("LEFT"),
  RPOP: popped("RIGHT"),
  BLPOP: blockingPop("LEFT"),
  BRPOP: blockingPop("RIGHT"),
  LMPOP: [-4, (keyspace, args) => lmpop(keyspace, args, false)],
  BLMPOP: [-5, (keyspace, args) => lmpop(keyspace, args, true)],
  LMOVE: [5, lmove],
  BLMOVE: [6, lmove],
  RPOPLPUSH: [3, (keyspace, [from = "", to = ""]) => move(keyspace, from, to, "RIGHT", "LEFT")],
  BRPOPLPUSH: [
    4,
    (keyspace, [from = "", to = "", timeout = ""]) => {
      parseTimeout(timeout);
      return move(keyspace, from, to, "RIGHT", "LEFT");
    },
  ],
  LINSERT: [5, linsert],
  LSET: [4, lset],
  LREM: [4, lrem],
  LTRIM: [4, ltrim],
  LLEN: [2, (keyspace, [key = ""]) => itemsOf(keyspace, key).length],
  LINDEX: [
    3,
    (keyspace, [key = "", indexText = ""]) => {
      if (!keyspace.read(key, "list")) return false;
      const items = itemsOf(keyspace, key);
      return items[placeOf(indexText, items.length)] ?? false;
    },
  ],
  LRANGE: [
    4,
    (keyspace, [key = "", ...range]) => {
      const [first, last] = bounds(range);
      return between(itemsOf(keyspace, key), first, last);
    },
  ],
  LPOS: [-3, lpos],
};
