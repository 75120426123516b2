/**
 * What nobody asked for comes between the replies: messages of subscriptions, and the lines of MONITOR. Here is told which
 * is which. In RESP2 a subscribed connection can only change its subscriptions, PING, QUIT and RESET, and no reply to
 * those begins as a message does, so this is exact. RESP3 has a type for it, push, which the confirmations of SUBSCRIBE
 * and the like have too.
 */
import { type PendingReplies, ReplyKind } from "./pending-replies.js";

const STAR = 42;
const GREATER = 62;
const PLUS = 43;
const ZERO = 48;
const NINE = 57;
const LF = 10;
/** A message's array and first element; any message tells its kind within this. */
const HEAD_BYTES_MAX = 32;
const MESSAGE = /^[*>]\d+\r\n\$\d+\r\n(message|pmessage|smessage)\r\n/;
const CONFIRMATION = /^[*>]3\r\n\$\d+\r\n([ps]?)(un)?subscribe\r\n/;

type Whose = "asked" | "unasked" | "more";

export class Subscriptions {
  private channels = 0;
  private patterns = 0;
  private shardChannels = 0;
  private monitoring = false;
  /** The confirmation at hand, of which the last line says how many subscriptions there are. */
  private confirmation: RegExpExecArray | null = null;

  get active(): boolean {
    return this.channels + this.patterns + this.shardChannels > 0 || this.monitoring;
  }

  /** What begins at `at`. */
  examine(buffer: Buffer, at: number, end: number, pending: PendingReplies): Whose {
    this.confirmation = null;
    if (this.monitoring && buffer[at] === PLUS) {
      if (at + 1 >= end) return "more";
      const byte = buffer[at + 1] as number;
      if (byte >= ZERO && byte <= NINE) return "unasked";
    }
    const isPush = buffer[at] === GREATER;
    if (!isPush && (buffer[at] !== STAR || pending.respThree)) return "asked";
    const head = buffer.toString("latin1", at, Math.min(end, at + HEAD_BYTES_MAX));
    if (MESSAGE.test(head)) return "unasked";
    this.confirmation = CONFIRMATION.exec(head);
    if (this.confirmation === null) {
      if (head.length < HEAD_BYTES_MAX && lines(head) < 3) return "more";
      return isPush ? "unasked" : "asked";
    }
    return this.count(buffer, at, end, pending);
  }

  /** A confirmation is held until it is there whole, for the number in its last line. */
  private count(buffer: Buffer, at: number, end: number, pending: PendingReplies): Whose {
    const text = buffer.toString("latin1", at, end);
    const [head = "", letter] = this.confirmation ?? [];
    const rest = text.slice(head.length);
    const channel = /^(?:_|\$(-1|\d+))\r\n/.exec(rest);
    if (channel === null) return "more";
    const length = Number(channel[1] ?? -1);
    const after = channel[0].length + (length < 0 ? 0 : length + 2);
    const number = /^:(\d+)\r\n/.exec(rest.slice(after));
    if (number === null) return "more";
    const total = Number(number[1]);
    const before = { channels: this.channels, patterns: this.patterns, shardChannels: this.shardChannels };
    // Those of shard channels are counted by themselves.
    if (letter === "s") this.shardChannels = total;
    else if (letter === "p") this.patterns = total - this.channels;
    else this.channels = total - this.patterns;
    pending.subscribed = this.channels + this.patterns + this.shardChannels > 0;
    this.expectAll(before, pending);
    return "asked";
  }

  /** UNSUBSCRIBE without channels confirms each one there was, or once that there was none. */
  private expectAll(
    before: Readonly<Record<"channels" | "patterns" | "shardChannels", number>>,
    pending: PendingReplies,
  ): void {
    if (pending.empty) return;
    if (pending.kind === ReplyKind.unsubscribeAll) {
      pending.replaceHead(ReplyKind.subscription, Math.max(1, before.channels));
    } else if (pending.kind === ReplyKind.punsubscribeAll) {
      pending.replaceHead(ReplyKind.subscription, Math.max(1, before.patterns));
    } else if (pending.kind === ReplyKind.sunsubscribeAll) {
      pending.replaceHead(ReplyKind.subscription, Math.max(1, before.shardChannels));
    }
  }

  /** A reply, not an error, of the head is done. */
  answered(pending: PendingReplies): void {
    if (pending.kind === ReplyKind.monitor) this.monitoring = true;
    if (pending.kind === ReplyKind.reset) {
      this.monitoring = false;
      this.channels = this.patterns = this.shardChannels = 0;
      pending.proven = pending.subscribed = pending.respThree = false;
    }
    pending.consume();
  }
}

function lines(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) === LF) count++;
  return count;
}
