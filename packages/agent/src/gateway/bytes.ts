/**
 * Output, put together without an object per command: small pieces are copied into a slab, one after the other; large
 * ones stay where they are. A slab's bytes are handed out once and never written again, so whoever holds a part of it
 * (a socket that could not write yet) is safe.
 */
import { gatewayLimits } from "./limits.js";

/** Below this many bytes a loop beats the native copy, which makes a view first. */
const LOOP_BYTES_MAX = 64;

/** One for all clients of a gateway: it is used within one event, start to end. */
export class Slab {
  buffer: Buffer = Buffer.allocUnsafeSlow(gatewayLimits.slabBytes);
  used = 0;

  reserve(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    this.buffer = Buffer.allocUnsafeSlow(gatewayLimits.slabBytes);
    this.used = 0;
  }
}

export class Outbox {
  private readonly parts: Buffer[] = [];
  private slabBuffer: Buffer;
  /** The bytes of the slab that are ours and not yet a part; two outboxes may take turns on one slab. */
  private slabStart = -1;
  private slabEnd = -1;
  bytes = 0;

  constructor(private readonly slab: Slab) {
    this.slabBuffer = slab.buffer;
  }

  get empty(): boolean {
    return this.bytes === 0;
  }

  /** Bytes of `source` that the caller gives away: nobody changes them any more. */
  append(source: Buffer, start: number, end: number): void {
    if (end <= start) return;
    this.bytes += end - start;
    if (end - start > gatewayLimits.copyBytesMax || (end - start === source.length && this.bytes === source.length)) {
      this.closeSlabPart();
      this.parts.push(start === 0 && end === source.length ? source : source.subarray(start, end));
      return;
    }
    this.copyIn(source, start, end);
  }

  /** Bytes of `source` that will be overwritten when this event is over. */
  copy(source: Buffer, start: number, end: number): void {
    if (end <= start) return;
    this.bytes += end - start;
    if (end - start > gatewayLimits.copyBytesMax) {
      this.closeSlabPart();
      const own = Buffer.allocUnsafeSlow(end - start);
      source.copy(own, 0, start, end);
      this.parts.push(own);
      return;
    }
    this.copyIn(source, start, end);
  }

  /** The header of an array or command: `*5\r\n`. */
  count(value: number): void {
    const line = cachedLine(countLines, value, countOf);
    this.copy(line, 0, line.length);
  }

  /** A number as an argument: `$1\r\n5\r\n`. */
  numberArgument(value: number): void {
    const line = cachedLine(numberLines, value, bulkOf);
    this.copy(line, 0, line.length);
  }

  /** Everything goes to the end of another outbox. */
  moveTo(other: Outbox): void {
    this.closeSlabPart();
    other.closeSlabPart();
    other.parts.push(...this.parts);
    other.bytes += this.bytes;
    this.clear();
  }

  clear(): void {
    this.closeSlabPart();
    this.parts.length = 0;
    this.bytes = 0;
  }

  /** Hands everything to `write`, nearly always as one piece. */
  drainTo(socket: { write(part: Buffer): boolean; cork(): void; uncork(): void }): void {
    this.closeSlabPart();
    const { parts } = this;
    this.bytes = 0;
    if (parts.length === 1) {
      const only = parts[0] as Buffer;
      parts.length = 0;
      socket.write(only);
      return;
    }
    socket.cork();
    for (const part of parts) socket.write(part);
    parts.length = 0;
    socket.uncork();
  }

  private copyIn(source: Buffer, start: number, end: number): void {
    const { slab } = this;
    const length = end - start;
    const contiguous = slab.used === this.slabEnd && slab.buffer === this.slabBuffer;
    if (!contiguous || slab.used + length > slab.buffer.length) {
      this.closeSlabPart();
      slab.reserve(length);
      this.slabBuffer = slab.buffer;
      this.slabStart = slab.used;
    }
    copyBytes(source, start, end, slab.buffer, slab.used);
    slab.used += length;
    this.slabEnd = slab.used;
  }

  private closeSlabPart(): void {
    if (this.slabEnd > this.slabStart) {
      this.parts.push(this.slabBuffer.subarray(this.slabStart, this.slabEnd));
    }
    this.slabStart = this.slabEnd = -1;
  }
}

function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > LOOP_BYTES_MAX) {
    source.copy(target, at, start, end);
    return;
  }
  for (let from = start, to = at; from < end; from++, to++) target[to] = source[from] as number;
}

const CACHED_LINES = 1024;
const countLines: Buffer[] = [];
const numberLines: Buffer[] = [];

const countOf = (value: number): string => `*${value}\r\n`;
const bulkOf = (value: number): string => `$${String(value).length}\r\n${value}\r\n`;

function cachedLine(lines: Buffer[], value: number, text: (value: number) => string): Buffer {
  if (value >= CACHED_LINES) return Buffer.from(text(value));
  return (lines[value] ??= Buffer.from(text(value)));
}
