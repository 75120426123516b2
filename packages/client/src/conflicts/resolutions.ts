/**
 * What resolvers made lately, in all regions, as far as it was told: which write is a resolution, of what, and by which version;
 * and how often each place was settled here. Bounded: the oldest is forgotten.
 */
import type { ConflictLimits } from "../limits.js";
import type { ResolvedEvent } from "./events.js";
import type { Row } from "./place-reads.js";

interface Resolution {
  readonly resolver: string;
  readonly version: number;
  /** The writes that it was made of. */
  readonly of: string;
}

export class Resolutions {
  private readonly made = new Map<string, Resolution>();
  private readonly settled = new Map<string, number[]>();

  constructor(private readonly limits: ConflictLimits) {}

  note({ resolver, version, winner, losers }: ResolvedEvent): void {
    const of = losers.map(dotOf).toSorted().join(",");
    this.made.set(dotOf(winner), { resolver, version, of });
    forgetOldest(this.made, this.limits.resolutionsKept);
  }

  /** A higher version made one of these: its code knows more. */
  isOfHigher(rows: readonly Row[], resolver: string, version: number): boolean {
    return rows.some((row) => {
      const made = this.made.get(dotOf(row));
      return made?.resolver === resolver && made.version > version;
    });
  }

  /** The regions in which this version made different things of the same writes; none: it did not. */
  disagreeing(rows: readonly Row[], resolver: string, version: number): string[] {
    const bySources = new Map<string, Row[]>();
    for (const row of rows) {
      const made = this.made.get(dotOf(row));
      if (made?.resolver !== resolver || made.version !== version) continue;
      bySources.set(made.of, [...(bySources.get(made.of) ?? []), row]);
    }
    const differing = [...bySources.values()].find((same) => same.some(({ bytes }) => !bytes.equals(same[0]!.bytes)));
    return differing?.map(({ region }) => region) ?? [];
  }

  /** This place was settled here. */
  count(place: string, nowMs: number): void {
    const times = this.recent(place, nowMs);
    this.settled.delete(place);
    this.settled.set(place, [...times, nowMs]);
    forgetOldest(this.settled, this.limits.resolutionsKept);
  }

  isTooOften(place: string, nowMs: number): boolean {
    return this.recent(place, nowMs).length >= this.limits.resolutionsMax;
  }

  private recent(place: string, nowMs: number): number[] {
    return (this.settled.get(place) ?? []).filter((ms) => nowMs - ms < this.limits.resolutionsWithinMs);
  }
}

function dotOf({ origin, stamp }: { readonly origin: string; readonly stamp: string | number }): string {
  return `${origin} ${stamp}`;
}

function forgetOldest(map: Map<string, unknown>, keptMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= keptMax) return;
    map.delete(key);
  }
}
