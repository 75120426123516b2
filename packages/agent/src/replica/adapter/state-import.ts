/**
 * Takes in another region's state, where no log brings this one on: begin, ranges of buckets, end.
 *
 * 1. Where it stands lies in the server: whatever ends, an agent, a link, a server, it is asked for and gone on from.
 * 2. One piece is in hand at a time; the next one is not read from the wire before.
 * 3. Regions are asked in turn: after a failure, or where one lacks what this region has, the next.
 * 4. The server has at least as much time for others as it spends on importing.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ExportedText, ExportWish } from "../../link/index.js";
import type { Vector } from "../vector.js";
import { adapterLimits } from "./limits.js";
import { isServerLost, type PartitionCalls } from "./server-calls.js";

export interface StateImportOptions {
  readonly engine: PartitionCalls;
  /** Of the partition. */
  readonly buckets: number;
  /** The regions that this one receives from right now. */
  readonly sources: () => readonly string[];
  /** Whether this region needs a state: no log brings it on. */
  readonly isWanted: () => boolean;
  /** Whether a state that stands there brings it on where no log does. */
  readonly isFurther: (vector: Vector) => boolean;
  /** The state of the source; throws where that fails. */
  readonly ask: (source: string, wish: ExportWish, signal: AbortSignal) => AsyncIterable<ExportedText>;
  /** A state is taken in that stands there; undefined: none is any more. */
  readonly importing: (vector: Vector | undefined) => void;
  /** It has not got on for a while, and is tried again. */
  readonly failed: (source: string | undefined, message: string) => void;
}

/** Of the import that runs. */
export interface StateSyncStatus {
  /** The region that is asked now; null: none could be. */
  readonly source: string | null;
  /** Unix ms since when this agent carries it out. */
  readonly sinceMs: number;
  /** Of `bucketsTotal`. */
  readonly buckets: number;
  readonly bucketsTotal: number;
  /** Taken in by this agent. */
  readonly bytes: number;
  /** Null: not known yet. */
  readonly leftMs: number | null;
  /** Why the latest attempt ended; null: none has. */
  readonly lastError: string | null;
}

interface Place {
  readonly status: string;
  readonly bucket: number;
  readonly detail: string;
  /** Where the state stands that is taken in. */
  readonly start: Vector;
}

export class StateImport {
  private run: { sinceMs: number; startedAtMs: number; from: number; buckets: number; bytes: number } | undefined;
  private source: string | undefined;
  private lastError: string | null = null;
  private turn = 0;
  private movedAtMs = 0;
  private isRunning = false;
  private readonly ending = new AbortController();

  constructor(private readonly options: StateImportOptions) {}

  get status(): StateSyncStatus | null {
    if (this.run === undefined) return null;
    const { sinceMs, startedAtMs, from, buckets, bytes } = this.run;
    const perMs = (buckets - from) / (performance.now() - startedAtMs);
    return {
      source: this.source ?? null,
      sinceMs,
      buckets,
      bucketsTotal: this.options.buckets,
      bytes,
      leftMs: perMs > 0 ? Math.round((this.options.buckets - buckets) / perMs) : null,
      lastError: this.lastError,
    };
  }

  stop(): void {
    this.ending.abort();
  }

  /** Goes on with an import that the server says runs; begins one where that is wanted. Until it has ended, it is one call. */
  async look(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      const place = await this.call("state");
      if (place.status === "ok" || this.options.isWanted()) await this.carryOut(place);
      this.run = undefined;
    } catch (error) {
      this.note(error); // the next look asks where the server stands
    } finally {
      this.isRunning = false;
    }
  }

  private async carryOut(found: Place): Promise<void> {
    let place = found;
    this.run = {
      sinceMs: Date.now(),
      startedAtMs: performance.now(),
      from: place.bucket,
      buckets: place.bucket,
      bytes: 0,
    };
    this.movedAtMs = performance.now();
    if (place.status === "ok") this.options.importing(place.start);
    while (!this.ending.signal.aborted) {
      try {
        place = place.status === "ok" ? await this.takePieces() : await this.begin();
        if (place.status === "none") break;
      } catch (error) {
        if (isServerLost(error)) throw error;
        this.note(error);
        this.turn++;
        await this.pause();
        place = await this.call("state");
        if (place.status === "none" && !this.options.isWanted()) break; // another agent has ended it
      }
    }
    this.lastError = null;
    if (!this.ending.signal.aborted) this.options.importing(undefined);
  }

  private async begin(): Promise<Place> {
    const source = this.nextSource();
    for await (const { text, vector } of this.options.ask(source, { head: true }, this.ending.signal)) {
      if (!this.options.isFurther(vector)) throw new Error(`${source} lacks what this region does`);
      const place = await this.call("head", text);
      if (place.status !== "ok") throw new Error(`${source} can't help yet: ${place.detail}`);
      this.options.importing(vector);
      return place;
    }
    throw new Error(`${source} sent no state`);
  }

  /** From where the server stands; what it answers to the end, or where it stands now. */
  private async takePieces(): Promise<Place> {
    let place = await this.call("state");
    if (place.status !== "ok") return place;
    if (place.bucket < this.options.buckets) {
      const source = this.nextSource();
      const wish = { bucket: place.bucket };
      for await (const { text } of this.options.ask(source, wish, this.ending.signal)) {
        const startedMs = performance.now();
        place = await this.call("piece", text);
        if (place.status === "order") return { ...place, status: "ok" };
        if (place.status !== "ok") throw new Error(`${source} can't help yet: ${place.detail}`);
        this.moved(place.bucket, text.length);
        await delay(performance.now() - startedMs);
      }
      if (place.bucket < this.options.buckets) throw new Error(`${source} ended early`);
    }
    place = await this.call("end");
    return place.status === "ok" ? { ...place, status: "none" } : await this.call("state");
  }

  private moved(bucket: number, bytes: number): void {
    if (this.run === undefined) return;
    this.run.buckets = bucket;
    this.run.bytes += bytes;
    this.movedAtMs = performance.now();
    this.lastError = null;
  }

  private nextSource(): string {
    const sources = this.options.sources();
    this.source = sources[this.turn % Math.max(1, sources.length)];
    if (this.source === undefined) throw new Error("no other region is linked");
    return this.source;
  }

  private note(error: unknown): void {
    if (this.ending.signal.aborted || isServerLost(error)) return;
    this.lastError = error instanceof Error ? error.message : String(error);
    const stuckMs = performance.now() - this.movedAtMs;
    if (stuckMs >= adapterLimits.importAlarmMs) this.options.failed(this.source, this.lastError);
  }

  private async pause(): Promise<void> {
    await delay(adapterLimits.importRetryMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }

  private async call(verb: string, text?: Uint8Array): Promise<Place> {
    const args = text === undefined ? [] : [Buffer.from(text.buffer, text.byteOffset, text.byteLength)];
    return placeOf(await this.options.engine.call("import", verb, ...args));
  }
}

/** [status, next bucket, origin, stamp]; while an import runs, `state` has the head's vector behind it. */
function placeOf(reply: unknown): Place {
  if (!Array.isArray(reply) || reply.length < 4) throw new RangeError("no reply to import");
  const [status, bucket, origin, stamp, flat = []] = reply as [string, string, string, string, string[]?];
  const start = new Map<string, number>();
  for (let at = 0; at + 1 < flat.length; at += 2) start.set(flat[at]!, Number(flat[at + 1]));
  return { status, bucket: Number(bucket), detail: `${status} ${origin} ${stamp}`.trim(), start };
}
