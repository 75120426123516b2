/** Life signs of one stream: pings, the round trip that their answers show, and the silence that means death. */
import { linkLimits } from "./limits.js";

export interface HeartbeatHandlers {
  ping(number: number): void;
  /** Once: nothing came for too long. */
  silent(): void;
}

export class Heartbeat {
  /** Of the latest answered ping. */
  roundTripMs: number | null = null;
  private heardAtMs = performance.now();
  private number = 0;
  private sentAtMs = 0;
  private awaited = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly handlers: HeartbeatHandlers) {
    this.timer = setInterval(() => this.beat(), linkLimits.pingEveryMs);
    this.timer.unref();
    queueMicrotask(() => this.beat());
  }

  /** Whatever came in. */
  heard(): void {
    this.heardAtMs = performance.now();
  }

  ponged(number: number): void {
    if (!this.awaited || number !== this.number) return;
    this.awaited = false;
    this.roundTripMs = performance.now() - this.sentAtMs;
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopped = true;
  }

  private stopped = false;

  private beat(): void {
    if (this.stopped) return;
    const now = performance.now();
    if (now - this.heardAtMs > linkLimits.silenceMsMax) {
      this.stop();
      this.handlers.silent();
      return;
    }
    if (!this.awaited) {
      this.number = (this.number + 1) >>> 0;
      [this.awaited, this.sentAtMs] = [true, now];
    }
    this.handlers.ping(this.number); // an unanswered one is repeated: as a sign of life for the other side
  }
}
