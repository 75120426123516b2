/**
 * What a state that is given away may use of a line with a limit: what batches of log entries leave, and a tenth of the line in any case,
 * so that it ends some day.
 *
 * 1. It takes only of what is saved up beyond half a burst: a fresh batch finds the other half, and leaves at once.
 * 2. Where batches use up the line, that never comes: then its share lets it through.
 * 3. Its messages are small: one that has just begun holds a batch up for some milliseconds.
 */
import { linkLimits } from "./limits.js";
import { TokenBucket } from "./token-bucket.js";

export class LineRest {
  private readonly share = new TokenBucket();
  private rate: number | undefined;
  /** What is sent now was not left by batches. */
  private usesShare = false;

  constructor(private readonly line: TokenBucket) {}

  /** How long to wait until something may be sent; 0: now. */
  waitMs(nowMs: number): number {
    const rate = this.line.bytesPerSecond;
    if (rate !== this.rate) {
      this.rate = rate;
      this.share.limit(rate === undefined ? undefined : rate * linkLimits.restShare, nowMs);
    }
    if (rate === undefined) return 0;
    const leftMs = this.line.waitMs(nowMs, linkLimits.burstMs / 2);
    this.usesShare = leftMs > 0;
    return Math.min(leftMs, this.share.waitMs(nowMs));
  }

  spend(bytes: number): void {
    this.line.spend(bytes);
    if (this.usesShare) this.share.spend(bytes);
  }

  get messageBytes(): number {
    const { restPartMs, restPartBytesMin } = linkLimits;
    const { messageBytes, bytesPerSecond } = this.line;
    if (bytesPerSecond === undefined) return messageBytes;
    return Math.min(messageBytes, Math.max(restPartBytesMin, Math.floor((bytesPerSecond * restPartMs) / 1000)));
  }
}
