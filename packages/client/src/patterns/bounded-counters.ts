/**
 * Bounded counters (`MERIDIAN.BOUNDED`): stocks that no region oversells, taken from the share of the caller's region without
 * asking another one. Agents bring shares to where they lack.
 *
 * Needs Meridian between the regions.
 * Costs: one call in the local region.
 * Loses: a server that lost its tail doesn't take from its share until the others have told what it had taken, ten minutes at least.
 * What was taken, acknowledged, and reached neither the disk nor another region before a crash can be taken again.
 */
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import { ask } from "./ask.js";
import { checkedLimits, checkedRegions, type RegionClient } from "./region-client.js";

export interface BoundedCountersOptions {
  readonly local: RegionClient;
  readonly limits?: Partial<PatternLimits>;
}

export interface Taken {
  /** False: nothing was taken. */
  readonly taken: boolean;
  /** What can still be taken here. */
  readonly here: number;
  /** What others have left, as far as is known here; not told where it was taken. */
  readonly elsewhere: number | undefined;
}

export interface BoundedCount {
  /** In all regions, as far as is known here. */
  readonly left: number;
  /** What can be taken here. */
  readonly here: number;
  /** By region; that of this one may be more than `here` for a while after a crash. */
  readonly shares: Readonly<Record<string, number>>;
}

const NAME = "MERIDIAN.BOUNDED";
const SOLD_OUT = /^MERIDIAN_SOLDOUT here (-?\d+) elsewhere (-?\d+)/;

export class BoundedCounters {
  private readonly local: RegionClient;
  private readonly limits: PatternLimits;

  constructor({ local, limits }: BoundedCountersOptions) {
    checkedRegions("BoundedCounters", [local]);
    this.limits = checkedLimits("BoundedCounters", limits);
    this.local = local;
  }

  /** `shares`: of other regions; this one gets the rest. In one region only: what several create is summed. */
  async create(
    key: string,
    amount: number,
    shares: Readonly<Record<string, number>> = {},
    options?: OperationOptions,
  ): Promise<void> {
    await this.call("CREATE", key, [amount, ...Object.entries(shares).flat()], options);
  }

  /** All or nothing. */
  async take(key: string, amount = 1, options?: OperationOptions): Promise<Taken> {
    return this.change("TAKE", key, [amount], options);
  }

  /** To the share of this region: more was delivered, or an order was cancelled. What can be taken here. */
  async add(key: string, amount: number, options?: OperationOptions): Promise<number> {
    return Number(await this.call("ADD", key, [amount], options));
  }

  /** Of the share of this region to that of another one. All or nothing. */
  async give(key: string, region: string, amount: number, options?: OperationOptions): Promise<Taken> {
    return this.change("GIVE", key, [region, amount], options);
  }

  /** Undefined where there is none. */
  async get(key: string, options?: OperationOptions): Promise<BoundedCount | undefined> {
    const reply = await this.call("GET", key, [], options);
    if (!Array.isArray(reply)) return undefined;
    const [left, here, ...flat] = reply as [number, number, ...(string | number)[]];
    const shares: Record<string, number> = {};
    for (let at = 0; at < flat.length; at += 2) shares[String(flat[at])] = Number(flat[at + 1]);
    return { left: Number(left), here: Number(here), shares };
  }

  private async change(
    kind: string,
    key: string,
    args: readonly (string | number)[],
    options?: OperationOptions,
  ): Promise<Taken> {
    try {
      const here = Number(await this.call(kind, key, args, options));
      return { taken: true, here, elsewhere: undefined };
    } catch (error) {
      const [, here, elsewhere] = SOLD_OUT.exec(error instanceof Error ? error.message : "") ?? [];
      if (here === undefined) throw error;
      return { taken: false, here: Number(here), elsewhere: Number(elsewhere) };
    }
  }

  private call(
    kind: string,
    key: string,
    args: readonly (string | number)[],
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<unknown> {
    // ioredis knows no such command, and so not where its key is.
    return ask(
      this.local,
      (redis) => redis.call(NAME, kind, (redis.options.keyPrefix ?? "") + key, ...args),
      msMax,
      this.limits,
    );
  }
}
