/** How far regions are apart: as somebody says, or as the links of a running deployment measure it, or assumed. */
import type { LinkView, StatusDocument } from "@meridian/agent/api";
import { adviseLimits } from "./limits.js";
import type { ProbeReport } from "../probe/report.js";
import type { RoundTrip } from "./needs.js";
import { listed, parseDuration, refused, type Said } from "./parse.js";

/** Of a running deployment. */
export interface Measured {
  regions: string[];
  roundTrips: { a: string; b: string; ms: number }[];
  copyDelayMs: number | null;
}

const REMEDY = "write 80ms for every pair, or a-b=80ms,a-c=180ms";

export function measuredOf(documents: readonly StatusDocument[]): Measured {
  const regions = [...new Set(documents.flatMap((status) => status.regions.map(({ region }) => region)))];
  const links: LinkView[] = documents.flatMap((status) => status.links);
  const roundTrips = pairsOf([...new Set([...regions, ...links.flatMap(({ from, to }) => [from, to])])]).flatMap(
    ([a, b]) => {
      const both = links.filter(({ from, to }) => (from === a && to === b) || (from === b && to === a));
      const known = both.flatMap(({ roundTripMs }) => roundTripMs ?? []);
      return known.length === 0 ? [] : [{ a, b, ms: Math.round(Math.min(...known) * 10) / 10 }];
    },
  );
  const delays = links.flatMap(({ delayMs }) => delayMs?.p99 ?? []);
  const named = [...new Set([...regions, ...links.flatMap(({ from, to }) => [from, to])])];
  return { regions: named, roundTrips, copyDelayMs: delays.length === 0 ? null : Math.round(Math.max(...delays)) };
}

/** A copy's delay is what readers saw; where nobody read, what agents told. */
export function measuredByProbe({ regions, roundTrips, delays, staleness }: ProbeReport): Measured {
  const seenMs = staleness.flatMap(({ ms }) => ms?.p99 ?? []);
  const toldMs = delays.flatMap(({ p99Ms }) => p99Ms ?? []);
  const [copiesMs] = [seenMs, toldMs].filter((times) => times.length > 0);
  return {
    regions: regions.map(({ region }) => region),
    roundTrips: roundTrips.flatMap(({ a, b, ms }) => (ms === null ? [] : [{ a, b, ms: ms.p50 }])),
    copyDelayMs: copiesMs === undefined ? null : Math.round(Math.max(...copiesMs)),
  };
}

/** What is said counts, then what is measured. */
export function parseRoundTrips(
  said: Said | undefined,
  regions: readonly string[],
  measured: Measured | undefined,
): RoundTrip[] {
  const given = said === undefined ? undefined : new GivenRoundTrips(said, regions);
  return pairsOf(regions).map(([a, b]) => {
    const saidMs = given?.of(a, b);
    if (saidMs !== undefined) return { a, b, ms: saidMs, basis: "given" };
    const found = measured?.roundTrips.find((one) => [one.a, one.b].includes(a) && [one.a, one.b].includes(b));
    if (found !== undefined) return { a, b, ms: found.ms, basis: "measured" };
    return { a, b, ms: adviseLimits.roundTripMsAssumed, basis: "assumed" };
  });
}

class GivenRoundTrips {
  private readonly all: number | undefined;
  private readonly some = new Map<string, number>();

  constructor(said: Said, regions: readonly string[]) {
    if (!said.text.includes("=")) {
      this.all = durationOf(said, said.text);
      return;
    }
    for (const part of listed(said.text)) {
      const [pair = "", duration, ...rest] = part.split("=");
      if (duration === undefined || rest.length > 0)
        throw refused(said, `'${part}' is no round trip of a pair`, REMEDY);
      const found = pairsOf(regions).find(([a, b]) => pair.trim() === `${a}-${b}` || pair.trim() === `${b}-${a}`);
      if (found === undefined) {
        throw refused(said, `'${pair.trim()}' is no pair of regions`, `the regions are ${regions.join(", ")}`);
      }
      this.some.set(found.join(" "), durationOf(said, duration));
    }
  }

  /** As `pairsOf` names them. */
  of(a: string, b: string): number | undefined {
    return this.all ?? this.some.get(`${a} ${b}`);
  }
}

function durationOf(said: Said, text: string): number {
  const ms = parseDuration({ ...said, text }, REMEDY);
  if (ms <= adviseLimits.roundTripMsMax) return ms;
  throw refused({ ...said, text }, "no round trip takes so long", `give at most ${adviseLimits.roundTripMsMax}ms`);
}

/** Each once, in the order of the regions. */
export function pairsOf(regions: readonly string[]): [string, string][] {
  return regions.flatMap((a, index) => regions.slice(index + 1).map((b): [string, string] => [a, b]));
}
