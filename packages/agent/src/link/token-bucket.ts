/**
 * A limit of bandwidth: what is sent takes from a balance that fills at the rate. Sending may begin while the balance
 * is not negative, so a message larger than the bucket goes too, and is paid for afterwards: over any while the mean is
 * the rate. Time passed in.
 */
import { linkLimits } from "./limits.js";

export class TokenBucket {
  /** Bytes. */
  private balance = 0;
  private filledAtMs = 0;
  private rate: number | undefined;

  /** Bytes a second; undefined: no limit. */
  get bytesPerSecond(): number | undefined {
    return this.rate;
  }

  /** What was sent too much before is forgiven, and nothing is saved up. */
  limit(bytesPerSecond: number | undefined, nowMs: number): void {
    this.rate = bytesPerSecond;
    this.balance = 0;
    this.filledAtMs = nowMs;
  }

  /** How long to wait until something may be sent that leaves so much of a burst; 0: now. A debt of less than a byte is none. */
  waitMs(nowMs: number, leavesMs = 0): number {
    if (this.rate === undefined) return 0;
    const most = (this.rate * linkLimits.burstMs) / 1000;
    this.balance = Math.min(most, this.balance + (this.rate * (nowMs - this.filledAtMs)) / 1000);
    this.filledAtMs = nowMs;
    const lacking = (this.rate * leavesMs) / 1000 - this.balance;
    return lacking < 1 ? 0 : (lacking * 1000) / this.rate;
  }

  spend(bytes: number): void {
    this.balance -= bytes;
  }

  /** Of one message, so that a slow line is not held for long by one. */
  get messageBytes(): number {
    if (this.rate === undefined) return linkLimits.partBytesMax;
    const { partBytesMin, partBytesMax, burstMs } = linkLimits;
    return Math.min(partBytesMax, Math.max(partBytesMin, Math.floor((this.rate * burstMs) / 1000)));
  }
}
