/**
 * What follows from the needs of one kind of data: the words that conditions are about, and the numbers that texts are filled
 * with. A way between two regions is taken as half their round trip.
 */
import { adviseLimits } from "./limits.js";
import type { DataNeeds, Needs, RoundTrip } from "./needs.js";

/** now: a read has to show the last write of any region; soon: copies do, an expiry doesn't; later: both do. */
export type Freshness = "now" | "soon" | "later";
/** Whether a request may wait for the region in the middle; unknown: nobody said. */
export type Reach = "near" | "far" | "unknown";

export interface Facts extends Pick<DataNeeds, "kind" | "readsPercent" | "lostWrites" | "writtenIn"> {
  budget: Needs["budget"];
  regionCount: number;
  freshness: Freshness;
  reach: Reach;
  /** The region that is least far from the one that is farthest from it. */
  centre: string;
  /** From the farthest region to the centre and back. */
  centreMs: number;
  /** The longest of all round trips. */
  farthestMs: number;
  /** From a write until every other region shows it, at the earliest. */
  copyMs: number;
  /** `WAIT 1` in the region for which it takes longest, and in the centre. */
  waitMs: number;
  centreWaitMs: number;
  /** A commit by a majority of regions, in the region where it is fastest, and in the one that is farthest from there. */
  commitMs: number;
  commitFarthestMs: number;
  stalenessMs: number | null;
}

export function factsOf(needs: Needs, data: DataNeeds): Facts {
  const { regions, roundTrips, budget, latencyMs } = needs;
  const distances = new Distances(regions, roundTrips);
  const centre = distances.centre();
  const centreMs = distances.farthestFrom(centre);
  const farthestMs = Math.max(0, ...roundTrips.map(({ ms }) => ms));
  const copyMs = Math.max(Math.round(farthestMs / 2) + adviseLimits.copyMs, Math.round(needs.copyDelayMs ?? 0));
  const leader = distances.leader();
  const commitMs = distances.commitMs(leader);
  const { kind, readsPercent, lostWrites, writtenIn, stalenessMs } = data;
  return {
    kind,
    readsPercent,
    lostWrites,
    writtenIn,
    stalenessMs,
    budget,
    regionCount: regions.length,
    freshness: freshnessOf(stalenessMs, copyMs),
    reach: latencyMs === null ? "unknown" : centreMs <= latencyMs ? "near" : "far",
    centre,
    centreMs,
    farthestMs,
    copyMs,
    commitMs,
    waitMs: distances.waitMs(),
    centreWaitMs: distances.nearestTo(centre),
    commitFarthestMs: commitMs + distances.farthestFrom(leader),
  };
}

function freshnessOf(stalenessMs: number | null, copyMs: number): Freshness {
  if (stalenessMs === null) return "later";
  if (stalenessMs < copyMs) return "now";
  return stalenessMs < adviseLimits.expiryMsLeast ? "soon" : "later";
}

class Distances {
  constructor(
    private readonly regions: readonly string[],
    private readonly roundTrips: readonly RoundTrip[],
  ) {}

  /** To the others, the nearest first. */
  private from(region: string): number[] {
    return this.roundTrips
      .filter(({ a, b }) => a === region || b === region)
      .map(({ ms }) => ms)
      .toSorted((one, other) => one - other);
  }

  farthestFrom(region: string): number {
    return this.from(region).at(-1) ?? 0;
  }

  nearestTo(region: string): number {
    return this.from(region)[0] ?? 0;
  }

  centre(): string {
    return this.least((region) => this.farthestFrom(region));
  }

  /** With itself a majority: of three regions one other, of five two others. */
  commitMs(region: string): number {
    const others = Math.floor(this.regions.length / 2);
    return others === 0 ? 0 : (this.from(region)[others - 1] ?? 0);
  }

  leader(): string {
    return this.least((region) => this.commitMs(region));
  }

  waitMs(): number {
    return Math.max(0, ...this.regions.map((region) => this.nearestTo(region)));
  }

  /** Of equal ones the first. */
  private least(measure: (region: string) => number): string {
    const [first = ""] = this.regions.toSorted((a, b) => measure(a) - measure(b));
    return first;
  }
}
