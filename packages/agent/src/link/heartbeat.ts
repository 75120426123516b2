/**
 * Life signs of one stream: pings, the round trip and the peer's clock that their answers show, and the silence that
 * means death.
 */
import { SkewMeter, type ClockSkew } from "./clock-skew.js";
import { linkLimits } from "./limits.js";

export interface HeartbeatHandlers {
  ping(number: number): void;
  /** Once: nothing came for too long. */
  silent(): void;
  /** The clock of this region's server. */
  serverNowMs(): number | undefined;
}

export class Heartbeat {
  /** Of the latest answered ping. */
  roundTripMs: number | null = null;
  private readonly skew = new SkewMeter();
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

  /** `serverMs`: the clock of the peer's server; 0: not known. */
  ponged(number: number, serverMs: number): void {
    if (!Number.isFinite(serverMs)) throw new RangeError(`a clock that shows ${serverMs}`);
    if (!this.awaited || number !== this.number) return;
    this.awaited = false;
    this.roundTripMs = performance.now() - this.sentAtMs;
    const ourMs = this.handlers.serverNowMs();
    if (serverMs > 0 && ourMs !== undefined) this.skew.sample(this.roundTripMs, serverMs, ourMs);
  }

  /** How far the clock of the peer's server is ahead of ours. */
  get clockSkew(): ClockSkew | null {
    return this.skew.best;
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
