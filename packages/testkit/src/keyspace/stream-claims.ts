/** Pending entries and who holds them: XPENDING, XCLAIM and XAUTOCLAIM. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64, parseInt64 } from "./numbers.js";
import { intervalEnd, intervalStart, parseStreamId, readStreamId, streamIdText, type StreamId } from "./stream-id.js";
import {
  entryReply,
  itemAt,
  placeOf,
  putItem,
  removeItem,
  requireGroup,
  see,
  sortedNames,
  type PendingEntry,
  type StreamGroup,
  type StreamValue,
} from "./stream-value.js";

const AUTO_COUNT_DEFAULT = 100;
/** Pending entries that XAUTOCLAIM looks at, for each that it may claim. */
const AUTO_ATTEMPTS = 10;
/** LONG_MAX / 16, as Redis bounds it. */
const AUTO_COUNT_MAX = 576460752303423487n;

/** XPENDING key group: how many, from where to where, for whom. */
function summary({ pending, consumers }: StreamGroup): Reply {
  const [first, last] = [pending[0], pending.at(-1)];
  if (!first || !last) return [0, false, false, false];
  const counts = sortedNames(consumers).map((name) => [
    name,
    String(pending.filter(({ consumer }) => consumer === name).length),
  ]);
  const holders = counts.filter(([, count]) => count !== "0");
  return [pending.length, streamIdText(first.order), streamIdText(last.order), holders];
}

function xpending(keyspace: ModelKeyspace, [key = "", name = "", ...rest]: string[]): Reply {
  if (rest.length === 0) return summary(requireGroup(keyspace.read(key, "stream"), key, name));
  if (rest.length < 3 || rest.length > 6) refuse(errorTexts.syntax);
  const hasIdle = (rest[0] ?? "").toUpperCase() === "IDLE";
  const leastIdleMs = hasIdle ? int64(rest[1] ?? "") : 0n;
  if (hasIdle && rest.length < 5) refuse(errorTexts.syntax);
  const [startText = "", endText = "", countText = "", consumer] = hasIdle ? rest.slice(2) : rest;
  const count = Math.max(0, Number(int64(countText)));
  const from = intervalStart(startText);
  const to = intervalEnd(endText);
  const { pending, consumers } = requireGroup(keyspace.read(key, "stream"), key, name);
  if (consumer !== undefined && !consumers.has(consumer)) return [];
  const now = keyspace.nowMs();
  return pending
    .filter(
      (entry) => entry.order >= from && entry.order <= to && (consumer === undefined || entry.consumer === consumer),
    )
    .filter(({ deliveredMs }) => leastIdleMs === 0n || BigInt(now - deliveredMs) >= leastIdleMs)
    .slice(0, count)
    .map((entry) => [
      streamIdText(entry.order),
      entry.consumer,
      Math.max(0, now - entry.deliveredMs),
      Number(entry.deliveries),
    ]);
}

interface ClaimOptions {
  force: boolean;
  justId: boolean;
  /** -1 = none given. */
  deliveredMs: bigint;
  /** -1 = none given. */
  retryCount: bigint;
  last: StreamId;
}

function parseClaimOptions(args: string[], nowMs: number): ClaimOptions {
  const options: ClaimOptions = { force: false, justId: false, deliveredMs: -1n, retryCount: -1n, last: 0n };
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const next = args[at + 1];
    if (word === "FORCE") options.force = true;
    else if (word === "JUSTID") options.justId = true;
    else if (["IDLE", "TIME", "RETRYCOUNT", "LASTID"].includes(word) && next !== undefined) {
      at++;
      if (word === "LASTID") options.last = parseStreamId(next);
      else {
        const value = int64(next, `ERR Invalid ${word} option argument for XCLAIM`);
        if (word === "RETRYCOUNT") options.retryCount = value;
        else options.deliveredMs = word === "TIME" ? value : BigInt.asIntN(64, BigInt(nowMs) - value);
      }
    } else refuse(`ERR Unrecognized XCLAIM option '${args[at]?.split("\0", 1)[0]}'`);
  }
  return options;
}

function leastIdle(text: string, command: string): number {
  return Math.max(0, Number(int64(text, `ERR Invalid min-idle-time argument for ${command}`)));
}

/** The stream and its group, to be changed in place. */
function openGroup(keyspace: ModelKeyspace, key: string, name: string): [StreamValue, StreamGroup] {
  const stream = keyspace.edit(key, "stream");
  return [stream!, requireGroup(stream, key, name)];
}

function xclaim(keyspace: ModelKeyspace, args: string[]): Reply {
  const [key = "", name = "", consumer = "", idleText = "", ...rest] = args;
  const now = keyspace.nowMs();
  requireGroup(keyspace.read(key, "stream"), key, name);
  const idleMs = leastIdle(idleText, "XCLAIM");
  const parsed = rest.map((text) => readStreamId(text, 0n));
  const unreadable = parsed.indexOf(undefined);
  const ids = (unreadable < 0 ? parsed : parsed.slice(0, unreadable)) as StreamId[];
  const options = parseClaimOptions(rest.slice(ids.length), now);
  const isPast = options.deliveredMs >= 0n && options.deliveredMs <= BigInt(now);
  const deliveredMs = isPast ? Number(options.deliveredMs) : now;

  const [stream, group] = openGroup(keyspace, key, name);
  if (options.last > group.last) group.last = options.last;
  return ids.flatMap((id): Reply[] => {
    const entry = itemAt(stream.entries, id);
    const pending = itemAt(group.pending, id);
    if (!entry) {
      removeItem(group.pending, id);
      return [];
    }
    if (pending ? now - pending.deliveredMs < idleMs : !options.force) return [];
    see(group, consumer, now);
    const more = options.justId ? 0n : 1n;
    const deliveries = options.retryCount >= 0n ? options.retryCount : (pending?.deliveries ?? 1n) + more;
    putItem(group.pending, { order: id, consumer, deliveredMs, deliveries });
    return [options.justId ? streamIdText(id) : entryReply(entry)];
  });
}

interface AutoOptions {
  count: number;
  justId: boolean;
}

function parseAutoOptions(args: string[]): AutoOptions {
  const options: AutoOptions = { count: AUTO_COUNT_DEFAULT, justId: false };
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const next = args[at + 1];
    if (word === "COUNT" && next !== undefined) {
      at++;
      const count = parseInt64(next) ?? 0n;
      if (count < 1n || count > AUTO_COUNT_MAX) refuse(errorTexts.countNotPositive);
      options.count = Number(count);
    } else if (word === "JUSTID") options.justId = true;
    else refuse(errorTexts.syntax);
  }
  return options;
}

function xautoclaim(keyspace: ModelKeyspace, args: string[]): Reply {
  const [key = "", name = "", consumer = "", idleText = "", startText = "", ...rest] = args;
  const idleMs = leastIdle(idleText, "XAUTOCLAIM");
  const start = intervalStart(startText);
  const { count, justId } = parseAutoOptions(rest);
  requireGroup(keyspace.read(key, "stream"), key, name);

  const [stream, group] = openGroup(keyspace, key, name);
  const now = keyspace.nowMs();
  const from = placeOf(group.pending, start);
  const looked = group.pending.slice(from);
  const claimed: Reply[] = [];
  const gone: Reply[] = [];
  let at = 0;
  for (; at < looked.length && at < count * AUTO_ATTEMPTS && claimed.length + gone.length < count; at++) {
    const pending = looked[at] as PendingEntry;
    const entry = itemAt(stream.entries, pending.order);
    if (!entry) {
      removeItem(group.pending, pending.order);
      gone.push(streamIdText(pending.order));
    } else if (now - pending.deliveredMs >= idleMs) {
      see(group, consumer, now);
      const deliveries = pending.deliveries + (justId ? 0n : 1n);
      putItem(group.pending, { order: pending.order, consumer, deliveredMs: now, deliveries });
      claimed.push(justId ? streamIdText(pending.order) : entryReply(entry));
    }
  }
  return [streamIdText(looked[at]?.order ?? 0n), claimed, gone];
}

export const claimCommands: Record<string, Command> = {
  XPENDING: [-3, xpending],
  XCLAIM: [-6, xclaim],
  XAUTOCLAIM: [-6, xautoclaim],
};
