/**
 * The newest part of the own log: read once, for all peers that follow it.
 *
 * Invariant: it holds every entry of the log in (after, last].
 */
import type { Entry, Payload } from "./protocol.js";

export class Tail<P extends Payload> {
  readonly origin: string;
  /** The read that waits for more. */
  reading: number | undefined;
  private entries: Entry<P>[] = [];
  private bytes = 0;
  private lower: number;
  private upper: number;

  constructor(origin: string, at: number) {
    this.origin = origin;
    this.lower = at;
    this.upper = at;
  }

  get after(): number {
    return this.lower;
  }

  get last(): number {
    return this.upper;
  }

  /** Begins anew, empty, where somebody else has read to. */
  restartAt(stamp: number): void {
    this.entries = [];
    this.bytes = 0;
    this.lower = stamp;
    this.upper = stamp;
  }

  push(entries: readonly Entry<P>[], bytesMax: number): void {
    for (const entry of entries) {
      if (entry.stamp <= this.upper) continue;
      this.entries.push(entry);
      this.bytes += entry.payload.length;
      this.upper = entry.stamp;
    }
    if (this.bytes <= bytesMax) return;
    let dropped = 0;
    while (this.bytes > bytesMax / 2 && dropped < this.entries.length) {
      const entry = this.entries[dropped++]!;
      this.bytes -= entry.payload.length;
      this.lower = entry.stamp;
    }
    this.entries = this.entries.slice(dropped);
  }

  /** What follows the stamp, which lies in [after, last]. */
  from(stamp: number, entriesMax: number, bytesMax: number): readonly Entry<P>[] {
    const begin = this.indexAfter(stamp);
    let end = begin;
    let bytes = 0;
    while (end < this.entries.length && end - begin < entriesMax) {
      bytes += this.entries[end]!.payload.length;
      if (bytes > bytesMax && end > begin) break;
      end++;
    }
    return begin === end ? [] : this.entries.slice(begin, end);
  }

  /** The oldest entry after the stamp, where it is here. */
  firstAfter(stamp: number): number | undefined {
    return stamp < this.lower ? undefined : this.entries[this.indexAfter(stamp)]?.stamp;
  }

  countAfter(stamp: number): number {
    return this.entries.length - this.indexAfter(stamp);
  }

  private indexAfter(stamp: number): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entries[middle]!.stamp <= stamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
