/**
 * Settles conflicts by a resolver: in the region in use, of what that tells and of what was there before.
 *
 * Invariants
 * 1. What is written took the place of just the values that it was made of (MERIDIAN.CONFLICT RESOLVE): never of what somebody
 *    wrote meanwhile.
 * 2. Several processes and regions may do this at once. Where the resolver is the same they make the same, which is no conflict.
 * 3. A resolver that is not, that throws or does not come to an end, is told of and stops: what shows stays, as without it.
 * 4. What was missed is looked for: the region has the list.
 */
import { EventEmitter } from "node:events";
import type { Redis as PlainRedis } from "ioredis";
import { RegionError } from "../errors.js";
import type { ConflictLimits } from "../limits.js";
import type { Regions } from "../regions/regions.js";
import { type ConflictFeed, watchConflicts } from "./conflict-feed.js";
import type { ConflictEvent } from "./events.js";
import { listPlaces, type Place, readPlace, type Row, settlePlace } from "./place-reads.js";
import { PlaceQueue, type Queued } from "./place-queue.js";
import { Resolutions } from "./resolutions.js";
import { checkResolver, makeOf, type Resolver } from "./resolver.js";

/** A conflict that was settled here. */
export interface Settled {
  /** As UTF-8. */
  readonly key: string;
  readonly field: string | undefined;
  readonly value: Buffer;
  readonly region: string;
}

export interface ConflictResolverEvents {
  settled: [Settled];
  /** What kept it from settling a conflict, with the key; or from asking the region at all. */
  problem: [error: Error, key: string | undefined];
}

export class ConflictResolver extends EventEmitter<ConflictResolverEvents> {
  private readonly resolutions: Resolutions;
  private readonly queue: PlaceQueue;
  private readonly types: readonly string[];
  private scanning: Promise<void> | undefined;
  private mayLack = false;
  private retrying: NodeJS.Timeout | undefined;
  private isClosed = false;

  /** Use `resolveConflicts`. */
  constructor(
    private readonly regions: Regions,
    private readonly feed: ConflictFeed,
    private readonly resolver: Resolver,
    private readonly limits: ConflictLimits,
  ) {
    super();
    this.types = resolver.types ?? ["string"];
    this.resolutions = new Resolutions(limits);
    this.queue = new PlaceQueue(limits, (queued) => this.settle(queued));
    feed.on("conflict", (event) => this.onConflict(event));
    feed.on("resolved", (event) => this.resolutions.note(event));
    feed.on("missed", () => this.scan());
    feed.on("problem", (error) => this.emit("problem", error, undefined));
    regions.once("closed", () => this.close());
    this.scan();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retrying);
    this.queue.close();
    this.feed.close();
  }

  private onConflict({ keyBytes, partBytes, type }: ConflictEvent): void {
    if (type === "string" || type === "hash")
      this.add({ key: keyBytes, field: type === "hash" ? partBytes : undefined });
  }

  private add(place: Place): boolean {
    if (!this.types.includes(place.field === undefined ? "string" : "hash")) return true;
    if (!place.key.toString().startsWith(this.resolver.prefix)) return true;
    const hasRoom = this.queue.add(place);
    if (!hasRoom) this.mayLack = true;
    return hasRoom;
  }

  /** All that the region has a list of. */
  private scan(): void {
    if (this.isClosed) return;
    this.mayLack = true;
    this.scanning ??= this.look().finally(() => {
      this.scanning = undefined;
      if (!this.mayLack || this.isClosed) return;
      this.retrying = setTimeout(() => this.scan(), this.limits.retryMs);
      this.retrying.unref();
    });
  }

  private async look(): Promise<void> {
    this.mayLack = false;
    try {
      for await (const place of listPlaces((operation) => this.ask(operation))) {
        if (this.isClosed || !this.add(place)) return;
      }
    } catch (error) {
      this.mayLack = true;
      this.tell(error, undefined);
    }
  }

  private ask<T>(operation: (redis: PlainRedis) => Promise<T>): Promise<T> {
    return this.regions.inRegion(this.feed.region, operation, { msMax: this.limits.operationMsMax });
  }

  /** For how long the place must wait until it is looked at again; undefined: it is done with. */
  private async settle({ place, name, waited }: Queued): Promise<{ ms: number; waited?: string } | undefined> {
    const key = place.key.toString();
    try {
      const rows = await this.ask((redis) => readPlace(redis, place));
      const different = rows.filter((row, at) => rows.findIndex(({ bytes }) => bytes.equals(row.bytes)) === at);
      if (different.length < 2 || this.isLetBe(rows, name)) return undefined;
      const turn = this.turnOf(rows);
      const seen = rows.map(({ origin, stamp }) => `${origin} ${stamp}`).join(",");
      if (turn > 0 && waited !== seen) return { ms: turn * this.limits.turnMs, waited: seen };
      const field = place.field?.toString();
      const values = different.map(({ value, bytes, region, stamp }) => ({ value, bytes, region, stamp }));
      const made = makeOf(this.resolver, { key, field, values });
      if (made === undefined) return undefined;
      const region = this.feed.region;
      if (!(await this.ask((redis) => settlePlace(redis, place, rows, made, this.resolver)))) return { ms: 0 };
      this.resolutions.count(name, performance.now());
      this.emit("settled", { key, field, value: made, region });
      return undefined;
    } catch (error) {
      if (this.isClosed || isOfAnotherType(error)) return undefined;
      this.tell(error, key);
      return mayPass(error) ? { ms: this.limits.retryMs, ...(waited === undefined ? {} : { waited }) } : undefined;
    }
  }

  private isLetBe(rows: readonly Row[], name: string): boolean {
    const { resolver, resolutions, limits } = this;
    const { name: by, version } = resolver;
    if (resolutions.isOfHigher(rows, by, version)) return true;
    const regions = resolutions.disagreeing(rows, by, version);
    if (regions.length > 0) {
      throw new RegionError("MERIDIAN_RESOLVERDISAGREES", { resolver: by, version, regions: regions.join(", ") });
    }
    if (!resolutions.isTooOften(name, performance.now())) return false;
    const [times, ms] = [limits.resolutionsMax, limits.resolutionsWithinMs];
    throw new RegionError("MERIDIAN_RESOLVERLOOPS", { resolver: by, version, times, ms });
  }

  /** First the region whose value shows, then those that lost, then any other. */
  private turnOf(rows: readonly Row[]): number {
    const order = [...new Set([...rows.map(({ region }) => region), ...this.regions.names])];
    return Math.max(0, order.indexOf(this.feed.region));
  }

  private tell(error: unknown, key: string | undefined): void {
    if (!this.isClosed) this.emit("problem", error instanceof Error ? error : new Error(String(error)), key);
  }
}

/** Somebody made something else of the key meanwhile. */
function isOfAnotherType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("WRONGTYPE");
}

const OF_RESOLVER: ReadonlySet<string> = new Set([
  "MERIDIAN_RESOLVERFAILED",
  "MERIDIAN_RESOLVERUNSTEADY",
  "MERIDIAN_RESOLVERDISAGREES",
  "MERIDIAN_RESOLVERLOOPS",
]);

/** Replies of a server that is full, busy or just not there. */
const PASSING = /^(OOM|BUSY|TRYAGAIN|LOADING|MERIDIAN_SERVERDOWN)\b/;

/** It may be done later: nothing is wrong with the resolver or the key. */
function mayPass(error: unknown): boolean {
  if (error instanceof RegionError) return !OF_RESOLVER.has(error.code);
  return error instanceof Error && PASSING.test(error.message);
}

/**
 * Settles conflicts in keys of the resolver's prefix from now on, and those that are there. Rejects as `watchConflicts` does, and
 * where the resolver is none.
 */
export async function resolveConflicts(
  regions: Regions,
  resolver: Resolver,
  limits: Partial<ConflictLimits> = {},
): Promise<ConflictResolver> {
  checkResolver(resolver);
  const feed = await watchConflicts(regions, limits);
  return new ConflictResolver(regions, feed, resolver, feed.limits);
}
