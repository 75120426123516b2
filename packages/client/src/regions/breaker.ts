/**
 * The circuit breaker of one region: after some failures in a row nobody is sent there, until a while has passed and a probe
 * succeeds. A region that fails again soon after it came back is left alone for twice as long.
 *
 * Probes and operations are counted apart: that the one works says little of the other, which has a connection of its own.
 */
import type { RegionLimits } from "../limits.js";

export type BreakerState = "closed" | "open";
export type Tried = "probe" | "operation";

export class Breaker {
  /** Nobody is sent to a region that has not answered yet. */
  state: BreakerState = "open";
  /** Of the last failure. */
  reason = "it has not answered yet";
  private readonly failures = { probe: 0, operation: 0 };
  private openMs = 0;
  private openUntilMs = 0;
  private closedAtMs = 0;

  constructor(private readonly limits: RegionLimits) {}

  get hasFailed(): boolean {
    return this.failures.probe + this.failures.operation > 0;
  }

  /** So often in a row that it is, or stays, open. */
  get isGivenUp(): boolean {
    return Math.max(this.failures.probe, this.failures.operation) >= this.limits.failuresToOpen;
  }

  /** True where it opened by this. `isSure`: it takes no more of them. */
  failed(what: Tried, reason: string, nowMs: number, isSure = false): boolean {
    this.reason = reason;
    this.failures[what]++;
    if (this.state === "open" || (!isSure && this.failures[what] < this.limits.failuresToOpen)) return false;
    const wasStable = nowMs - this.closedAtMs >= this.limits.stableMs;
    this.openMs = wasStable ? 0 : this.openMs;
    this.openMs = Math.min(Math.max(this.openMs * 2, this.limits.openMsMin), this.limits.openMsMax);
    this.openUntilMs = nowMs + this.openMs;
    this.state = "open";
    return true;
  }

  /** True where it closed by this: only a probe does. */
  succeeded(what: Tried, nowMs: number): boolean {
    this.failures[what] = 0;
    if (this.state === "closed" || what !== "probe" || nowMs < this.openUntilMs) return false;
    this.failures.operation = 0;
    this.state = "closed";
    this.closedAtMs = nowMs;
    return true;
  }
}
