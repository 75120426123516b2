/**
 * What has come of one origin and is not yet applied: one unbroken chain that begins right after `after`.
 *
 * Each entry remembers who brought it, so that a poisoned one is known by its source.
 */
import type { Batch, Entry, Payload } from "./protocol.js";

interface Segment<P extends Payload> {
  readonly source: string;
  readonly entries: readonly Entry<P>[];
  /** Entries before it are done. */
  begin: number;
}

/** Why the head of a queue is not tried now. */
export type Blocked =
  | { kind: "wait"; origin: string; stamp: number; sinceMs: number }
  | { kind: "retry"; atMs: number };

export class Queue<P extends Payload> {
  readonly origin: string;
  blocked: Blocked | undefined;
  /** Since when its region is not known here. */
  unknownSinceMs: number | undefined;
  /** Entries still to be applied one by one, to find the one that can't be read. */
  singly = 0;
  /** By source: what it sent was dropped, and it was asked to rewind; `again`: more was dropped since. */
  readonly rewinds = new Map<string, { askedAtMs: number; again: boolean }>();
  bytes = 0;
  count = 0;
  private segments: Segment<P>[] = [];
  private from: number;
  private to: number;

  constructor(origin: string, at: number) {
    this.origin = origin;
    this.from = at;
    this.to = at;
  }

  get after(): number {
    return this.from;
  }

  get last(): number {
    return this.to;
  }

  get headSource(): string | undefined {
    return this.segments[0]?.source;
  }

  get sources(): Set<string> {
    return new Set(this.segments.map(({ source }) => source));
  }

  get headStamp(): number | undefined {
    const head = this.segments[0];
    return head?.entries[head.begin]?.stamp;
  }

  /** Takes what is new of the batch, which begins at or before `last` and ends after it. */
  push(source: string, batch: Batch<P>): void {
    let begin = 0;
    while (batch.entries[begin]!.stamp <= this.to) begin++;
    for (let at = begin; at < batch.entries.length; at++) this.bytes += batch.entries[at]!.payload.length;
    this.count += batch.entries.length - begin;
    this.segments.push({ source, entries: batch.entries, begin });
    this.to = batch.entries[batch.entries.length - 1]!.stamp;
  }

  /** The next entries, at least one. */
  head(entriesMax: number, bytesMax: number): Entry<P>[] {
    const entries: Entry<P>[] = [];
    let bytes = 0;
    for (const segment of this.segments) {
      for (let at = segment.begin; at < segment.entries.length; at++) {
        const entry = segment.entries[at]!;
        bytes += entry.payload.length;
        if (entries.length > 0 && (entries.length >= entriesMax || bytes > bytesMax)) return entries;
        entries.push(entry);
      }
    }
    return entries;
  }

  /** The server stands at this stamp: what is at or before it is done. False where the chain no longer fits. */
  advance(stamp: number): boolean {
    if (stamp < this.from) {
      if (this.count > 0) return false;
      this.from = stamp;
      this.to = stamp;
      return true;
    }
    let dropped = 0;
    for (const segment of this.segments) {
      while (segment.begin < segment.entries.length && segment.entries[segment.begin]!.stamp <= stamp) {
        this.bytes -= segment.entries[segment.begin]!.payload.length;
        this.count--;
        segment.begin++;
      }
      if (segment.begin < segment.entries.length) break;
      dropped++;
    }
    if (dropped > 0) this.segments = this.segments.slice(dropped);
    this.from = stamp;
    this.to = Math.max(this.to, stamp);
    return true;
  }

  clear(at: number): void {
    this.segments = [];
    this.bytes = 0;
    this.count = 0;
    this.from = at;
    this.to = at;
    this.blocked = undefined;
    this.singly = 0;
  }
}
