/**
 * How many log entries of an origin one `apply` is given.
 *
 * The server checks all it is given before the first effect, and stops where an entry waits for another origin's. Two
 * regions that write upon one another's entries take turns every few milliseconds of their logs: of a full batch some
 * dozens apply, and the rest is checked in vain, again and again. A region that has fallen behind never catches up
 * like that while the others write. So after a wait the next call is given about twice as much as this one applied,
 * and after each call that applied all it was given twice as much again. About half is in vain then, not nearly all.
 */
import { adapterLimits } from "./limits.js";

const { waitingEntriesMin, waitingEntriesMax } = adapterLimits;

export class ApplySize {
  /** Only of origins whose entries waited lately. */
  private readonly sizes = new Map<string, number>();

  /** Entries of the next call at most; Infinity: as many as there are. */
  of(origin: string): number {
    return this.sizes.get(origin) ?? Infinity;
  }

  answered(origin: string, status: string, applied: number): void {
    const size = this.sizes.get(origin);
    if (status === "wait") {
      // Half at the least: a call that came to an end just before the next wait says little of the one after.
      const half = size === undefined ? 0 : Math.floor(size / 2);
      this.sizes.set(origin, Math.max(waitingEntriesMin, 2 * applied, half));
    } else if (status === "ok" && size !== undefined) {
      if (2 * size > waitingEntriesMax) this.sizes.delete(origin);
      else this.sizes.set(origin, 2 * size);
    }
  }
}
