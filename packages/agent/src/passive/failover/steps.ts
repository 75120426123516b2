/**
 * A region's part in a failover that another region's agent leads. Every step ends by itself after a while, so that a leader that
 * dies leaves nothing behind: the server does writes again, the gateway sends them, and the primary is who it was.
 */
import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "../../errors.js";
import type { PeerState } from "../documents.js";
import { passiveLimits } from "../limits.js";
import type { RoleRecord } from "../record.js";
import type { Roles } from "../roles.js";

interface UnderWay {
  readonly id: string;
  readonly timer: NodeJS.Timeout;
}

export class FailoverSteps {
  private underWay: UnderWay | undefined;
  private isPaused = false;
  private readonly holds = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly roles: Roles,
    /** Writes that the gateway has sent and that are not answered. */
    private readonly unanswered: () => number,
  ) {}

  /** At the primary, and at the region that leads: no other one from now on. */
  claim(id: string, epoch: number, mustBePrimary: boolean): void {
    const { roles } = this;
    if (this.underWay !== undefined && this.underWay.id !== id) {
      throw new AgentError("MERIDIAN_FAILOVERUNDERWAY", { what: this.underWay.id });
    }
    if (mustBePrimary) this.refuseOthers(epoch);
    clearTimeout(this.underWay?.timer);
    const timer = setTimeout(() => void this.end(id), passiveLimits.holdMsMax);
    timer.unref();
    this.underWay = { id, timer };
    roles.isBusy = true;
  }

  /** Resolves once what was sent is answered, or after a while. */
  async hold(id: string, epoch: number): Promise<{ drained: boolean }> {
    const { roles } = this;
    if (roles.record?.epoch !== epoch) {
      throw new AgentError("MERIDIAN_NOTTHEPRIMARY", { region: roles.record?.primary ?? "nobody", epoch });
    }
    const timer = setTimeout(() => this.release(id), passiveLimits.holdMsMax);
    timer.unref();
    clearTimeout(this.holds.get(id));
    this.holds.set(id, timer);
    roles.hold(id, `a failover (${id})`);
    const untilMs = performance.now() + passiveLimits.drainMsMax;
    while (this.unanswered() > 0 && performance.now() < untilMs) await delay(2);
    return { drained: this.unanswered() === 0 };
  }

  /** At the primary: no writes from now on. Where its data end then. */
  async pause(id: string, epoch: number): Promise<{ stream: string; offset: number }> {
    const { roles } = this;
    if (this.underWay?.id !== id) throw new AgentError("MERIDIAN_FAILOVERUNDERWAY", { what: this.underWay?.id ?? "-" });
    this.refuseOthers(epoch);
    await roles.options.server.pauseWrites(passiveLimits.pauseMsMax);
    this.isPaused = true;
    const seen = await roles.look();
    if (seen?.role !== "primary")
      throw new AgentError("MERIDIAN_NOTTHEPRIMARY", { region: roles.options.region, epoch });
    return { stream: seen.replicationId, offset: seen.offset };
  }

  /** It was given up: all is as before. */
  async end(id: string): Promise<void> {
    if (this.underWay?.id === id) {
      clearTimeout(this.underWay.timer);
      this.underWay = undefined;
      if (this.isPaused) {
        this.isPaused = false;
        await this.roles.options.server.unpause().catch(() => undefined); // it ends by itself
      }
      this.roles.isBusy = false;
    }
    this.release(id);
  }

  /** Another region is the primary: the server follows it, then writes go there. */
  async take(id: string, record: RoleRecord, state: PeerState, isFenced: boolean): Promise<PeerState> {
    const { roles } = this;
    roles.told(record, state, isFenced);
    await roles.followNow();
    await this.end(id);
    return roles.state();
  }

  private release(id: string): void {
    clearTimeout(this.holds.get(id));
    this.holds.delete(id);
    this.roles.release(id);
  }

  private refuseOthers(epoch: number): void {
    const { record, isPrimary, seen, options } = this.roles;
    if (isPrimary && record?.epoch === epoch && seen?.role === "primary") return;
    throw new AgentError("MERIDIAN_NOTTHEPRIMARY", { region: options.region, epoch });
  }
}
