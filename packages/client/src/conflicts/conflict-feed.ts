/**
 * What the region in use tells of conflicts, as it happens: a subscription of its own, made again when it is lost, and moved
 * when another region is used.
 *
 * Invariants
 * 1. What was not told is said to be missed: by number where notices have a gap, without one where nobody listened.
 * 2. Nothing that is kept for a listener grows without bound.
 */
import { EventEmitter } from "node:events";
import type { Redis as PlainRedis } from "ioredis";
import { RegionError } from "../errors.js";
import { conflictLimits, type ConflictLimits } from "../limits.js";
import type { Regions } from "../regions/regions.js";
import { within } from "../regions/time-limit.js";
import { EventQueue } from "./event-queue.js";
import { type ConflictEvent, CONFLICTS_CHANNEL, type MissedEvent, readNotice, type ResolvedEvent } from "./events.js";

export interface ConflictFeedEvents {
  conflict: [ConflictEvent];
  resolved: [ResolvedEvent];
  missed: [MissedEvent];
  /** From now on this region tells. */
  listening: [{ readonly region: string }];
  /** The region does not let us listen; it is tried again with the next connection. */
  problem: [Error];
}

export class ConflictFeed extends EventEmitter<ConflictFeedEvents> {
  private subscriber: PlainRedis | undefined;
  private listened: string | undefined;
  private hasListened = false;
  private isClosed = false;
  /** The last number of each kind. */
  private numbers = new Map<string, number>();
  private readonly queues = new Set<EventQueue>();
  private readonly onMoved = (): void => this.subscribe();
  private readonly onClosed = (): void => this.close();

  /** Use `watchConflicts`. */
  constructor(
    private readonly regions: Regions,
    readonly limits: ConflictLimits,
  ) {
    super();
    this.setMaxListeners(0);
    regions.on("moved", this.onMoved);
    regions.on("closed", this.onClosed);
  }

  /** The region that is asked to tell. */
  get region(): string {
    return this.listened ?? this.regions.current;
  }

  /** Conflicts, resolutions and what was missed, for one reader: `for await`. It ends with the signal, and with the feed. */
  events({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<
    ConflictEvent | ResolvedEvent | MissedEvent
  > {
    const end = (): void => queue.end();
    const queue: EventQueue = new EventQueue(this.limits.eventsKept, () => {
      this.queues.delete(queue);
      signal?.removeEventListener("abort", end);
    });
    this.queues.add(queue);
    if (this.isClosed || signal?.aborted === true) queue.end();
    else signal?.addEventListener("abort", end, { once: true });
    return queue;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.regions.off("moved", this.onMoved);
    this.regions.off("closed", this.onClosed);
    this.subscriber?.disconnect();
    for (const queue of this.queues) queue.end();
  }

  /** @ignore Resolves when the first region tells. */
  async start(): Promise<this> {
    const ms = this.limits.startMsMax;
    const begun = new Promise<void>((resolve, reject) => {
      this.once("listening", () => resolve());
      this.once("problem", reject);
    });
    this.subscribe();
    try {
      await within(begun, ms, () => new RegionError("MERIDIAN_REGIONTIMEOUT", { region: this.region, ms }));
    } catch (error) {
      this.close();
      throw error;
    }
    return this;
  }

  private subscribe(): void {
    if (this.isClosed) return;
    const region = this.regions.current;
    if (region === this.listened) return;
    this.subscriber?.disconnect();
    this.listened = region;
    const subscriber = this.regions.redis(region).duplicate({ keyPrefix: "", autoResubscribe: false });
    this.subscriber = subscriber;
    subscriber.on("error", () => undefined); // it is made again; the region's own connections say what is wrong
    subscriber.on("ready", () => void this.listen(subscriber, region));
    subscriber.on("messageBuffer", (_channel: Buffer, message: Buffer) => this.onMessage(message, region));
  }

  private async listen(subscriber: PlainRedis, region: string): Promise<void> {
    try {
      await subscriber.subscribe(CONFLICTS_CHANNEL);
    } catch (error) {
      const isRefused = error instanceof Error && error.name === "ReplyError";
      if (isRefused && !this.isClosed && subscriber === this.subscriber) this.emit("problem", error);
      return;
    }
    if (this.isClosed || subscriber !== this.subscriber) return;
    this.numbers = new Map();
    if (this.hasListened) this.tell({ event: "missed", seenIn: region, count: undefined });
    this.hasListened = true;
    this.emit("listening", { region });
  }

  private onMessage(message: Buffer, region: string): void {
    const notice = readNotice(message, region);
    if (notice === undefined || this.isClosed || region !== this.listened) return;
    const { told, number, kind } = notice;
    if (number !== undefined) {
      const before = this.numbers.get(kind);
      const count = before === undefined ? 0 : number - before - 1;
      this.numbers.set(kind, number);
      if (count > 0) this.tell({ event: "missed", seenIn: region, count });
    }
    this.tell(told);
  }

  private tell(event: ConflictEvent | ResolvedEvent | MissedEvent): void {
    if (event.event === "conflict") this.emit("conflict", event);
    else if (event.event === "resolved") this.emit("resolved", event);
    else this.emit("missed", event);
    for (const queue of this.queues) queue.push(event);
  }
}

/** Resolves when the region in use tells of conflicts. Rejects where it can't within `startMsMax`, or the user has no right to the channel. */
export async function watchConflicts(regions: Regions, limits: Partial<ConflictLimits> = {}): Promise<ConflictFeed> {
  return new ConflictFeed(regions, { ...conflictLimits, ...limits }).start();
}
