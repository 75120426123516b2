/** The bytes of the one command that has not come whole, or must wait, at the front of a buffer of their own. */
const NOTHING = Buffer.alloc(0);
const BYTES_MIN = 1024;

export class HeldBytes {
  buffer: Buffer = NOTHING;
  length = 0;

  /** These bytes, and nothing else, are held from now on. */
  keep(source: Buffer, start: number, end: number): void {
    if (start >= end) {
      this.clear();
      return;
    }
    this.buffer = Buffer.allocUnsafeSlow(Math.max(end - start, BYTES_MIN));
    this.length = source.copy(this.buffer, 0, start, end);
  }

  /** `needed`: how many bytes the command is known to have, so that a large one is not copied often. */
  add(chunk: Buffer, needed: number): void {
    const total = this.length + chunk.length;
    if (total > this.buffer.length) {
      const doubled = 2 * this.buffer.length;
      const grown = Buffer.allocUnsafeSlow(Math.max(total, needed > total ? Math.min(doubled, needed) : doubled));
      this.buffer.copy(grown, 0, 0, this.length);
      this.buffer = grown;
    }
    chunk.copy(this.buffer, this.length);
    this.length = total;
  }

  clear(): void {
    this.buffer = NOTHING;
    this.length = 0;
  }
}
