/**
 * Finds where a command ends, in bytes that arrive in pieces, without taking it apart: header lines are read, bodies
 * are stepped over. It can stop anywhere and go on with more bytes. What it accepts and refuses is exactly what
 * Redis 7.0 does (processMultibulkBuffer): server and gateway must see the same commands in the same bytes.
 *
 * On the way it notes what routing needs: where the name is, and whether any argument begins as Meridian's own keys do.
 */
import { gatewayLimits } from "../limits.js";

export const MORE = -1;
export const BROKEN = -2;
/** Redis takes this only of clients that are logged in. */
export const UNPROVEN = -4;

const CR = 13;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const DOLLAR = 36;
const UNREAD = -1;

export class RequestScanner {
  /** Of the command that was, or is being, scanned; offsets into the buffer. */
  start = 0;
  /** -1: the header has not been read. 0 or less is a command of nothing, which gets no reply. */
  argumentCount = 0;
  /** After `*N\r\n`. */
  argumentsStart = 0;
  /** Arguments that are there whole, and where the next one begins. */
  argumentsDone = 0;
  position = 0;
  nameStart = 0;
  nameEnd = 0;
  /** Some argument after the name begins with the root; it may be a key, or just a value. */
  namesRoot = false;
  /** The buffer must reach to here before there is any use in going on. */
  needed = 0;
  problem = "";
  /** The client has not logged in, where that is needed: it may send little. */
  limited = false;

  /** Where readLength stopped. */
  private next = 0;

  constructor(private readonly root: Buffer) {}

  begin(start: number): void {
    this.start = this.position = start;
    this.argumentCount = UNREAD;
    this.argumentsDone = 0;
    this.nameStart = this.nameEnd = 0;
    this.namesRoot = false;
    this.needed = 0;
  }

  /** The bytes moved: what was at `from` is now at `to`. */
  rebase(from: number, to: number): void {
    const moved = to - from;
    this.start += moved;
    this.argumentsStart += moved;
    this.position += moved;
    this.nameStart += moved;
    this.nameEnd += moved;
    this.needed += moved;
  }

  get headerRead(): boolean {
    return this.argumentCount !== UNREAD;
  }

  /** Goes on from where it stopped; the end of the command, or MORE, or BROKEN or UNPROVEN (see `problem`). */
  scan(buffer: Buffer, end: number): number {
    if (this.argumentCount === UNREAD) {
      const result = this.header(buffer, end);
      if (result < 0) return result;
    }
    const { root, argumentCount } = this;
    const rootFirst = root[0];
    let at = this.position;
    let done = this.argumentsDone;
    while (done < argumentCount) {
      if (at >= end) return this.pause(at, done, at + 1);
      if (buffer[at] !== DOLLAR) {
        this.pause(at, done, 0);
        return this.broken(`expected '$', got '${String.fromCharCode(buffer[at] as number)}'`);
      }
      const length = this.readLength(buffer, at + 1, end);
      if (length === MORE) {
        if (end - at <= gatewayLimits.lineBytesMax) return this.pause(at, done, end + 1);
        this.pause(at, done, 0);
        return this.broken("too big bulk count string");
      }
      if (length < 0 || length > gatewayLimits.bulkBytesMax) {
        this.pause(at, done, 0);
        return this.broken("invalid bulk length");
      }
      if (this.limited && length > gatewayLimits.unprovenBulkBytesMax) {
        this.pause(at, done, 0);
        return this.unproven("unauthenticated bulk length");
      }
      const body = this.next;
      if (done === 0) {
        this.nameStart = body;
        this.nameEnd = body + length;
      }
      if (body + length + 2 > end) return this.pause(at, done, body + length + 2);
      if (buffer[body] === rootFirst && done > 0 && length >= root.length) {
        this.namesRoot ||= startsWith(buffer, body, root);
      }
      at = body + length + 2;
      done++;
    }
    this.position = at;
    this.argumentsDone = done;
    return at;
  }

  private pause(at: number, done: number, needed: number): number {
    this.position = at;
    this.argumentsDone = done;
    this.needed = needed;
    return MORE;
  }

  private broken(problem: string): number {
    this.problem = problem;
    return BROKEN;
  }

  private unproven(problem: string): number {
    this.problem = problem;
    return UNPROVEN;
  }

  private header(buffer: Buffer, end: number): number {
    const count = this.readLength(buffer, this.start + 1, end);
    if (count === MORE) {
      this.needed = end + 1;
      return end - this.start <= gatewayLimits.lineBytesMax ? MORE : this.broken("too big mbulk count string");
    }
    if (count === BROKEN || count > gatewayLimits.argumentsMax) return this.broken("invalid multibulk length");
    if (this.limited && count > gatewayLimits.unprovenArgumentsMax) {
      return this.unproven("unauthenticated multibulk length");
    }
    this.argumentCount = count < 0 ? 0 : count;
    this.argumentsStart = this.position = this.next;
    return 0;
  }

  /**
   * The number up to a CR, as Redis's string2ll takes it: no plus, no leading zero, no space. Nothing looks at what
   * follows the CR. Negative numbers (all the same here) are NEGATIVE.
   */
  private readLength(buffer: Buffer, from: number, end: number): number {
    let at = from;
    let value = 0;
    while (at < end) {
      const byte = buffer[at] as number;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
      at++;
    }
    if (at + 1 >= end || buffer[at] !== CR) return this.oddLength(buffer, from, end);
    if (at === from || (buffer[from] === ZERO && at > from + 1)) return BROKEN;
    this.next = at + 2;
    return value;
  }

  private oddLength(buffer: Buffer, from: number, end: number): number {
    const carriageReturn = buffer.subarray(from, end).indexOf(CR);
    if (carriageReturn < 0 || from + carriageReturn + 2 > end) return MORE;
    this.next = from + carriageReturn + 2;
    if (buffer[from] !== MINUS) return BROKEN;
    const digits = buffer.toString("latin1", from + 1, from + carriageReturn);
    return /^[1-9]\d{0,18}$/.test(digits) ? NEGATIVE : BROKEN;
  }
}

const NEGATIVE = -3;

export function startsWith(buffer: Buffer, at: number, prefix: Buffer): boolean {
  for (let index = 0; index < prefix.length; index++) {
    if (buffer[at + index] !== prefix[index]) return false;
  }
  return true;
}
