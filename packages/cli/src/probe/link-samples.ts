/** Round trips and delays of links, looked at again and again while a probe runs. */
import type { LinkView, StatusDocument } from "@meridian/agent/api";
import { pairsOf } from "../advise/round-trips.js";
import { spreadOf } from "../numbers.js";
import type { ProbeReport } from "./report.js";

interface Samples {
  readonly roundTripsMs: number[];
  delays: LinkView["delayMs"];
  lagMsMax: number | null;
}

export class LinkSamples {
  private readonly links = new Map<string, Samples & { from: string; to: string }>();

  add(statuses: readonly StatusDocument[]): void {
    for (const { from, to, roundTripMs, delayMs, lagMs } of statuses.flatMap(({ links }) => links)) {
      const name = `${from} ${to}`;
      const link = this.links.get(name) ?? { from, to, roundTripsMs: [], delays: null, lagMsMax: null };
      if (roundTripMs !== null) link.roundTripsMs.push(roundTripMs);
      link.delays = delayMs ?? link.delays;
      if (lagMs !== null) link.lagMsMax = Math.max(link.lagMsMax ?? 0, lagMs);
      this.links.set(name, link);
    }
  }

  roundTrips(): ProbeReport["roundTrips"] {
    const links = [...this.links.values()];
    const regions = [...new Set(links.flatMap(({ from, to }) => [from, to]))];
    return pairsOf(regions).flatMap(([a, b]) => {
      const both = links.filter(({ from, to }) => (from === a && to === b) || (from === b && to === a));
      if (both.length === 0) return [];
      return [{ a, b, ms: spreadOf(both.flatMap(({ roundTripsMs }) => roundTripsMs)) }];
    });
  }

  delays(): ProbeReport["delays"] {
    return [...this.links.values()].map(({ from, to, delays, lagMsMax }) => {
      return { from, to, p50Ms: delays?.p50 ?? null, p99Ms: delays?.p99 ?? null, lagMsMax };
    });
  }
}
