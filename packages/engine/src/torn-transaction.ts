/**
 * Cuts a transaction that was torn off by a crash from the end of an append-only file, before a server loads it.
 *
 * A server does so too, but where the tear is within a command it cuts only that command. What is left of the transaction
 * it does not carry out; yet it stays in the file, the next transactions are written behind it, and the load after that
 * takes it for their beginning. So a part of a call that never happened, and may have come again since from another
 * region, would take effect at the second start.
 *
 * What is no append-only file as we know it is left as it is: the server says what is wrong.
 */
import { open, readFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = "appendonlydir";
const MANIFEST = "appendonly.aof.manifest";
const CHUNK_BYTES = 1024 * 1024;
/** No line is longer: a count, a length, a remark. */
const LINE_BYTES_MAX = 64;
const LINE_FEED_BYTES = 2;
const LONGEST_WORD = "MULTI".length;

/** The server of this folder does not run. Returns the number of bytes cut. */
export async function cutTornTransaction(dataDir: string): Promise<number> {
  const name = await newestFile(join(dataDir, FOLDER));
  if (name === undefined) return 0;
  const file = await open(join(dataDir, FOLDER, name), "r+");
  try {
    const { size } = await file.stat();
    const end = await new Scan(file, size).soundEnd();
    if (end === size) return 0;
    await file.truncate(end);
    await file.sync();
    return size - end;
  } finally {
    await file.close();
  }
}

/** The one that the server appends to; undefined where there is none. */
async function newestFile(folder: string): Promise<string | undefined> {
  const manifest = await readFile(join(folder, MANIFEST), "utf8").catch(() => "");
  const names = [...manifest.matchAll(/^file (\S+) seq \d+ type i\b/gm)].map((match) => match[1]!);
  return names.at(-1);
}

const REMARK = code("#");
const ARRAY = code("*");
const TEXT = code("$");
const ZERO = code("0");
const RETURN = code("\r");
const NEW_LINE = code("\n");

function code(character: string): number {
  return character.charCodeAt(0);
}

class Scan {
  private readonly memory = Buffer.alloc(CHUNK_BYTES);
  private chunk = this.memory.subarray(0, 0);
  private chunkAt = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {}

  /** Where the last command or transaction ends that is whole; all of the file where it is none of ours. */
  async soundEnd(): Promise<number> {
    let sound = 0;
    let isWithin = false;
    let isAlone = false;
    /** Texts of the command that are still to come. */
    let left = 0;
    for (let at = 0; at < this.size;) {
      if (this.lacks(at)) await this.load(at);
      const next = this.lineEnd(at);
      if (next === undefined) return at + LINE_BYTES_MAX > this.size ? sound : this.size;
      const mark = this.chunk[at - this.chunkAt];
      if (left === 0 && mark === REMARK) {
        at = next;
      } else if (left === 0) {
        left = mark === ARRAY ? this.numberIn(at + 1, next) : 0;
        if (!(left > 0)) return this.size;
        isAlone = left === 1;
        at = next;
        continue;
      } else {
        const bytes = mark === TEXT ? this.numberIn(at + 1, next) : Number.NaN;
        const to = next + bytes + LINE_FEED_BYTES;
        if (!(to <= this.size)) return Number.isNaN(to) ? this.size : sound;
        if (isAlone) isWithin = this.isWithinAfter(next, bytes, isWithin);
        at = to;
        left--;
      }
      if (left === 0 && !isWithin) sound = at;
    }
    return sound;
  }

  /** Whether a transaction is open behind the command of one word. */
  private isWithinAfter(from: number, bytes: number, isWithin: boolean): boolean {
    if (bytes > LONGEST_WORD) return isWithin;
    const begin = from - this.chunkAt;
    const word = this.chunk.toString("latin1", begin, begin + bytes).toUpperCase();
    return word === "MULTI" || (isWithin && word !== "EXEC");
  }

  /** Behind the line that begins here; undefined where it does not end soon, or within the file. */
  private lineEnd(at: number): number | undefined {
    const from = at - this.chunkAt;
    const to = Math.min(from + LINE_BYTES_MAX, this.chunk.length);
    for (let index = from + 1; index < to; index++) {
      if (this.chunk[index] === NEW_LINE && this.chunk[index - 1] === RETURN) return this.chunkAt + index + 1;
    }
    return undefined;
  }

  /** NaN where the rest of the line is no number. */
  private numberIn(from: number, next: number): number {
    const end = next - LINE_FEED_BYTES - this.chunkAt;
    let number = from - this.chunkAt < end ? 0 : Number.NaN;
    for (let index = from - this.chunkAt; index < end; index++) {
      const digit = this.chunk[index]! - ZERO;
      number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
    }
    return number;
  }

  private lacks(at: number): boolean {
    const end = this.chunkAt + this.chunk.length;
    return at < this.chunkAt || at >= end || (at + LINE_BYTES_MAX > end && end < this.size);
  }

  private async load(at: number): Promise<void> {
    const length = Math.min(CHUNK_BYTES, this.size - at);
    const { bytesRead } = await this.file.read(this.memory, 0, length, at);
    this.chunk = this.memory.subarray(0, bytesRead);
    this.chunkAt = at;
  }
}
