/** A region as the patterns take it: its name, and any ioredis that leads there. */
import type { Redis } from "ioredis";
import { RegionError } from "../errors.js";
import { type PatternLimits, patternLimits } from "../limits.js";
import type { Regions } from "../regions/regions.js";

export interface RegionClient {
  readonly name: string;
  /** To its gateway, to its server, or to a plain Redis, as the pattern says. */
  readonly redis: Redis;
}

/** Those of `connect`, for the patterns. */
export function regionClients(regions: Regions): RegionClient[] {
  return regions.names.map((name) => ({ name, redis: regions.redis(name) }));
}

/** The same list, where it can be used. */
export function checkedRegions(pattern: string, regions: readonly RegionClient[]): readonly RegionClient[] {
  const names = regions.map(({ name }) => name);
  if (names.length === 0) throw badPattern(pattern, "no regions were given");
  if (names.includes("")) throw badPattern(pattern, "a region needs a name");
  if (new Set(names).size < names.length) throw badPattern(pattern, `two regions have one name (${names.join(", ")})`);
  return regions;
}

export function checkedLimits(pattern: string, given: Partial<PatternLimits> = {}): PatternLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(patternLimits, name)) throw badPattern(pattern, `there is no limit '${name}'`);
    if (!Number.isFinite(value) || value <= 0) throw badPattern(pattern, `the limit '${name}' is no number above 0`);
  }
  return { ...patternLimits, ...given };
}

export function regionNamed(regions: readonly RegionClient[], name: string): RegionClient {
  const found = regions.find((region) => region.name === name);
  if (found !== undefined) return found;
  const known = regions.map((region) => region.name).join(", ");
  throw new RegionError("MERIDIAN_NOSUCHREGION", { region: name, known });
}

export function badPattern(pattern: string, problem: string): RegionError {
  return new RegionError("MERIDIAN_BADPATTERN", { pattern, problem });
}
