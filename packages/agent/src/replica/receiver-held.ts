/**
 * What has come of origins and has not been applied for a while: it waits for others, for a clock, for memory, for the server.
 *
 * Only this agent knows of it, and its region would still apply it. While it waits, the region is not said to hold all of that
 * region's origins durably, so nobody folds them away in the meantime (folds.ts). All of them, for of the one that waits
 * nothing may be here yet. Two looks at the same head make it held: what is applied at once is never told of.
 */
import { regionOfOrigin, WHOLE, type Vector } from "./vector.js";

interface Waiting {
  readonly origin: string;
  readonly headStamp: number | undefined;
}

export class Held {
  private heads = new Map<string, number>();
  private regions: ReadonlySet<string> = new Set();

  /** True where others are to be told. */
  look(queues: Iterable<Waiting>): boolean {
    const heads = new Map<string, number>();
    for (const { origin, headStamp } of queues) if (headStamp !== undefined) heads.set(origin, headStamp);
    const still = [...heads].filter(([origin, stamp]) => this.heads.get(origin) === stamp);
    const before = this.regions;
    this.regions = new Set(still.map(([origin]) => regionOfOrigin(origin)));
    this.heads = heads;
    return before.size !== this.regions.size || [...this.regions].some((region) => !before.has(region));
  }

  has(region: string): boolean {
    return this.regions.has(region);
  }

  /** What is durable, without the last of each origin of which something is held. */
  lower(durable: Vector): Vector {
    if (this.regions.size === 0) return durable;
    const isHeld = (origin: string): boolean => this.regions.has(regionOfOrigin(origin));
    return new Map(
      [...durable].map(([origin, stamp]) => [
        origin,
        stamp > 0 && stamp !== WHOLE && isHeld(origin) ? stamp - 1 : stamp,
      ]),
    );
  }
}
