/**
 * What a server tells of keys without being asked: keyspace events, invalidations for client-side caches, the lines of
 * MONITOR. Meridian's own keys are taken out of it here.
 *
 * Held until they are there whole are only such messages: of other channels the name alone is looked at.
 */
import { ownKeyOf, type OwnKeyTest } from "../commands/own-keys.js";
import { MONITOR_LINE_BYTES_MAX, monitorLines } from "./monitor-lines.js";

/** What begins at the offset passes as it is; or is not there whole; or ends at `next`, and this goes in its place. */
export type Seen = "as it is" | "more" | { readonly next: number; readonly instead: Buffer };

const LF = 10;
const PLUS = 43;
const NOTHING = Buffer.alloc(0);
const KEYSPACE = /^__keyspace@\d+__:/;
const KEYEVENT = /^__keyevent@\d+__:/;
const INVALIDATED = "__redis__:invalidate";
/** By which of its elements is the channel, counted from 0. */
const CHANNEL_AT: Readonly<Record<string, number>> = { message: 1, smessage: 1, pmessage: 2 };
/** Of a channel with a meaning of its own this much tells it. */
const PREFIX = "__";

interface Element {
  /** The type's character; `$` and `+` have a text, aggregates a count. */
  readonly type: string;
  readonly text: string;
  readonly count: number;
  readonly next: number;
}

export class OwnKeyMessages {
  constructor(
    private readonly root: string,
    private readonly isOwn: OwnKeyTest = ownKeyOf(root),
  ) {}

  examine(buffer: Buffer, at: number, end: number): Seen {
    if (buffer[at] === PLUS) return this.line(buffer, at, end);
    const head = readElement(buffer, at, end);
    const kind = head === undefined ? undefined : readElement(buffer, head.next, end);
    if (kind === undefined) return "more";
    if (kind.text === "invalidate") return this.invalidation(buffer, at, kind.next, end);
    const channelAt = CHANNEL_AT[kind.text];
    if (channelAt === undefined) return "as it is";
    let channel = kind;
    for (let index = 0; index < channelAt; index++) {
      if (index === channelAt - 1 && !mayMean(buffer, channel.next, end)) return "as it is";
      const next = readElement(buffer, channel.next, end);
      if (next === undefined) return "more";
      channel = next;
    }
    if (channel.text === INVALIDATED) return this.invalidation(buffer, at, channel.next, end);
    const space = KEYSPACE.exec(channel.text);
    if (space === null && !KEYEVENT.test(channel.text)) return "as it is";
    const payload = readElement(buffer, channel.next, end);
    if (payload === undefined) return "more";
    const key = space === null ? payload.text : channel.text.slice(space[0].length);
    return this.isOwn(key) ? { next: payload.next, instead: NOTHING } : "as it is";
  }

  /** The keys follow, or nil: all of them. */
  private invalidation(buffer: Buffer, at: number, keysAt: number, end: number): Seen {
    const list = readElement(buffer, keysAt, end);
    if (list === undefined) return "more";
    const kept: string[] = [];
    let { next } = list;
    for (let index = 0; index < list.count; index++) {
      const key = readElement(buffer, next, end);
      if (key === undefined) return "more";
      if (!this.isOwn(key.text)) kept.push(key.text);
      ({ next } = key);
    }
    if (kept.length === Math.max(list.count, 0)) return "as it is";
    if (kept.length === 0) return { next, instead: NOTHING };
    const keys = kept.map((key) => `$${key.length}\r\n${key}\r\n`).join("");
    const instead = Buffer.from(`${buffer.toString("latin1", at, keysAt)}*${kept.length}\r\n${keys}`, "latin1");
    return { next, instead };
  }

  private line(buffer: Buffer, at: number, end: number): Seen {
    const newline = buffer.indexOf(LF, at);
    if (newline < 0 || newline >= end) return end - at > MONITOR_LINE_BYTES_MAX ? "as it is" : "more";
    const next = newline + 1;
    const line = buffer.toString("latin1", at, next);
    const lines = monitorLines(line, this.root);
    return lines === line ? "as it is" : { next, instead: Buffer.from(lines, "latin1") };
  }
}

/** Does the text that begins here begin as such a channel? Where that is not known yet: perhaps. */
function mayMean(buffer: Buffer, at: number, end: number): boolean {
  const newline = buffer.indexOf(LF, at);
  if (newline < 0) return true;
  const start = buffer.toString("latin1", newline + 1, Math.min(end, newline + 1 + PREFIX.length));
  return PREFIX.startsWith(start);
}

function readElement(buffer: Buffer, at: number, end: number): Element | undefined {
  const newline = at < end ? buffer.indexOf(LF, at) : -1;
  if (newline < 0 || newline >= end) return undefined;
  const type = String.fromCharCode(buffer[at] as number);
  const line = buffer.toString("latin1", at + 1, newline - 1);
  const next = newline + 1;
  const count = Number(line);
  if (type !== "$") return { type, text: line, count, next };
  if (count < 0) return { type, text: "", count, next };
  const bodyEnd = next + count;
  if (bodyEnd + 2 > end) return undefined;
  return { type, text: buffer.toString("latin1", next, bodyEnd), count, next: bodyEnd + 2 };
}
