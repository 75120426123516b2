/**
 * For how long what was written waits to be on the server's disk. Told in steps: from when a vector was first seen that is
 * not durable, until it is, and then from the next one on. So it is never more than what was waited, and at least half of it.
 */
import { covers, type Vector } from "../vector.js";

export class DiskLag {
  private oldest: { readonly vector: Vector; readonly sinceMs: number } | undefined;

  look(applied: Vector, durable: Vector, nowMs: number): void {
    if (this.oldest !== undefined && covers(durable, this.oldest.vector)) this.oldest = undefined;
    if (this.oldest === undefined && !covers(durable, applied)) {
      this.oldest = { vector: new Map(applied), sinceMs: nowMs };
    }
  }

  /** The server was lost: what was not on its disk may be gone. */
  forget(): void {
    this.oldest = undefined;
  }

  lagMs(nowMs: number): number {
    return this.oldest === undefined ? 0 : Math.round(nowMs - this.oldest.sinceMs);
  }
}
