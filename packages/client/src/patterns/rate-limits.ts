/**
 * Rate limits across regions: so many in a window of time, decided in the region of the caller, without asking another one.
 * Windows are fixed: at the edge of two of them up to twice the limit may pass in one window's length.
 *
 * Two ways to be honest about it:
 * - `shares`: each region may use its share. Never more than the limit pass, and callers of a busy region are refused while
 *   another one has some left. Counts in the local Redis alone, which may be a plain one.
 * - `merged`: all count in one counter, which Meridian merges. A region refuses by all that it has heard of, so what the others let
 *   pass in the time of the link's lag comes on top; while regions are cut off each other, up to the limit in each.
 *
 * Costs: one script in the local region.
 * Loses: a server that loses its tail lets so many pass again. With the local region away nothing is decided: the call is
 * rejected, and whether to let it pass is the caller's to say.
 */
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import { ask } from "./ask.js";
import { badPattern, checkedLimits, checkedRegions, type RegionClient } from "./region-client.js";
import { ServerScript } from "./server-script.js";

export interface RateLimitsOptions {
  readonly local: RegionClient;
  /** So many in each window, in all regions together. */
  readonly limit: number;
  readonly windowMs: number;
  /** `merged`: one counter. Else the share of each region, by name: whole numbers, together no more than the limit. */
  readonly by: "merged" | Readonly<Record<string, number>>;
  /** Of the keys of counters; default `rate:`. */
  readonly keyPrefix?: string;
  readonly limits?: Partial<PatternLimits>;
}

export interface RateVerdict {
  readonly allowed: boolean;
  /** What is left of the share, or of the limit as far as is known here. */
  readonly left: number;
  /** Until the next window. */
  readonly resetMs: number;
}

/**
 * ARGV: limit, window in ms, how many are asked for. The window is by the server's clock; a key is kept for two of them, so that
 * no other region takes one away that is still counted in here. Refused ones don't count.
 */
const TAKE = new ServerScript(
  "meridianTakeRate",
  `local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local windowMs = tonumber(ARGV[2])
local window = math.floor(nowMs / windowMs)
local resetMs = (window + 1) * windowMs - nowMs
local key = KEYS[1] .. ':' .. string.format('%.0f', window)
local limit, asked = tonumber(ARGV[1]), tonumber(ARGV[3])
local used = tonumber(redis.call('GET', key) or '0')
if used + asked > limit then return {0, math.max(0, limit - used), resetMs} end
if redis.call('INCRBY', key, asked) == asked then redis.call('PEXPIRE', key, 2 * windowMs) end
return {1, limit - used - asked, resetMs}`,
);

export class RateLimits {
  private readonly local: RegionClient;
  private readonly windowMs: number;
  private readonly limit: number;
  private readonly keyPrefix: string;
  private readonly limits: PatternLimits;

  constructor({ local, limit, windowMs, by, keyPrefix = "rate:", limits }: RateLimitsOptions) {
    checkedRegions("RateLimits", [local]);
    this.limits = checkedLimits("RateLimits", limits);
    for (const [name, value] of Object.entries({ limit, windowMs })) {
      if (!Number.isSafeInteger(value) || value <= 0)
        throw badPattern("RateLimits", `${name} is a whole number above 0`);
    }
    this.local = local;
    this.windowMs = windowMs;
    this.limit = by === "merged" ? limit : shareOf(local.name, limit, by);
    this.keyPrefix = by === "merged" ? keyPrefix : `${keyPrefix}${local.name}:`;
  }

  /** Takes so many, or none. `id`: whose rate it is. */
  async take(
    id: string,
    count = 1,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<RateVerdict> {
    if (!Number.isSafeInteger(count) || count <= 0) throw badPattern("RateLimits", "a count is a whole number above 0");
    const args = [this.limit, this.windowMs, count];
    const key = this.keyPrefix + id;
    const reply = await ask(this.local, (redis) => TAKE.run(redis, [key], args), msMax, this.limits);
    const [allowed, left = 0, resetMs = 0] = reply as number[];
    return { allowed: allowed === 1, left, resetMs };
  }
}

function shareOf(region: string, limit: number, shares: Readonly<Record<string, number>>): number {
  const values = Object.values(shares);
  if (values.some((share) => !Number.isSafeInteger(share) || share < 0)) {
    throw badPattern("RateLimits", "a share is a whole number");
  }
  if (values.reduce((sum, share) => sum + share, 0) > limit) {
    throw badPattern("RateLimits", `the shares are together more than the limit ${limit}`);
  }
  if (shares[region] === undefined) throw badPattern("RateLimits", `region '${region}' has no share`);
  return shares[region];
}
