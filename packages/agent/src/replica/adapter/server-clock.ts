/**
 * The clock of the region's server, which stamps its entries, told between two looks at it by this machine's steady
 * clock. A look tells the time as of some moment between question and answer.
 */
import { adapterLimits } from "./limits.js";

export class ServerClock {
  private look: { serverMs: number; atMs: number; errorMs: number } | undefined;

  /** The server said `serverMs` (Unix) to a question that was answered between the two times of the steady clock. */
  saw(serverMs: number, askedAtMs: number, answeredAtMs: number): void {
    const errorMs = (answeredAtMs - askedAtMs) / 2;
    const { look } = this;
    if (look !== undefined && errorMs > adapterLimits.clockLookErrorMsMax) return;
    const isWorse = look !== undefined && errorMs > look.errorMs + adapterLimits.clockErrorMs;
    if (isWorse && answeredAtMs - look.atMs < adapterLimits.clockLookMsMax) return;
    this.look = { serverMs, atMs: askedAtMs + errorMs, errorMs };
  }

  /** Unix ms; undefined: never seen. */
  nowMs(atMs: number): number | undefined {
    return this.look === undefined ? undefined : this.look.serverMs + (atMs - this.look.atMs);
  }
}
