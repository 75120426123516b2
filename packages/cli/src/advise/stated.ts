/**
 * What was said of the needs, as text, from flags, answers or a file; and from there to needs. Where a value makes no sense the error
 * names the place where it was said, and what belongs there.
 */
import { CliError } from "../errors.js";
import { BUDGETS, DATA_KINDS, LOST_WRITES, WRITTEN_IN, kindDefaults } from "./needs.js";
import type { DataNeeds, Needs } from "./needs.js";
import { oneOf, parseDuration, parsePercent, parseRegions, refused, type Said } from "./parse.js";
import { parseRoundTrips, type Measured } from "./round-trips.js";

/** What may be said of all data, or of one kind. */
export const DATA_SETTINGS = ["reads", "staleness", "lostWrites", "writtenIn"] as const;
/** What may be said once. */
export const SETTINGS = ["regions", "rtt", "latency", "budget", ...DATA_SETTINGS] as const;

export type DataSetting = (typeof DATA_SETTINGS)[number];
export type Setting = (typeof SETTINGS)[number];

export interface Stated {
  settings: Partial<Record<Setting, Said>>;
  data: (Partial<Record<DataSetting, Said>> & { kind: Said })[];
}

const BUDGET_DEFAULT = "medium";

export function needsOf({ settings, data }: Stated, measured: Measured | undefined): Needs {
  const regions = regionsOf(settings.regions, measured);
  const { latency, budget } = settings;
  const kinds = data.map((one) => dataNeeds(one, settings));
  for (const [index, { kind }] of kinds.entries()) {
    if (kinds.findIndex((other) => other.kind === kind) === index) continue;
    const said = data[index]?.kind ?? { place: "--data", text: kind };
    throw refused(said, `${kind} is there twice`, "name each kind once");
  }
  return {
    regions,
    roundTrips: parseRoundTrips(settings.rtt, regions, measured),
    latencyMs: latency === undefined ? null : parseDuration(latency),
    copyDelayMs: measured?.copyDelayMs ?? null,
    budget: budget === undefined ? BUDGET_DEFAULT : oneOf(BUDGETS, budget),
    data: kinds,
  };
}

function regionsOf(said: Said | undefined, measured: Measured | undefined): string[] {
  if (said !== undefined) return parseRegions(said);
  if (measured !== undefined) return measured.regions;
  throw new CliError("MERIDIAN_NONEEDS", {
    missing: "which regions the application runs in",
    option: "--regions a,b,c",
  });
}

/** What is said of the kind counts, then what is said of all, then what is usual. */
function dataNeeds(one: Stated["data"][number], all: Stated["settings"]): DataNeeds {
  const kind = oneOf(DATA_KINDS, one.kind);
  const usual = kindDefaults[kind];
  const assumed: string[] = [];
  const said = <Value>(setting: DataSetting, parse: (text: Said) => Value, fallback: Value): Value => {
    const text = one[setting] ?? all[setting];
    if (text !== undefined) return parse(text);
    assumed.push(setting);
    return fallback;
  };
  return {
    kind,
    readsPercent: said("reads", parsePercent, usual.readsPercent),
    stalenessMs: said("staleness", (text) => (text.text === "any" ? null : parseDuration(text)), usual.stalenessMs),
    lostWrites: said("lostWrites", (text) => oneOf(LOST_WRITES, text), usual.lostWrites),
    writtenIn: said("writtenIn", (text) => oneOf(WRITTEN_IN, text), usual.writtenIn),
    assumed,
  };
}
