/**
 * Takes what a node says apart into whole replies, of RESP2 and RESP3, without decoding them. It can stop anywhere and go on
 * with more bytes; what has been looked at is not looked at again.
 */
import { HeldBytes } from "../requests/held-bytes.js";

const LF = 10;
const MINUS = 45;
const TYPES = { body: "$=!", line: "+-:_,#(", array: "*~>", map: "%", attribute: "|" } as const;
const BODY = codes(TYPES.body);
const LINE = codes(TYPES.line);
const ARRAY = codes(TYPES.array);
const MAP = codes(TYPES.map);
const ATTRIBUTE = codes(TYPES.attribute);

export class ReplyReader {
  /** The bytes are no replies. */
  failed = false;
  private readonly held = new HeldBytes();
  /** How far the reply at hand is known, from its start. */
  private position = 0;
  private left = 1;
  private needed = 0;

  /** `chunk` is lent; what `onReply` gets is its own. */
  feed(chunk: Buffer, onReply: (reply: Buffer) => void): void {
    const { held } = this;
    if (held.length === 0) this.take(Buffer.from(chunk), chunk.length, onReply);
    else {
      held.add(chunk, this.needed);
      if (held.length >= this.needed) this.take(held.buffer, held.length, onReply);
    }
  }

  private take(buffer: Buffer, end: number, onReply: (reply: Buffer) => void): void {
    let start = 0;
    while (start < end && !this.failed) {
      const at = this.scan(buffer, start, end);
      if (this.left > 0) break;
      this.position = this.needed = 0;
      this.left = 1;
      onReply(buffer.subarray(start, at));
      start = at;
    }
    if (start === end) this.held.clear();
    else if (buffer !== this.held.buffer || start > 0) this.held.keep(buffer, start, end);
  }

  private scan(buffer: Buffer, start: number, end: number): number {
    let at = start + this.position;
    let { left } = this;
    this.needed = 0;
    while (left > 0) {
      const newline = at < end ? buffer.indexOf(LF, at) : -1;
      if (newline < 0 || newline >= end) break;
      const type = buffer[at] as number;
      const next = newline + 1;
      if (LINE.has(type)) {
        left--;
        at = next;
        continue;
      }
      const length = buffer[at + 1] === MINUS ? -1 : Number(buffer.toString("latin1", at + 1, newline));
      if (!Number.isSafeInteger(length)) this.failed = true;
      if (BODY.has(type)) {
        const bodyEnd = length < 0 ? next : next + length + 2;
        if (bodyEnd > end) {
          this.needed = bodyEnd - start;
          break;
        }
        left--;
        at = bodyEnd;
        continue;
      }
      if (ARRAY.has(type)) left += Math.max(length, 0) - 1;
      else if (MAP.has(type)) left += 2 * length - 1;
      else if (ATTRIBUTE.has(type)) left += 2 * length;
      else this.failed = true;
      if (this.failed) break;
      at = next;
    }
    this.left = left;
    this.position = at - start;
    return at;
  }
}

/** The elements of an array, or of a set or map; undefined where it is none. */
export function elementsOf(reply: Buffer): Buffer[] | undefined {
  const type = reply[0] as number;
  if (!(ARRAY.has(type) || MAP.has(type)) || reply[1] === MINUS) return undefined;
  const found: Buffer[] = [];
  new ReplyReader().feed(reply.subarray(reply.indexOf(LF) + 1), (element) => found.push(element));
  return found;
}

export function arrayOf(elements: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`*${elements.length}\r\n`), ...elements]);
}

export function isError(reply: Buffer): boolean {
  return reply[0] === MINUS;
}

/** Of a bulk string; undefined where it is none. */
export function textOf(reply: Buffer): string | undefined {
  return reply[0] === 36 && reply[1] !== MINUS
    ? reply.toString("latin1", reply.indexOf(LF) + 1, reply.length - 2)
    : undefined;
}

function codes(text: string): ReadonlySet<number> {
  return new Set(Buffer.from(text));
}
