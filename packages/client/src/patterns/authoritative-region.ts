/**
 * An authoritative region with stale reads elsewhere: one region is right, the others show what it was, and each read is told
 * how old at most. For plain replicas (REPLICAOF) and for Meridian alike.
 *
 * How old: each process writes a pulse in the authoritative region, a new value every second. A copy that shows a pulse has all that
 * was written there before it, as both are copied in order; so what it shows is no older than the moment at which this process
 * sent that pulse. One clock measures all of it, and clocks that differ between machines don't matter.
 *
 * Costs: one small write a second from each process, and a GET before each read elsewhere. A read at the authoritative region, which is what
 * one that would be too old becomes, takes a round trip.
 * Loses: while that region is away nothing is written, and reads elsewhere grow old, until they are rejected.
 */
import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { RegionError } from "../errors.js";
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import type { Operation } from "../regions/region.js";
import { ask, Avoided, type Found } from "./ask.js";
import { checkedLimits, checkedRegions, type RegionClient } from "./region-client.js";

export interface AuthoritativeRegionOptions {
  /** The region that is right, where all writes go. */
  readonly authority: RegionClient;
  /** Where stale reads go, the nearest first. */
  readonly copies: readonly RegionClient[];
  /** Of the key of this process's pulse; default `pulse:`. */
  readonly keyPrefix?: string;
  /** `staleMsMax` (10 s) is how old a read may be, `pulseEveryMs` (1 s) how often a pulse is sent. */
  readonly limits?: Partial<PatternLimits>;
}

export interface StaleOptions extends OperationOptions {
  /** How old this read may be; 0 reads at the authoritative region. */
  readonly staleMsMax?: number;
}

export interface StaleRead<T> extends Found<T> {
  /** What was written before so long ago is in it; 0 where the authoritative region was read. */
  readonly staleMs: number;
}

export class AuthoritativeRegion {
  private readonly authority: RegionClient;
  private readonly copies: readonly RegionClient[];
  private readonly limits: PatternLimits;
  private readonly avoided: Avoided;
  private readonly pulseKey: string;
  /** When each pulse was sent; the oldest first. */
  private readonly sentAtMs = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;
  private pulses = 0;

  constructor({ authority, copies, keyPrefix = "pulse:", limits }: AuthoritativeRegionOptions) {
    checkedRegions("AuthoritativeRegion", [authority, ...copies]);
    this.authority = authority;
    this.copies = copies;
    this.limits = checkedLimits("AuthoritativeRegion", limits);
    this.avoided = new Avoided(this.limits);
    this.pulseKey = keyPrefix + randomUUID();
    this.timer = setInterval(() => void this.pulse(), this.limits.pulseEveryMs);
    this.timer.unref();
    void this.pulse();
  }

  /** In the authoritative region, or not at all. */
  write<T>(operation: Operation<T>, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<T> {
    return ask(this.authority, operation, msMax, this.limits);
  }

  /** In the nearest copy that is young enough, else in the authoritative region; says where, and how old. May be begun several times. */
  async read<T>(operation: Operation<T>, options: StaleOptions = {}): Promise<StaleRead<T>> {
    const { msMax = this.limits.operationMsMax, staleMsMax = this.limits.staleMsMax } = options;
    const untilMs = performance.now() + msMax;
    let oldest: { region: string; staleMs: number } | undefined;
    for (const copy of staleMsMax > 0 ? this.avoided.order(this.copies) : []) {
      const found = await this.readCopy(copy, operation, Math.min(this.limits.tryMsMax, untilMs - performance.now()));
      if (found !== undefined && found.staleMs <= staleMsMax) return found;
      if (found !== undefined && !((oldest?.staleMs ?? Infinity) <= found.staleMs)) oldest = found;
    }
    const { name: region } = this.authority;
    try {
      const value = await ask(this.authority, operation, untilMs - performance.now(), this.limits);
      return { value, region, staleMs: 0 };
    } catch (error) {
      if (!(error instanceof RegionError) || oldest === undefined) throw error;
      const staleMs = Number.isFinite(oldest.staleMs) ? Math.ceil(oldest.staleMs) : "unknown";
      const details = { region: oldest.region, staleMs, staleMsMax, authority: region, reason: error.code };
      throw new RegionError("MERIDIAN_TOOSTALE", details);
    }
  }

  /** Sends no more pulses. The clients stay open: they are yours. */
  close(): void {
    clearInterval(this.timer);
  }

  private async readCopy<T>(
    copy: RegionClient,
    operation: Operation<T>,
    msMax: number,
  ): Promise<StaleRead<T> | undefined> {
    const readBoth = async (redis: Redis, region: string): Promise<StaleRead<T>> => {
      // The pulse first: what is read after it can only be younger.
      const pulse = await redis.get(this.pulseKey);
      const sentAtMs = this.sentAtMs.get(pulse ?? "") ?? -Infinity;
      const value = await operation(redis, region);
      return { value, region, staleMs: performance.now() - sentAtMs };
    };
    try {
      const found = await ask(copy, readBoth, msMax, this.limits);
      this.avoided.succeeded(copy.name);
      return found;
    } catch (error) {
      if (!(error instanceof RegionError)) throw error;
      this.avoided.failed(copy.name);
      return undefined;
    }
  }

  /** One that fails is one pulse less: what copies show is then called older than it is. */
  private async pulse(): Promise<void> {
    const { limits, pulseKey } = this;
    const value = String(++this.pulses);
    this.sentAtMs.set(value, performance.now());
    const [first] = this.sentAtMs.keys();
    if (this.sentAtMs.size > limits.pulsesKept && first !== undefined) this.sentAtMs.delete(first);
    const send: Operation<unknown> = (redis) => redis.set(pulseKey, value, "PX", limits.pulseKeptMs);
    await ask(this.authority, send, limits.operationMsMax, limits).catch(() => undefined);
  }
}
