/**
 * Logs the expiry of keys that nobody touches: walks the buckets of metadata with the library's `sweep`.
 *
 * A whole cycle takes about 10 s when the server has expired keys since the cycle before; else one begins only every
 * few minutes, and takes a minute. Where a call takes longer than a few milliseconds, because the server is busy or the
 * buckets are full, the next asks for fewer, and the cycle takes longer.
 */
import type { Engine } from "@meridian/engine";
import { parseInfo } from "./info.js";
import { adapterLimits } from "./limits.js";

const { sweepBuckets, sweepCycleMs, sweepIdleCycleMs, sweepIdleEveryMs, sweepEveryMs, sweepCallMs } = adapterLimits;
/** Buckets of one call, for a cycle of 10 s. */
const FULL = Math.ceil((sweepBuckets * sweepEveryMs) / sweepCycleMs);
const LEAST = Math.ceil(FULL / 8);

export class Sweeper {
  private timer: NodeJS.Timeout | undefined;
  private cursor = "0";
  private buckets: number = FULL;
  private expiredKeys = "0";
  private expiredBefore = "0";
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private isQuick = false;
  private cycleEndedAtMs = Number.NEGATIVE_INFINITY;
  private removed = 0;
  private stopped = false;

  constructor(
    private readonly engine: Engine,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.later(sweepEveryMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private later(pauseMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.step(), pauseMs);
    this.timer.unref();
  }

  private async step(): Promise<void> {
    let pauseMs: number = sweepIdleEveryMs;
    try {
      if (performance.now() - this.lookedAtMs >= sweepIdleEveryMs) await this.look();
      if (this.cursor !== "0" || this.begins()) pauseMs = await this.sweep();
    } catch (error) {
      this.cursor = "0";
      if (!this.stopped) this.onFailure(error);
    }
    this.later(pauseMs);
  }

  private async look(): Promise<void> {
    this.lookedAtMs = performance.now();
    this.expiredKeys = parseInfo(await this.engine.redis.info("stats")).get("expired_keys") ?? "0";
  }

  /** Something has expired since the cycle began, or the one before it had found some. */
  private get isUrgent(): boolean {
    return this.removed > 0 || this.expiredKeys !== this.expiredBefore;
  }

  /** Whether a new cycle does. */
  private begins(): boolean {
    if (!this.isUrgent && performance.now() - this.cycleEndedAtMs < sweepIdleCycleMs) return false;
    this.isQuick = this.isUrgent;
    this.expiredBefore = this.expiredKeys;
    this.removed = 0;
    return true;
  }

  /** One call; how long to wait before the next. */
  private async sweep(): Promise<number> {
    const startedMs = performance.now();
    const reply = await this.engine.call("sweep", this.cursor, String(this.buckets));
    const tookMs = performance.now() - startedMs;
    const [next, removed] = reply as [string, number];
    this.cursor = String(next);
    this.removed += Number(removed);
    if (this.cursor === "0") this.cycleEndedAtMs = performance.now();
    this.buckets = tookMs > sweepCallMs ? Math.max(LEAST, this.buckets >> 1) : Math.min(FULL, this.buckets * 2);
    return this.isQuick || this.isUrgent ? sweepEveryMs : sweepEveryMs * 6;
  }
}
