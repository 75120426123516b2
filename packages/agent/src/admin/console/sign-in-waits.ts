/** Who failed to sign in waits before the next try is looked at, longer each time; by address, and only so many of those. */
import { agentLimits } from "../../limits.js";

interface Failures {
  count: number;
  untilMs: number;
}

export class SignInWaits {
  private readonly addresses = new Map<string, Failures>();

  /** How long the address still waits; 0: it may try. */
  waitMs(address: string, nowMs: number): number {
    const failures = this.addresses.get(address);
    return failures === undefined ? 0 : Math.max(0, failures.untilMs - nowMs);
  }

  failed(address: string, nowMs: number): void {
    const count = (this.addresses.get(address)?.count ?? 0) + 1;
    const beyond = count - agentLimits.signInFailuresFree;
    const waitMs =
      beyond < 0 ? 0 : Math.min(agentLimits.signInWaitMsMin * 2 ** Math.min(beyond, 30), agentLimits.signInWaitMsMax);
    this.addresses.delete(address); // it becomes the last
    this.addresses.set(address, { count, untilMs: nowMs + waitMs });
    if (this.addresses.size <= agentLimits.signInAddressesMax) return;
    const [oldest] = this.addresses.keys();
    if (oldest !== undefined) this.addresses.delete(oldest);
  }

  succeeded(address: string): void {
    this.addresses.delete(address);
  }
}
