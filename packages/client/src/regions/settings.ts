/** What `connect` is given, checked. */
import type { RedisOptions } from "ioredis";
import { RegionError } from "../errors.js";
import { regionLimits, type RegionLimits } from "../limits.js";

export interface RegionAddress {
  /** As in the configuration of the region's agent. */
  readonly name: string;
  /** `redis://` or `rediss://`, with user and password where they are needed. */
  readonly url: string;
  /** What the address is: the region's gateway (default), or its server, to which writes go as function calls. */
  readonly through?: "gateway" | "server";
  /** More for ioredis, such as `tls`. */
  readonly options?: RedisOptions;
}

export interface ConnectOptions {
  readonly regions: readonly RegionAddress[];
  /** The name of the region that is used while it is well. */
  readonly local: string;
  readonly limits?: Partial<RegionLimits>;
}

export interface ConnectSettings {
  readonly regions: readonly RegionAddress[];
  readonly local: string;
  readonly limits: RegionLimits;
}

export function settingsOf({ regions, local, limits = {} }: ConnectOptions): ConnectSettings {
  const names = regions.map(({ name }) => name);
  if (names.length === 0) throw bad("no regions were given");
  if (new Set(names).size < names.length) throw bad(`two regions have one name (${names.join(", ")})`);
  if (names.some((name) => name === "" || name.includes("~"))) throw bad("a region needs a name without '~'");
  if (!names.includes(local)) throw bad(`the local region '${local}' is none of ${names.join(", ")}`);
  for (const { name, url } of regions) {
    if (!/^rediss?:\/\//.test(url)) throw bad(`the address of region '${name}' is no redis:// or rediss:// one`);
  }
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(regionLimits, name)) throw bad(`there is no limit '${name}'`);
    if (!Number.isFinite(value) || value <= 0) throw bad(`the limit '${name}' is no number above 0`);
  }
  return { regions, local, limits: { ...regionLimits, ...limits } };
}

function bad(problem: string): RegionError {
  return new RegionError("MERIDIAN_BADCONNECT", { problem });
}
