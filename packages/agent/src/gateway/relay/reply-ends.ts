/**
 * Finds where one reply ends, in bytes of RESP2 or RESP3 that arrive in pieces; nothing is held and no value decoded. A message
 * of RESP3 that nobody asked for (`>`) is found in the same way.
 */
const LF = 10;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const BULKS: readonly number[] = [..."$=!"].map((type) => type.charCodeAt(0));
const LISTS: readonly number[] = [..."*~>"].map((type) => type.charCodeAt(0));
const MAP = 37;
const ATTRIBUTE = 124;

export class ReplyEnds {
  /** The reply at hand is whole: the next call begins another one. */
  done = true;
  /** The byte that the reply at hand began with. */
  type = 0;
  private left = 0;
  private body = 0;
  private inLine = false;
  private lineType = 0;
  private length = 0;
  private negative = false;

  /** Where the reply at hand ends, or `end` where it is not there whole (`done` says which). */
  take(buffer: Buffer, from: number, end: number): number {
    let at = from;
    if (this.done) {
      this.done = false;
      this.left = 1;
      this.type = buffer[at] as number;
    }
    while (at < end) {
      if (this.body > 0) {
        const step = Math.min(this.body, end - at);
        this.body -= step;
        at += step;
        if (this.body > 0) return at;
        this.left--;
      } else if (this.inLine) {
        at = this.line(buffer, at, end);
        if (this.inLine) return at;
      } else {
        this.lineType = buffer[at] as number;
        this.inLine = true;
        this.length = 0;
        this.negative = false;
        at++;
        continue;
      }
      if (this.left === 0 && this.body === 0) {
        this.done = true;
        return at;
      }
    }
    return at;
  }

  /** The rest of a header or line. */
  private line(buffer: Buffer, from: number, end: number): number {
    const newline = buffer.indexOf(LF, from);
    const stop = newline < 0 || newline >= end ? end : newline;
    for (let at = from; at < stop; at++) {
      const byte = buffer[at] as number;
      if (byte === MINUS) this.negative = true;
      else if (byte >= ZERO && byte <= NINE) this.length = this.length * 10 + byte - ZERO;
      else break;
    }
    if (stop === end) return end;
    this.inLine = false;
    this.element();
    return stop + 1;
  }

  private element(): void {
    const { lineType, length } = this;
    if (BULKS.includes(lineType) && !this.negative) {
      this.body = length + 2;
      return;
    }
    const inner = this.negative ? 0 : length;
    if (lineType === ATTRIBUTE) {
      this.left += 2 * inner; // the reply that it is about follows
      return;
    }
    this.left--;
    if (LISTS.includes(lineType)) this.left += inner;
    if (lineType === MAP) this.left += 2 * inner;
  }
}
