/**
 * What a power cut takes of a server: it is killed, and its append-only file ends where it ended some time before. SIGKILL alone
 * takes next to nothing, for the kernel keeps what a killed process has written.
 */
import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";

interface End {
  readonly file: string;
  readonly bytes: number;
  readonly atMs: number;
}

export interface Loss {
  readonly bytes: number;
  /** What was written to the file since then is gone: earlier than was asked for, where nobody could look at the file meanwhile. */
  readonly sinceMs: number;
}

const LOOK_EVERY_MS = 50;
const ENDS_MAX = 100;

export class AppendOnlyFile {
  private readonly ends: End[] = [];
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS);

  /** Looked at from now on. */
  constructor(
    private readonly dataDir: string,
    private readonly kill: () => Promise<void>,
  ) {}

  /** What was written in the last `lostMs` is not on the disk. */
  async powerCut(lostMs: number): Promise<Loss> {
    const killedMs = performance.now();
    await this.kill();
    const then = this.ends.findLast(({ atMs }) => atMs <= killedMs - lostMs);
    const now = this.endNow();
    this.ends.length = 0;
    if (then === undefined || now === undefined || then.file !== now.file) {
      return { bytes: 0, sinceMs: killedMs }; // it was rewritten meanwhile
    }
    truncateSync(then.file, then.bytes);
    return { bytes: now.bytes - then.bytes, sinceMs: then.atMs };
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const end = this.endNow();
    if (end === undefined) return;
    this.ends.push(end);
    if (this.ends.length > ENDS_MAX) this.ends.shift();
  }

  private endNow(): End | undefined {
    const folder = join(this.dataDir, "appendonlydir");
    try {
      const parts = readdirSync(folder).filter((name) => name.endsWith(".incr.aof"));
      const latest = parts.toSorted((a, b) => numberOf(b) - numberOf(a))[0];
      if (latest === undefined) return undefined;
      const file = join(folder, latest);
      return { file, bytes: statSync(file).size, atMs: performance.now() };
    } catch {
      return undefined; // it is being rewritten
    }
  }
}

/** appendonly.aof.12.incr.aof is the 12th. */
function numberOf(name: string): number {
  return Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0);
}
