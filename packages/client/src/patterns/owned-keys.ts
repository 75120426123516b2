/**
 * Keys owned by a region: each key has one region that writes it, found by rendezvous hashing, and a write is forwarded there.
 * So two regions never write one key at once, and its value has no conflicts. Meridian brings the copies to read.
 *
 * Costs: a write takes a round trip to the owner, which is near for one key of as many as there are regions. A read is near,
 * and as old as the link lags; or at the owner, for a round trip.
 * Loses: while the owner is away its keys are not written (or by the next in rank, who may then conflict with what the owner
 * wrote last: that is asked for by `whenAway: "next"`).
 */
import { RegionError } from "../errors.js";
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import type { Operation } from "../regions/region.js";
import { ask, askInOrder, Avoided, type Found } from "./ask.js";
import { checkedLimits, checkedRegions, type RegionClient, regionNamed } from "./region-client.js";
import { rankedRegions } from "./rendezvous.js";

export interface OwnedKeysOptions {
  /** All processes give the same names, in any order. */
  readonly regions: readonly RegionClient[];
  /** The region of this process, whose copies it reads. */
  readonly local: string;
  /** Where the owner can't be asked: reject the write (default), or let the next in rank do it. */
  readonly whenAway?: "refuse" | "next";
  readonly limits?: Partial<PatternLimits>;
}

export class OwnedKeys {
  private readonly regions: readonly RegionClient[];
  private readonly names: readonly string[];
  private readonly local: RegionClient;
  private readonly whenAway: "refuse" | "next";
  private readonly limits: PatternLimits;
  private readonly avoided: Avoided;

  constructor({ regions, local, whenAway = "refuse", limits }: OwnedKeysOptions) {
    this.regions = checkedRegions("OwnedKeys", regions);
    this.names = regions.map(({ name }) => name);
    this.local = regionNamed(regions, local);
    this.whenAway = whenAway;
    this.limits = checkedLimits("OwnedKeys", limits);
    this.avoided = new Avoided(this.limits);
  }

  ownerOf(key: string): string {
    return this.ranked(key)[0]?.name ?? "";
  }

  /** At the owner of the key, and says where. What was not sent there is rejected as MERIDIAN_OWNERAWAY. */
  async write<T>(
    key: string,
    operation: Operation<T>,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<Found<T>> {
    const untilMs = performance.now() + msMax;
    let away: RegionError | undefined;
    for (const region of this.ranked(key)) {
      try {
        const value = await ask(region, operation, untilMs - performance.now(), this.limits);
        return { value, region: region.name };
      } catch (error) {
        if (!(error instanceof RegionError) || error.code !== "MERIDIAN_REGIONDOWN") throw error;
        away ??= new RegionError("MERIDIAN_OWNERAWAY", { key, region: region.name, reason: error.code });
        if (this.whenAway === "refuse" || performance.now() >= untilMs) throw away;
      }
    }
    throw away ?? new RegionError("MERIDIAN_NOREGION", { reasons: "no region was given" });
  }

  /** The local copy; where that fails, the owner's and the others'. The operation may be begun several times. */
  read<T>(
    key: string,
    operation: Operation<T>,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<Found<T>> {
    const others = this.ranked(key).filter((region) => region !== this.local);
    return askInOrder([this.local, ...others], operation, msMax, this.limits, this.avoided);
  }

  /** At the owner: what was written last, for a round trip. */
  async readOwner<T>(
    key: string,
    operation: Operation<T>,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<T> {
    const region = regionNamed(this.regions, this.ownerOf(key));
    try {
      return await ask(region, operation, msMax, this.limits);
    } catch (error) {
      if (!(error instanceof RegionError) || error.code !== "MERIDIAN_REGIONDOWN") throw error;
      throw new RegionError("MERIDIAN_OWNERAWAY", { key, region: region.name, reason: error.code });
    }
  }

  private ranked(key: string): RegionClient[] {
    return rankedRegions(this.names, key).map((name) => regionNamed(this.regions, name));
  }
}
