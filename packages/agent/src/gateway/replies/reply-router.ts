/**
 * The way of the server's bytes: finds where replies end, without decoding values, so that the gateway's own replies
 * come at their turn and the replies of a batch come one by one. Everything else passes as it is.
 *
 * Invariants
 * 1. The client gets exactly one reply for each command, in order; messages of subscriptions may come in between.
 * 2. Held back: at most one header or error line, or one of the few replies that the gateway amends (amendments.ts). Bodies
 *    and simple strings pass in pieces, as they arrive.
 */
import type { Outbox } from "../bytes.js";
import { callError, discarded } from "./call-errors.js";
import { ownKeyOf, type OwnKeyTest } from "../commands/own-keys.js";
import { errorReply } from "../errors.js";
import { withNullsOfThree } from "../lane/lane-three.js";
import { OwnKeyMessages } from "./own-key-messages.js";
import { isCall, isConsumed, mayConfirm, type Peeked, type PendingReplies, ReplyKind } from "./pending-replies.js";
import { asInteger, isAggregate, MORE, ReplyScanner } from "./reply-scanner.js";
import { Subscriptions } from "./subscriptions.js";

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const UNDERSCORE = 95;
const EQUALS = 61;
const PERCENT = 37;
const GREATER = 62;
const NULL_LENGTH = -2;
/** `_` and CR LF. */
const NIL_BYTES = 3;
const NOTHING = Buffer.alloc(0);
const NIL_ARRAY = Buffer.from("*-1\r\n");
const OUT_OF_MEMORY = "-OOM ";

export class ReplyRouter {
  /** The server does not speak as it should: close both sides. */
  failed = false;

  private readonly subscriptions = new Subscriptions();
  private readonly ownKeys: OwnKeyMessages;
  private readonly whole = new ReplyScanner();
  /** Elements that complete the reply at hand; 0 between replies. */
  private elementsLeft = 0;
  private bodyLeft = 0;
  /** Within a simple string that passes as it comes. */
  private inLine = false;
  /** The reply at hand answers nothing: a message, or a line of MONITOR. */
  private unasked = false;
  /** The reply at hand is not for the client. */
  private dropping = false;
  /** What became of the command that may have to wait, once its reply has begun; who looks clears it. */
  peeked: Peeked | undefined;
  /** The server refused a call for its memory; who looks clears it. */
  memoryFull = false;
  private held: Buffer = NOTHING;
  private next = 0;
  /** What of the chunk has not been given to the client yet begins here. */
  private from = 0;

  constructor(
    private readonly pending: PendingReplies,
    private readonly client: Outbox,
    root: string,
    isOwnKey: OwnKeyTest = ownKeyOf(root),
    private readonly libraryLoading: Buffer = errorReply("libraryLoading"),
  ) {
    this.ownKeys = new OwnKeyMessages(root, isOwnKey);
  }

  /** The reply at hand is that of a function call. */
  private get ofCall(): boolean {
    const { pending, unasked } = this;
    if (unasked || pending.empty) return false;
    return isCall(pending.kind);
  }

  get subscribed(): boolean {
    return this.subscriptions.active;
  }

  /** `chunk` belongs to the caller again when this returns. */
  feed(chunk: Buffer): void {
    let buffer = chunk;
    if (this.held.length > 0) {
      buffer = Buffer.concat([this.held, chunk]);
      this.held = NOTHING;
    }
    const end = buffer.length;
    this.from = 0;
    let at = 0;
    while (at < end && !this.failed) {
      if (this.bodyLeft > 0) {
        const step = Math.min(this.bodyLeft, end - at);
        this.bodyLeft -= step;
        at += step;
        if (this.bodyLeft === 0) this.elementDone(buffer, at);
        continue;
      }
      const stopped = this.inLine ? this.restOfLine(buffer, at, end) : this.element(buffer, at, end);
      if (stopped === MORE) break;
      at = stopped;
    }
    if (!this.dropping) this.client.copy(buffer, this.from, at);
    if (at < end && !this.failed) this.held = Buffer.from(buffer.subarray(at, end));
    this.pending.midReply = this.elementsLeft > 0;
  }

  /** One element's header or line; MORE when it is not there whole. */
  private element(buffer: Buffer, at: number, end: number): number {
    const type = buffer[at] as number;
    if (this.elementsLeft === 0) {
      const begun = this.begin(buffer, at, end, type);
      if (begun !== at) return begun;
    }
    const isBody = type === DOLLAR || type === EQUALS;
    if (isBody || isAggregate(type)) {
      const length = this.readLength(buffer, at + 1, end);
      if (length === MORE) return MORE;
      if (this.failed) return end;
      if (isBody && length !== NULL_LENGTH) {
        this.bodyLeft = length + 2;
      } else {
        if (length > 0) this.elementsLeft += type === PERCENT ? 2 * length : length;
        this.elementDone(buffer, this.next);
      }
      return this.next;
    }
    if (type === PLUS && this.ofCall) {
      if (at + 1 >= end) return MORE;
      asInteger(buffer, at);
    }
    return this.restOfLine(buffer, at, end);
  }

  /** Decides whose reply begins; returns `at`, or where to go on when it has been dealt with already, or MORE. */
  private begin(buffer: Buffer, at: number, end: number, type: number): number {
    const { pending, subscriptions } = this;
    this.elementsLeft = 1;
    this.unasked = pending.empty || pending.kind === ReplyKind.lane;
    if (type === GREATER || subscriptions.active || (!this.unasked && mayConfirm(pending.kind))) {
      const kind = subscriptions.examine(buffer, at, end, pending);
      if (kind === "more") return this.wait();
      this.unasked ||= kind === "unasked";
    }
    if (this.unasked) return this.message(buffer, at, end, type);
    if (pending.kind === ReplyKind.hello && type !== MINUS) pending.respThree = type === PERCENT;
    if (pending.kind === ReplyKind.amended) return this.amended(buffer, at, end);
    if (pending.kind === ReplyKind.batch) return this.batch(buffer, at, end, type);
    if (pending.kind === ReplyKind.execution) return this.execution(buffer, at, end, type);
    if (pending.kind === ReplyKind.swallow) {
      this.giveUpTo(buffer, at);
      this.dropping = true;
      return at;
    }
    if (pending.kind === ReplyKind.peek) {
      const begun = this.peek(buffer, at, end, type);
      if (begun !== at) return begun;
    }
    if (pending.kind === ReplyKind.arrayOrNil && type === DOLLAR) return this.arrayOrNil(buffer, at, end);
    if (type !== MINUS) {
      pending.proven = true;
      return at;
    }
    return pending.kind === ReplyKind.forward ? at : this.error(buffer, at, end, 1);
  }

  /** What nobody asked for passes, but for what it tells of Meridian's own keys. */
  private message(buffer: Buffer, at: number, end: number, type: number): number {
    if (!this.subscriptions.active && type !== GREATER) return at;
    const seen = this.ownKeys.examine(buffer, at, end);
    if (seen === "as it is") return at;
    if (seen === "more") return this.wait();
    const { next, instead } = seen;
    this.giveUpTo(buffer, at);
    this.client.copy(instead, 0, instead.length);
    this.from = next;
    this.elementsLeft = 0;
    this.unasked = false;
    return next;
  }

  /** Held until it is whole, for what the client gets in its place. */
  private amended(buffer: Buffer, at: number, end: number): number {
    this.whole.begin(1, false);
    const next = this.whole.scan(buffer, at, end);
    if (next === MORE) return this.wait();
    const { pending } = this;
    if (buffer[at] !== MINUS) pending.proven = true;
    this.giveUpTo(buffer, at);
    this.from = next;
    const { give = NOTHING, peeked } = pending.takeAmender()(buffer.subarray(at, next));
    this.client.copy(give, 0, give.length);
    this.peeked = peeked ?? this.peeked;
    this.elementsLeft = 0;
    this.giveLocals();
    return next;
  }

  /** What lies from `at` to `next` is not for the client, or not as it is. */
  private takenOff(buffer: Buffer, at: number): number {
    this.giveUpTo(buffer, at);
    this.from = this.next;
    this.pending.proven = true;
    this.elementsLeft = 0;
    return this.next;
  }

  private giveUpTo(buffer: Buffer, at: number): void {
    this.client.copy(buffer, this.from, at);
    this.from = at;
  }

  private wait(): number {
    this.elementsLeft = 0;
    return MORE;
  }

  /** The array around the replies of a batch is taken off; an error in its place is everybody's. */
  private batch(buffer: Buffer, at: number, end: number, type: number): number {
    const { pending } = this;
    const { count } = pending;
    if (type === MINUS) return this.error(buffer, at, end, count);
    const length = type === STAR ? this.readLength(buffer, at + 1, end) : 0;
    if (length === MORE) return this.wait();
    if (length !== count) return this.outOfForm(buffer, at, end, count);
    pending.replaceHead(ReplyKind.element, count);
    return this.takenOff(buffer, at);
  }

  private outOfForm(buffer: Buffer, at: number, end: number, count: number): number {
    const reply = errorReply("batchReply", { count });
    this.giveUpTo(buffer, at);
    this.client.copy(reply, 0, reply.length);
    this.from = end;
    this.failed = true;
    return end;
  }

  /** The array around the parts of a transaction becomes one around the replies to the client's commands. */
  private execution(buffer: Buffer, at: number, end: number, type: number): number {
    const { pending } = this;
    const { parts, commands, runs } = pending.execution;
    const length = type === STAR ? this.readLength(buffer, at + 1, end) : NULL_LENGTH;
    if (length === MORE) return this.wait();
    if (length === NULL_LENGTH) {
      pending.refuseExecution();
      return at;
    }
    if (length !== parts) return this.outOfForm(buffer, at, end, commands);
    this.takenOff(buffer, at);
    // A call that is all of it brings the array itself.
    if (runs[0]?.[0] !== ReplyKind.transaction) this.client.count(commands);
    pending.openExecution();
    this.giveLocals();
    return this.next;
  }

  /** Nil is kept from the client: its command waits. */
  private peek(buffer: Buffer, at: number, end: number, type: number): number {
    const { pending } = this;
    const length = this.lengthOrNil(buffer, at, end, type);
    if (length === MORE) return this.wait();
    if (length !== NULL_LENGTH) {
      this.peeked = type === MINUS ? "error" : "something";
      pending.replaceHead(ReplyKind.named, 1);
      return at;
    }
    this.peeked = "nothing";
    pending.takeNamed();
    return this.takenOff(buffer, at);
  }

  /** In the place of `$-1`, which is all that the function can say. */
  private arrayOrNil(buffer: Buffer, at: number, end: number): number {
    const length = this.readLength(buffer, at + 1, end);
    if (length === MORE) return this.wait();
    if (length !== NULL_LENGTH) return at;
    this.takenOff(buffer, at);
    this.client.copy(NIL_ARRAY, 0, NIL_ARRAY.length);
    this.pending.consume();
    this.giveLocals();
    return this.next;
  }

  private lengthOrNil(buffer: Buffer, at: number, end: number, type: number): number {
    if (type === UNDERSCORE) {
      this.next = at + NIL_BYTES;
      return this.next <= end ? NULL_LENGTH : MORE;
    }
    return type === STAR || type === DOLLAR ? this.readLength(buffer, at + 1, end) : 0;
  }

  /** An error line, whole, in our words if need be, given `times` times. */
  private error(buffer: Buffer, at: number, end: number, times: number): number {
    const newline = buffer.indexOf(LF, at);
    if (newline < 0 || newline >= end) return this.wait();
    const next = newline + 1;
    this.client.copy(buffer, this.from, at);
    this.from = next;
    const { pending } = this;
    const { kind } = pending;
    const name = kind === ReplyKind.named ? pending.takeNamed() : "";
    const call = kind <= ReplyKind.batch || isCall(kind);
    const ofCall = call ? this.errorOfCall(buffer, at, next, kind, name) : Buffer.from(buffer.subarray(at, next));
    const reply = kind === ReplyKind.transaction ? discarded(ofCall) : ofCall;
    for (let given = 0; given < times; given++) this.client.copy(reply, 0, reply.length);
    this.elementsLeft = 0;
    if (isConsumed(kind)) pending.consume();
    else if (kind !== ReplyKind.named) pending.shift();
    this.giveLocals();
    return next;
  }

  private errorOfCall(buffer: Buffer, at: number, end: number, kind: ReplyKind, name: string): Buffer {
    const line = buffer.toString("latin1", at, end);
    this.memoryFull ||= line.startsWith(OUT_OF_MEMORY);
    return callError(line, kind, name, this.libraryLoading);
  }

  private restOfLine(buffer: Buffer, at: number, end: number): number {
    const newline = buffer.indexOf(LF, at);
    this.inLine = newline < 0;
    if (newline < 0) return end;
    this.elementDone(buffer, newline + 1);
    return newline + 1;
  }

  private elementDone(buffer: Buffer, at: number): void {
    if (--this.elementsLeft > 0) return;
    const { pending } = this;
    if (this.unasked) {
      this.unasked = false;
    } else if (this.dropping) {
      this.dropping = false;
      this.from = at;
      pending.consume();
    } else if (pending.kind === ReplyKind.forward || isConsumed(pending.kind)) {
      pending.consume();
    } else if (pending.kind === ReplyKind.named) {
      pending.takeNamed();
    } else {
      this.subscriptions.answered(pending);
    }
    if (!pending.empty && pending.kind === ReplyKind.local) {
      this.giveUpTo(buffer, at);
      this.giveLocals();
    }
  }

  /** Replies that came by the lane are at their turn by the lane's invariant. */
  giveLane(bytes: Buffer, start: number, end: number, count: number): void {
    const replies = this.pending.respThree ? withNullsOfThree(bytes.subarray(start, end)) : bytes.subarray(start, end);
    this.client.copy(replies, 0, replies.length);
    this.pending.consumeLane(count);
    this.giveLocals();
  }

  private giveLocals(): void {
    if (this.pending.empty) return;
    for (const reply of this.pending.takeLocals()) this.client.copy(reply, 0, reply.length);
  }

  /** The number up to CR LF, NULL_LENGTH for -1, or MORE; `next` is after it. */
  private readLength(buffer: Buffer, from: number, end: number): number {
    let at = from;
    let value = 0;
    if (at < end && buffer[at] === MINUS) {
      if (at + 4 > end) return MORE;
      this.next = at + 4;
      return NULL_LENGTH;
    }
    for (; at < end; at++) {
      const byte = buffer[at] as number;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
    }
    if (at + 2 > end) return MORE;
    if (buffer[at] !== CR || at === from) {
      this.failed = true;
      return 0;
    }
    this.next = at + 2;
    return value;
  }
}
