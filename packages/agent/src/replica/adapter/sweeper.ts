/**
 * Logs the expiry of keys that nobody touches: walks the buckets of metadata with the library's `sweep`.
 *
 * A whole cycle takes about 10 s when the server has expired keys since the cycle before, and minutes when not. A
 * call takes a few milliseconds at most: the next one asks for fewer or more buckets by how long this one took.
 */
import type { Engine } from "@meridian/engine";
import { parseInfo } from "./info.js";
import { adapterLimits } from "./limits.js";

const { sweepBuckets, sweepCycleMs, sweepIdleCycleMs, sweepEveryMs, sweepCallMs } = adapterLimits;
const CALLS_A_CYCLE = sweepCycleMs / sweepEveryMs;

export class Sweeper {
  private timer: NodeJS.Timeout | undefined;
  private cursor = "0";
  private buckets: number = Math.ceil(sweepBuckets / CALLS_A_CYCLE);
  private expiredKeys = "";
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
    let pauseMs: number = sweepEveryMs;
    try {
      pauseMs = this.cursor === "0" && !(await this.isDue()) ? sweepCycleMs / 10 : await this.sweep();
    } catch (error) {
      this.cursor = "0";
      pauseMs = sweepCycleMs / 10;
      if (!this.stopped) this.onFailure(error);
    }
    this.later(pauseMs);
  }

  private cycleEndedAtMs = Number.NEGATIVE_INFINITY;

  /** Whether a new cycle begins: something expired since the last one began, or that was long ago. */
  private async isDue(): Promise<boolean> {
    const expired = parseInfo(await this.engine.redis.info("stats")).get("expired_keys") ?? "";
    const idle = expired === this.expiredKeys && this.removed === 0;
    if (idle && performance.now() - this.cycleEndedAtMs < sweepIdleCycleMs) return false;
    this.expiredKeys = expired;
    this.removed = 0;
    return true;
  }

  private async sweep(): Promise<number> {
    const startedMs = performance.now();
    const reply = await this.engine.call("sweep", this.cursor, String(this.buckets));
    const tookMs = performance.now() - startedMs;
    const [next, removed] = reply as [string, number];
    this.cursor = String(next);
    this.removed += Number(removed);
    if (this.cursor === "0") this.cycleEndedAtMs = performance.now();
    const fair = Math.ceil(sweepBuckets / CALLS_A_CYCLE);
    this.buckets = tookMs > sweepCallMs ? Math.max(1, this.buckets >> 1) : Math.min(fair, this.buckets * 2);
    return Math.min(sweepEveryMs, (sweepEveryMs * this.buckets) / fair + tookMs); // fewer buckets, more often
  }
}
