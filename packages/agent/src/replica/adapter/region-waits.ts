/**
 * Who waits until other regions hold what was written here: WAIT. A region holds it when it has acknowledged our log up to
 * where the log ended when the waiting began; that it is cut off since then changes nothing.
 */
import type { Engine } from "@meridian/engine";
import { stampIn, type Vector } from "../vector.js";
import { readState } from "./server-calls.js";

export interface RegionWait {
  /** So many other regions are enough. */
  readonly regions: number;
  /** 0: for ever. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly origin: string;
  readonly stamp: number;
  readonly regions: number;
  readonly end: (count: number) => void;
}

const TIMER_MS_MAX = 2 ** 31 - 1;

export class RegionWaits {
  private readonly all = new Set<Waiting>();

  constructor(
    private readonly engine: Engine,
    private readonly peers: () => readonly string[],
    /** What the peer has acknowledged; undefined: it was never heard of. */
    private readonly heldBy: (peer: string) => Vector | undefined,
  ) {}

  /**
   * How many other regions hold all that was written here before the call: as soon as they are enough, or when the time is
   * over, or the signal given. Rejects where the server doesn't say where its log ends.
   */
  async wait({ regions, timeoutMs }: RegionWait, signal: AbortSignal): Promise<number> {
    const untilMs = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
    const { ownOrigin, vector } = await readState(this.engine);
    const stamp = stampIn(vector, ownOrigin);
    const held = this.count(ownOrigin, stamp);
    if (held >= regions || signal.aborted || performance.now() >= untilMs) return held;
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const end = (count: number): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        this.all.delete(waiting);
        resolve(count);
      };
      const waiting: Waiting = { origin: ownOrigin, stamp, regions, end };
      const giveUp = (): void => end(this.count(ownOrigin, stamp));
      const arm = (): void => {
        if (untilMs === Infinity) return;
        const leftMs = Math.ceil(untilMs - performance.now());
        timer = setTimeout(() => (leftMs > TIMER_MS_MAX ? arm() : giveUp()), Math.min(leftMs, TIMER_MS_MAX));
      };
      this.all.add(waiting);
      signal.addEventListener("abort", giveUp, { once: true });
      arm();
    });
  }

  /** Some region may hold more than before. */
  progressed(): void {
    for (const { origin, stamp, regions, end } of this.all) {
      const held = this.count(origin, stamp);
      if (held >= regions) end(held);
    }
  }

  /** Everybody gets what there is. */
  stop(): void {
    for (const { origin, stamp, end } of this.all) end(this.count(origin, stamp));
  }

  private count(origin: string, stamp: number): number {
    let held = 0;
    for (const peer of this.peers()) {
      const vector = this.heldBy(peer);
      if (vector !== undefined && stampIn(vector, origin) >= stamp) held++;
    }
    return held;
  }
}
