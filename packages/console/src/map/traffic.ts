/**
 * Operations as dots that travel along links. Pure: time and rates in, where each dot is out.
 *
 * 1. A link sends dots in proportion to its operations a second, so links compare at a glance. One dot is one operation,
 *    or 10, 100... when there are too many to be seen; the picture says which.
 * 2. A dot takes as long as the link's way takes, slowed down by one factor for all: a link that is twice as long looks so.
 */
import { limits } from "../limits.js";

export interface Lane {
  id: string;
  operationsPerSecond: number;
  /** One way. */
  delayMs: number;
}

export interface Dot {
  lane: string;
  /** From 0 to 1. */
  share: number;
}

/** A way of 40 ms is drawn as one second. */
const SLOWED = 25;
const TRAVEL_MS = { min: 500, max: 3_500 };

export function travelMs(delayMs: number): number {
  return Math.min(TRAVEL_MS.max, Math.max(TRAVEL_MS.min, delayMs * SLOWED));
}

/** How many operations one dot stands for: a power of ten. */
export function dotWorth(lanes: readonly Lane[]): number {
  const total = lanes.reduce((sum, { operationsPerSecond }) => sum + operationsPerSecond, 0);
  return 10 ** Math.max(0, Math.ceil(Math.log10(Math.max(1, total) / limits.dotsPerSecondMax)));
}

export class Traffic {
  private lanes: readonly Lane[] = [];
  private worth = 1;
  private readonly due = new Map<string, number>();
  private flying: { lane: string; startMs: number; ms: number }[] = [];
  private lastMs: number | undefined;

  setLanes(lanes: readonly Lane[]): void {
    this.lanes = lanes;
    this.worth = dotWorth(lanes);
    const known = new Set(lanes.map(({ id }) => id));
    this.flying = this.flying.filter(({ lane }) => known.has(lane));
  }

  /** All that are on their way at this time, which only moves on. */
  at(nowMs: number): Dot[] {
    const pastMs = Math.min(200, Math.max(0, nowMs - (this.lastMs ?? nowMs)));
    this.lastMs = nowMs;
    for (const { id, operationsPerSecond, delayMs } of this.lanes) {
      const due = (this.due.get(id) ?? 0.5) + (operationsPerSecond / this.worth) * (pastMs / 1_000);
      this.due.set(id, due % 1);
      // Several at once would lie upon each other: one a frame is as many as can be seen.
      if (due >= 1) this.flying.push({ lane: id, startMs: nowMs, ms: travelMs(delayMs) });
    }
    this.flying = this.flying.filter(({ startMs, ms }) => nowMs - startMs < ms);
    return this.flying.map(({ lane, startMs, ms }) => ({ lane, share: (nowMs - startMs) / ms }));
  }
}
