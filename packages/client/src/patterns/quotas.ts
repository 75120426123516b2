/**
 * Quotas: so many in a window of time, in all regions together and never more, decided in the region of the caller; what a region
 * doesn't use goes to those that need it. For windows that are long beside a round trip: an hour's or a day's quota of a customer.
 * Needs Meridian between the regions: each window is a bounded counter (`MERIDIAN.BOUNDED`), which the owner of the id makes.
 *
 * Costs: a script in the local region. The first call of a window, and those in the half round trip after it, go to the owner. Where
 * the local share is used up the call is refused, and the agents send for more.
 * Loses: while the owner is away no new window begins: calls that need it are rejected. A share waits after a crash of its server, as
 * a bounded counter's does; a server that lost a window with its tail may begin it once more.
 */
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import { ask } from "./ask.js";
import { OwnedKeys } from "./owned-keys.js";
import { badPattern, checkedLimits, type RegionClient, regionNamed } from "./region-client.js";
import { ServerScript } from "./server-script.js";

export interface QuotasOptions {
  /** All processes give the same names, in any order: those of Meridian's regions. */
  readonly regions: readonly RegionClient[];
  readonly local: string;
  /** So many in each window, in all regions together. */
  readonly limit: number;
  readonly windowMs: number;
  /** Of the keys of counters; default `quota:`. */
  readonly keyPrefix?: string;
  readonly limits?: Partial<PatternLimits>;
}

export interface QuotaVerdict {
  readonly allowed: boolean;
  /** What is left in the region that decided. */
  readonly here: number;
  /** What other regions have left, as far as is known there; not told where it was allowed. */
  readonly elsewhere: number | undefined;
  /** Until the next window. */
  readonly resetMs: number;
}

/** ARGV: window in ms, how many are asked for; where it may begin a window, the limit, and the other regions. */
const PREPARE = `local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local windowMs = tonumber(ARGV[1])
local window = math.floor(nowMs / windowMs)
local resetMs = (window + 1) * windowMs - nowMs
local key = KEYS[1] .. ':' .. string.format('%.0f', window)
`;
const BEGIN = `if redis.call('EXISTS', key) == 0 then
  redis.call('MERIDIAN.BOUNDED', 'CREATE', key, ARGV[3])
  local share = math.floor(ARGV[3] / (#ARGV - 2))
  -- A region that has never written can't be given to yet: it sends for its share.
  for at = 4, #ARGV do
    if share > 0 then redis.pcall('MERIDIAN.BOUNDED', 'GIVE', key, ARGV[at], share) end
  end
  redis.call('PEXPIRE', key, 2 * windowMs)
end
`;
const TAKE = `local reply = redis.pcall('MERIDIAN.BOUNDED', 'TAKE', key, ARGV[2])
if type(reply) == 'number' then return {'taken', reply, 0, resetMs} end
local here, elsewhere = string.match(reply.err, 'MERIDIAN_SOLDOUT here (%-?%d+) elsewhere (%-?%d+)')
if here then return {'refused', tonumber(here), tonumber(elsewhere), resetMs} end
if string.find(reply.err, 'MERIDIAN_NOTBOUNDED', 1, true) and redis.call('EXISTS', key) == 0 then return {'unknown'} end
return reply`;
const TAKE_HERE = new ServerScript("meridianTakeQuota", PREPARE + TAKE);
const TAKE_AT_OWNER = new ServerScript("meridianTakeQuotaAtOwner", PREPARE + BEGIN + TAKE);

type Outcome = readonly [end: "taken" | "refused" | "unknown", here: number, elsewhere: number, resetMs: number];

export class Quotas {
  private readonly keys: OwnedKeys;
  private readonly local: RegionClient;
  private readonly names: readonly string[];
  private readonly limit: number;
  private readonly windowMs: number;
  private readonly keyPrefix: string;
  private readonly limits: PatternLimits;

  constructor({ regions, local, limit, windowMs, keyPrefix = "quota:", limits }: QuotasOptions) {
    this.limits = checkedLimits("Quotas", limits);
    this.keys = new OwnedKeys({ regions, local, limits: this.limits });
    for (const [name, value] of Object.entries({ limit, windowMs })) {
      if (!Number.isSafeInteger(value) || value <= 0) throw badPattern("Quotas", `${name} is a whole number above 0`);
    }
    this.local = regionNamed(regions, local);
    this.names = regions.map(({ name }) => name);
    this.limit = limit;
    this.windowMs = windowMs;
    this.keyPrefix = keyPrefix;
  }

  /** Takes so many, or none. `id`: whose quota it is. */
  async take(
    id: string,
    count = 1,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<QuotaVerdict> {
    if (!Number.isSafeInteger(count) || count <= 0) throw badPattern("Quotas", "a count is a whole number above 0");
    const untilMs = performance.now() + msMax;
    const key = this.keyPrefix + id;
    const args = [this.windowMs, count];
    const near = await ask(this.local, (redis) => TAKE_HERE.run(redis, [key], args), msMax, this.limits);
    if ((near as Outcome)[0] !== "unknown") return verdictOf(near as Outcome);
    const { value } = await this.keys.write(
      key,
      (redis, owner) => {
        const others = this.names.filter((name) => name !== owner);
        return TAKE_AT_OWNER.run(redis, [key], [...args, this.limit, ...others]);
      },
      { msMax: untilMs - performance.now() },
    );
    return verdictOf(value as Outcome);
  }

  /** The region that begins the windows of this id. */
  ownerOf(id: string): string {
    return this.keys.ownerOf(this.keyPrefix + id);
  }
}

function verdictOf([end, here, elsewhere, resetMs]: Outcome): QuotaVerdict {
  const allowed = end === "taken";
  return { allowed, here, elsewhere: allowed ? undefined : elsewhere, resetMs };
}
