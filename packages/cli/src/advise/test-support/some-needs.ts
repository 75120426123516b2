/** Needs for tests: three regions as far apart as those of the local start, with what a test changes. */
import { kindDefaults, type DataKind, type DataNeeds, type Needs } from "../needs.js";
import { pairsOf } from "../round-trips.js";

const MS = [80, 180, 160];

export type Changes = Partial<Omit<DataNeeds, "kind">> &
  Partial<Omit<Needs, "data" | "regions">> & { regionCount?: number };

export function someNeeds(kind: DataKind, changes: Changes = {}): Needs {
  const { regionCount = 3, latencyMs = null, copyDelayMs = null, budget = "medium", ...rest } = changes;
  const regions = ["us", "eu", "ap"].slice(0, regionCount);
  const { readsPercent, stalenessMs, lostWrites, writtenIn } = { ...kindDefaults[kind], ...rest };
  return {
    regions,
    roundTrips: rest.roundTrips ?? pairsOf(regions).map(([a, b], at) => ({ a, b, ms: MS[at] ?? 0, basis: "given" })),
    latencyMs,
    copyDelayMs,
    budget,
    data: [{ kind, readsPercent, stalenessMs, lostWrites, writtenIn, assumed: [] }],
  };
}
