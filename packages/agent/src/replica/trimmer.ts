/**
 * When a log may be cut: up to what every configured region holds durably, and never what is younger than a minute.
 *
 * Why durable and not applied: a region whose server crashes loses what it has applied and not synced, and must get
 * it again; and it gives back to a crashed origin what that one has lost. A region that was never heard of holds
 * everything. What a region once said stays valid while its link is down: durable is durable.
 */
import type { Payload, Standing } from "./protocol.js";
import type { Shared } from "./shared.js";
import { stampAtMs } from "./stamps.js";
import { stampIn } from "./vector.js";

export class Trimmer<P extends Payload> {
  private readonly standings = new Map<string, Standing>();
  private readonly trimmed = new Map<string, number>();
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly shared: Shared<P>) {}

  /** What a region says of itself. */
  heard(region: string, standing: Standing): void {
    this.standings.set(region, standing);
  }

  standingOf(region: string): Standing | undefined {
    return this.standings.get(region);
  }

  /** After a restart the logs may reach back further than we remember. */
  serverLost(): void {
    this.trimmed.clear();
  }

  tick(nowMs: number): void {
    const { shared } = this;
    if (!shared.serverUp || nowMs - this.lastMs < shared.limits.trimEveryMs) return;
    this.lastMs = nowMs;
    const youngest = stampAtMs(shared.serverNowMs - shared.limits.trimKeepMs);
    for (const origin of shared.vector.keys()) {
      const stamp = Math.min(youngest, this.heldByAll(origin));
      if (stamp <= (this.trimmed.get(origin) ?? 0)) continue;
      this.trimmed.set(origin, stamp);
      shared.commands.push({ kind: "trim", origin, stamp });
    }
  }

  private heldByAll(origin: string): number {
    let least = stampIn(this.shared.durable, origin);
    for (const peer of this.shared.peers) {
      const standing = this.standings.get(peer);
      least = Math.min(least, standing === undefined ? 0 : stampIn(standing.durable, origin));
    }
    return least;
  }
}
