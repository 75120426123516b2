/**
 * Read your writes by write tags: after a write, whoever holds its tag reads where it was written, for some seconds; then near
 * again. The tag is a short text that goes into a cookie or a session. For plain replicas and for Meridian alike.
 *
 * Costs: for those seconds a read takes a round trip to where was written. Nothing is stored or asked besides.
 * Loses: it is a guess that the copies have caught up in time. When they lag for longer, a read after it is old, and nobody
 * hears of it. While the region written to is away such a read is rejected (or near, by `whenAway: "near"`, which says so).
 */
import { RegionError } from "../errors.js";
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import type { Operation } from "../regions/region.js";
import { ask, askInOrder, Avoided, type Found } from "./ask.js";
import { checkedLimits, checkedRegions, type RegionClient, regionNamed } from "./region-client.js";

export interface WriteTagsOptions {
  /** Where reads go, the nearest first; and where tags may lead. */
  readonly regions: readonly RegionClient[];
  /** Where writes go: the primary of plain replicas, or any region of Meridian's. */
  readonly writeTo: string;
  /** Where the region written to can't be read: reject the read (default), or read near. */
  readonly whenAway?: "refuse" | "near";
  /** `writeTagMs` (5 s) is how long a tag counts. */
  readonly limits?: Partial<PatternLimits>;
  /** The clock of tags, in ms. Processes that read each other's tags need clocks that agree within a part of `writeTagMs`. */
  readonly now?: () => number;
}

export interface Tagged<T> extends Found<T> {
  /** For the reads of whoever is to see this write. A later one takes its place. */
  readonly tag: string;
}

export interface TaggedRead<T> extends Found<T> {
  /** False: the tag still counted, and where it leads could not be read. */
  readonly showsOwnWrite: boolean;
}

const TAG = /^(\d{1,16})@(.+)$/;

export class WriteTags {
  private readonly regions: readonly RegionClient[];
  private readonly target: RegionClient;
  private readonly whenAway: "refuse" | "near";
  private readonly limits: PatternLimits;
  private readonly avoided: Avoided;
  private readonly now: () => number;

  constructor({ regions, writeTo, whenAway = "refuse", limits, now = Date.now }: WriteTagsOptions) {
    this.regions = checkedRegions("WriteTags", regions);
    this.target = regionNamed(regions, writeTo);
    this.whenAway = whenAway;
    this.limits = checkedLimits("WriteTags", limits);
    this.avoided = new Avoided(this.limits);
    this.now = now;
  }

  async write<T>(
    operation: Operation<T>,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<Tagged<T>> {
    const { name: region } = this.target;
    const value = await ask(this.target, operation, msMax, this.limits);
    return { value, region, tag: `${this.now() + this.limits.writeTagMs}@${region}` };
  }

  /** Where the tag leads while it counts, else near. The operation may be begun several times. */
  async read<T>(
    operation: Operation<T>,
    tag?: string,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<TaggedRead<T>> {
    const written = this.writtenIn(tag);
    if (written === undefined) return { ...(await this.readNear(operation, msMax)), showsOwnWrite: true };
    const untilMs = performance.now() + msMax;
    try {
      const tryMs = this.whenAway === "near" ? Math.min(msMax, this.limits.tryMsMax) : msMax;
      const value = await ask(written, operation, tryMs, this.limits);
      return { value, region: written.name, showsOwnWrite: true };
    } catch (error) {
      if (!(error instanceof RegionError)) throw error;
      this.avoided.failed(written.name);
      if (this.whenAway === "refuse") {
        throw new RegionError("MERIDIAN_WRITTENAWAY", { region: written.name, reason: error.code });
      }
    }
    return { ...(await this.readNear(operation, untilMs - performance.now())), showsOwnWrite: false };
  }

  private readNear<T>(operation: Operation<T>, msMax: number): Promise<Found<T>> {
    return askInOrder(this.regions, operation, msMax, this.limits, this.avoided);
  }

  /** Tags come from outside: one of a time further ahead than clocks may differ counts no more than one that is over. */
  private writtenIn(tag: string | undefined): RegionClient | undefined {
    if (tag === undefined || tag === "") return undefined;
    const [, untilMs, name] = TAG.exec(tag) ?? [];
    const region = this.regions.find((known) => known.name === name);
    if (region === undefined) throw new RegionError("MERIDIAN_BADTAG");
    const leftMs = Number(untilMs) - this.now();
    return leftMs > 0 && leftMs <= 2 * this.limits.writeTagMs ? region : undefined;
  }
}
