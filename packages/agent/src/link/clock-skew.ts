/**
 * How far the peer's clock is ahead of ours. A pong tells the peer's time as of some moment between ping and pong; taken
 * for the middle, it is wrong by half the round trip at most. Of the latest round trips the shortest is believed.
 */
import { linkLimits } from "./limits.js";

export interface ClockSkew {
  /** Below 0: it is behind. */
  readonly ms: number;
  /** The most by which that may be wrong. */
  readonly errorMs: number;
}

export class SkewMeter {
  private readonly samples: ClockSkew[] = [];

  /** Both times in Unix ms, ours as of the pong's arrival. */
  sample(roundTripMs: number, theirMs: number, ourMs: number): void {
    const errorMs = roundTripMs / 2;
    this.samples.push({ ms: theirMs + errorMs - ourMs, errorMs });
    if (this.samples.length > linkLimits.clockSamples) this.samples.shift();
  }

  get best(): ClockSkew | null {
    return this.samples.reduce<ClockSkew | null>(
      (best, sample) => (best === null || sample.errorMs <= best.errorMs ? sample : best),
      null,
    );
  }
}
