/**
 * How much may be on its way to a peer: twice what it acknowledged within the last half second. So it grows as fast as TCP's slow
 * start does, and on a slow line, or with a slow receiver, no more waits between the two than about a second's worth: life
 * signs are not held up behind it, little is sent again after a cut, and what waits lies in the log and not in memory.
 */
import type { ReplicaLimits } from "./limits.js";

const MEASURED_MS = 500;
const SHARES = 2;

export class Window {
  private readonly landings: { atMs: number; bytes: number }[] = [];
  private landedBytes = 0;

  /** The peer acknowledged so much. */
  landed(bytes: number, nowMs: number): void {
    const latest = this.landings.at(-1);
    if (latest?.atMs === nowMs) latest.bytes += bytes;
    else this.landings.push({ atMs: nowMs, bytes });
    this.landedBytes += bytes;
    this.forget(nowMs);
  }

  bytes({ windowBytesMin, windowBytesMax }: ReplicaLimits, nowMs: number): number {
    this.forget(nowMs);
    return Math.min(windowBytesMax, Math.max(windowBytesMin, SHARES * this.landedBytes));
  }

  private forget(nowMs: number): void {
    let past = 0;
    while (past < this.landings.length && this.landings[past]!.atMs < nowMs - MEASURED_MS) {
      this.landedBytes -= this.landings[past++]!.bytes;
    }
    if (past > 0) this.landings.splice(0, past);
  }
}
