/**
 * Finds where replies end, in bytes that arrive in pieces, without decoding values. It can stop anywhere and go on with
 * more bytes: what has been looked at is not looked at again.
 */
const LF = 10;
const DOLLAR = 36;
const EQUALS = 61;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const PERCENT = 37;
const TILDE = 126;
const GREATER = 62;

export const MORE = -1;

/** Counts what follows it. Of RESP3: a map, which has two of each; a set, a push. */
export function isAggregate(type: number): boolean {
  return type === STAR || type === PERCENT || type === TILDE || type === GREATER;
}

export class ReplyScanner {
  /** How far into the replies it has looked, or knows that they reach. */
  position = 0;
  private left = 0;
  private integers = false;

  get active(): boolean {
    return this.position > 0 || this.left > 0;
  }

  /** For `count` replies; those of function calls may have integers in the form of a status (`asInteger`). */
  begin(count: number, ofCall: boolean): void {
    this.left = count;
    this.position = 0;
    this.integers = ofCall;
  }

  /** The bytes up to `bytes` are gone: offsets begin there now. */
  rebase(bytes: number): void {
    this.position -= bytes;
  }

  /** Where the replies end that begin at `start`, or MORE. */
  scan(buffer: Buffer, start: number, end: number): number {
    let at = start + this.position;
    let { left } = this;
    while (left > 0) {
      const next = at < end ? lineEnd(buffer, at + 1, end) : MORE;
      if (next === MORE) break;
      const type = buffer[at] as number;
      if (this.integers && type === PLUS) asInteger(buffer, at);
      left--;
      const isLong = type === DOLLAR || type === STAR || type === EQUALS;
      const length = isLong && buffer[at + 1] !== MINUS ? lengthIn(buffer, at + 1) : MORE;
      at = next;
      if (length === MORE) continue;
      if (type === STAR) left += length;
      else at += length + 2;
    }
    this.left = left;
    this.position = at - start;
    if (left > 0 || at > end) return MORE;
    this.position = 0;
    return at;
  }
}

/**
 * A function cannot reply an integer of more than 15 digits, since it counts in floating point: the library replies the
 * digits as a status. No other status begins with a digit or a minus, so one byte makes it the integer that it is.
 * Needs the byte after `at` to be there.
 */
export function asInteger(buffer: Buffer, at: number): void {
  const first = buffer[at + 1] as number;
  if ((first >= ZERO && first <= NINE) || first === MINUS) buffer[at] = COLON;
}

/** After the LF, or MORE. */
function lineEnd(buffer: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) if (buffer[at] === LF) return at + 1;
  return MORE;
}

export function lengthIn(buffer: Buffer, from: number): number {
  let value = 0;
  for (let at = from; ; at++) {
    const byte = buffer[at] as number;
    if (byte < ZERO || byte > NINE) return value;
    value = value * 10 + (byte - ZERO);
  }
}
