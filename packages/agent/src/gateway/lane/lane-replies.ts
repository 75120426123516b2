/**
 * The way back of the lane: gives each client the replies that it is owed, byte for byte, in the order in which they were
 * asked for.
 *
 * Held: the replies to one client that have not come whole. A read's reply of more than `laneReplyBytesMax` is not held
 * or passed on but dropped as it comes, and its client told to ask for it again over its own connection, where a client that
 * reads slowly slows down nobody else. (Rejected: passing it on as it comes. A client that does not read would either stop the
 * lane for everyone, or have a value of any size wait here.)
 */
import { errorReply } from "../errors.js";
import { gatewayLimits } from "../limits.js";
import { FUNCTION_MISSING } from "../replies/call-errors.js";
import { lengthIn, MORE, ReplyScanner } from "../replies/reply-scanner.js";

const OUT_OF_MEMORY = Buffer.from("-OOM ");
const LOGIN_NEEDED = "-NOAUTH ";

const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const LF = 10;
const NOTHING = Buffer.alloc(0);

export interface LaneClient {
  /** The next `count` replies, whole; the bytes are lent. */
  onLaneReplies(bytes: Buffer, start: number, end: number, count: number): void;
  /** The reply to the client's read is too large for the lane. */
  onLaneReadTooLarge(): void;
  onLaneLost(): void;
}

/** What was sent together: who is owed how many replies, in order. Those of a call are in one array. */
export interface LaneGroup {
  readonly call: boolean;
  readonly clients: LaneClient[];
  readonly counts: number[];
  replies: number;
}

export class LaneReplies {
  /** The server has let us in. */
  greeted = false;
  /** The server asks for a login. */
  refused = false;
  answeredGreeting = false;

  private readonly groups: LaneGroup[] = [];
  /** The group at hand is the first; its clients before this one have their replies. */
  private index = 0;
  /** Its array's header has been read, if it has one. */
  private headerDone = false;
  private readonly scanner = new ReplyScanner();
  /** The reply at hand is dropped. */
  private dropping = false;
  private held: Buffer = NOTHING;
  /** The server refused a call for its memory; the lane takes note and clears it. */
  memoryFull = false;
  private readonly libraryLoading = errorReply("libraryLoading");

  /** The greeting is said again. */
  greetAgain(): void {
    this.answeredGreeting = false;
  }

  expect(group: LaneGroup): void {
    this.groups.push(group);
  }

  /** Nothing more will come: returns what is owed. */
  reset(): LaneGroup[] {
    const owed = this.groups.splice(0);
    const [first] = owed;
    first?.clients.splice(0, this.index + (this.dropping ? 1 : 0));
    this.index = 0;
    this.headerDone = this.dropping = this.greeted = this.answeredGreeting = false;
    this.refused = false;
    this.scanner.begin(0, false);
    this.held = NOTHING;
    return owed;
  }

  /** `chunk` belongs to the caller again when this returns. False: the server does not speak as it should. */
  feed(chunk: Buffer): boolean {
    const buffer = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    this.held = NOTHING;
    let at = 0;
    while (at < buffer.length) {
      const next = this.step(buffer, at);
      if (next === MORE) break;
      if (next === OUT_OF_FORM) return false;
      at = next;
    }
    if (at < buffer.length) this.hold(buffer, at);
    return true;
  }

  /** One client's replies, or a header. */
  private step(buffer: Buffer, at: number): number {
    const [group] = this.groups;
    if (!this.answeredGreeting) return this.greeting(buffer, at);
    if (group === undefined) return OUT_OF_FORM;
    if (group.call && !this.headerDone) return this.header(group, buffer, at);
    const { scanner } = this;
    const count = group.counts[this.index] as number;
    if (!scanner.active) scanner.begin(count, group.call);
    const end = scanner.scan(buffer, at, buffer.length);
    if (end === MORE) return MORE;
    const client = group.clients[this.index] as LaneClient;
    if (++this.index === group.clients.length) this.nextGroup();
    if (this.dropping) this.dropping = false;
    else if (!group.call && end - at > gatewayLimits.laneReplyBytesMax) client.onLaneReadTooLarge();
    else client.onLaneReplies(buffer, at, end, count);
    return end;
  }

  private nextGroup(): void {
    this.groups.shift();
    this.index = 0;
    this.headerDone = false;
  }

  /** Anything but a PONG, such as that a password is needed, and the lane stays unused. */
  private greeting(buffer: Buffer, at: number): number {
    const newline = buffer.indexOf(LF, at);
    if (newline < 0) return MORE;
    this.answeredGreeting = true;
    this.greeted = buffer[at] === PLUS;
    this.refused = buffer.toString("latin1", at, at + LOGIN_NEEDED.length) === LOGIN_NEEDED;
    return newline + 1;
  }

  /** The array around the replies to a call; an error in its place is everybody's. */
  private header(group: LaneGroup, buffer: Buffer, at: number): number {
    const newline = buffer.indexOf(LF, at);
    if (newline < 0) return MORE;
    if (buffer[at] === MINUS) {
      const missing = buffer.toString("latin1", at, at + FUNCTION_MISSING.length) === FUNCTION_MISSING;
      const error = missing ? this.libraryLoading : Buffer.from(buffer.subarray(at, newline + 1));
      this.memoryFull ||= error.subarray(0, OUT_OF_MEMORY.length).equals(OUT_OF_MEMORY);
      this.nextGroup();
      for (const [index, client] of group.clients.entries()) {
        const count = group.counts[index] as number;
        const all = Buffer.concat(Array.from({ length: count }, () => error));
        client.onLaneReplies(all, 0, all.length, count);
      }
      return newline + 1;
    }
    if (buffer[at] !== STAR || lengthIn(buffer, at + 1) !== group.replies) return OUT_OF_FORM;
    this.headerDone = true;
    return newline + 1;
  }

  /** From `at` on the replies at hand, which are not there whole. */
  private hold(buffer: Buffer, at: number): void {
    const [group] = this.groups;
    const { scanner } = this;
    if (group !== undefined && !group.call && !this.dropping && scanner.position > gatewayLimits.laneReplyBytesMax) {
      this.dropping = true;
      (group.clients[this.index] as LaneClient).onLaneReadTooLarge();
    }
    let from = at;
    if (this.dropping) {
      from = Math.min(buffer.length, at + scanner.position);
      scanner.rebase(from - at);
    }
    if (from < buffer.length) this.held = Buffer.from(buffer.subarray(from));
  }
}

const OUT_OF_FORM = -2;
