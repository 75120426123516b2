/** A command in a buffer, or one within another's arguments: where its arguments lie, without taking them out. */
import type { CommandArguments } from "../commands/command-arguments.js";

const CR = 13;

export class CommandView implements CommandArguments {
  private constructor(
    readonly buffer: Buffer,
    /** Of each argument where its header begins, and its body's two ends. */
    private readonly bounds: readonly number[],
    private readonly from: number,
    readonly count: number,
    /** Where its own header begins; -1: it has none. */
    private readonly start = -1,
  ) {}

  /** A command that begins at `header`; its `count` arguments, which are there whole, at `start`. */
  static of(buffer: Buffer, header: number, start: number, count: number): CommandView {
    const bounds: number[] = [];
    let at = start;
    for (let index = 0; index < count; index++) {
      const from = at;
      let length = 0;
      for (at++; buffer[at] !== CR; at++) length = length * 10 + (buffer[at] as number) - 48;
      bounds.push(from, at + 2, at + 2 + length);
      at += length + 4;
    }
    return new CommandView(buffer, bounds, 0, count, header);
  }

  bytes(index: number): Buffer {
    const at = (this.from + index) * 3;
    return this.buffer.subarray(this.bounds[at + 1], this.bounds[at + 2]);
  }

  text(index: number): string {
    const at = (this.from + index) * 3;
    return this.buffer.toString("latin1", this.bounds[at + 1], this.bounds[at + 2]);
  }

  word(index: number): string {
    return index < this.count ? this.text(index).toLowerCase() : "";
  }

  /** Arguments of it as a command of their own. */
  part(from: number, count = this.count - from): CommandView {
    return new CommandView(this.buffer, this.bounds, this.from + from, count);
  }

  /** The bytes of arguments, as they came. */
  piece(from: number, count = this.count - from): Buffer {
    if (count <= 0) return this.buffer.subarray(0, 0);
    const start = this.bounds[(this.from + from) * 3];
    return this.buffer.subarray(start, (this.bounds[(this.from + from + count - 1) * 3 + 2] as number) + 2);
  }

  /** All of it, as it came. */
  get whole(): Buffer {
    if (this.start < 0) return Buffer.concat([Buffer.from(`*${this.count}\r\n`), this.piece(0)]);
    return this.buffer.subarray(this.start, (this.bounds[(this.from + this.count - 1) * 3 + 2] as number) + 2);
  }

  /** Where its name lies. */
  get nameStart(): number {
    return this.bounds[this.from * 3 + 1] as number;
  }
  get nameEnd(): number {
    return this.bounds[this.from * 3 + 2] as number;
  }
}
