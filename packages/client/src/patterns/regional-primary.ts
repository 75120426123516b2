/**
 * A regional primary with global read replicas, and fallback reads: one region takes all writes, each region reads its own
 * copy, and where that fails the next one. For plain Redis replicas (REPLICAOF); no agents are needed.
 *
 * Costs: a write takes a round trip to the primary. A read is near, and as old as the replica lags.
 * Loses: with the primary away nothing is written (reads go on); what had not reached a replica that is promoted is gone.
 * Promoting is the operator's: this class never makes a second primary.
 */
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import type { Operation } from "../regions/region.js";
import { ask, askInOrder, Avoided, type Found } from "./ask.js";
import { checkedLimits, checkedRegions, type RegionClient } from "./region-client.js";

export interface RegionalPrimaryOptions {
  /** Where all writes go. */
  readonly primary: RegionClient;
  /** Where reads go, the nearest first; the primary is asked at its place among them, else last. */
  readonly replicas: readonly RegionClient[];
  readonly limits?: Partial<PatternLimits>;
}

export class RegionalPrimary {
  private readonly primary: RegionClient;
  private readonly reads: readonly RegionClient[];
  private readonly limits: PatternLimits;
  private readonly avoided: Avoided;

  constructor({ primary, replicas, limits }: RegionalPrimaryOptions) {
    const others = replicas.some(({ name }) => name === primary.name) ? replicas : [...replicas, primary];
    this.primary = primary;
    this.reads = checkedRegions("RegionalPrimary", others);
    this.limits = checkedLimits("RegionalPrimary", limits);
    this.avoided = new Avoided(this.limits);
  }

  /** On the primary, or not at all. */
  write<T>(operation: Operation<T>, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<T> {
    return ask(this.primary, operation, msMax, this.limits);
  }

  /** In the nearest region that answers, and says which. The operation may be begun several times. */
  read<T>(operation: Operation<T>, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<Found<T>> {
    return askInOrder(this.reads, operation, msMax, this.limits, this.avoided);
  }

  /** On the primary: what was written last, for a round trip. */
  readPrimary<T>(operation: Operation<T>, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<T> {
    return ask(this.primary, operation, msMax, this.limits);
  }
}
