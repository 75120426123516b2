/**
 * One direction of an emulated WAN connection: each chunk goes out so long after it came in as is said of it then.
 *
 * 1. Order is kept: one queue, and nothing is due before what came in before it.
 * 2. Back-pressure is kept both ways: a full queue stops reading, and a receiver that doesn't read stops writing.
 * 3. Bytes are not throttled: the queue holds what a 1 Gbit/s link has in flight.
 */
import type { Socket } from "node:net";

interface Delayed {
  /** Null: the sender has ended. */
  chunk: Buffer | null;
  dueMs: number;
}

export class DelayPipe {
  private readonly queue: Delayed[] = [];
  private head = 0;
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private isBlocked = false;
  private lastDueMs = 0;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly delayMs: (bytes: number) => number,
    private readonly bytesMax: number,
  ) {
    from.on("data", (chunk: Buffer) => this.take(chunk));
    from.on("end", () => this.take(null));
    to.on("drain", () => {
      this.isBlocked = false;
      this.flush();
    });
  }

  stop(): void {
    clearTimeout(this.timer);
    this.queue.length = 0;
    this.head = 0;
  }

  private take(chunk: Buffer | null): void {
    const dueMs = performance.now() + this.delayMs(chunk?.length ?? 0);
    this.lastDueMs = Math.max(this.lastDueMs, dueMs);
    this.queue.push({ chunk, dueMs: this.lastDueMs });
    this.bytes += chunk?.length ?? 0;
    if (this.bytes > this.bytesMax) this.from.pause();
    if (this.timer === undefined && !this.isBlocked) this.flush();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.to.destroyed) return;
    const nowMs = performance.now();
    this.to.cork();
    while (!this.isBlocked && this.head < this.queue.length) {
      const next = this.queue[this.head];
      if (next === undefined || next.dueMs > nowMs) break;
      this.head++;
      this.release(next.chunk);
    }
    this.to.uncork();
    this.compact();
    if (this.from.isPaused() && this.bytes < this.bytesMax / 2) this.from.resume();
    const waiting = this.queue[this.head];
    if (waiting !== undefined && !this.isBlocked) {
      this.timer = setTimeout(() => this.flush(), Math.max(1, Math.ceil(waiting.dueMs - nowMs)));
    }
  }

  private release(chunk: Buffer | null): void {
    if (chunk === null) {
      this.to.end();
      return;
    }
    this.bytes -= chunk.length;
    this.isBlocked = !this.to.write(chunk);
  }

  private compact(): void {
    if (this.head < this.queue.length && this.head < 1024) return;
    this.queue.splice(0, this.head);
    this.head = 0;
  }
}
