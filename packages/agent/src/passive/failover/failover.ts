/**
 * Makes this region the primary: in order, so that nothing is lost, or by force, where the primary is gone.
 *
 * In order: the primary is claimed, gateways hold writes, the primary's server does none, this region's catches up, then the roles
 * change, and all are told.
 *
 * 1. Before the roles change whatever fails ends all of it, and all is as before. What changes them is one command to this region's
 *    server, and it is sent only while the former primary's server surely does no writes.
 * 2. The new record is in the server before anybody is told, so an agent that dies now finds it there.
 * 3. A server that became a primary without a record is made a replica again by its agent.
 */
import { setTimeout as delay } from "node:timers/promises";
import { AgentError, codeOf, textOf } from "../../errors.js";
import type { FailoverDocument, FailoverRequest } from "../documents.js";
import { passiveLimits } from "../limits.js";
import type { Peers } from "../peers.js";
import type { RoleRecord } from "../record.js";
import type { Roles } from "../roles.js";
import { lossOf } from "./loss.js";
import type { FailoverSteps } from "./steps.js";

export interface FailoverOptions {
  readonly roles: Roles;
  readonly peers: Peers;
  readonly steps: FailoverSteps;
  readonly lagBytesMax: number;
}

export class Failover {
  constructor(private readonly options: FailoverOptions) {}

  /** `to` is this region. */
  async run({ to, force = false, confirmed = false }: FailoverRequest): Promise<FailoverDocument> {
    const { roles, peers } = this.options;
    const { record } = roles;
    if (record === undefined) {
      throw new AgentError("MERIDIAN_NOPRIMARYYET", { problem: roles.problem ?? "the agents have yet to agree" });
    }
    if (record.primary === to) throw new AgentError("MERIDIAN_ALREADYPRIMARY", { region: to });
    await peers.askAll();
    await roles.look();
    if (!force) return await this.inOrder(to, record);
    const alive = peers.heard().find(({ region }) => region === record.primary);
    if (alive?.state?.server?.role === "primary" && alive.problem === null) {
      throw new AgentError("MERIDIAN_PRIMARYALIVE", { region: record.primary });
    }
    return await this.byForce(to, record, confirmed);
  }

  private async inOrder(to: string, record: RoleRecord): Promise<FailoverDocument> {
    const { steps } = this.options;
    this.refuseUnready(to, record);
    const id = idOf(to, record);
    let step = "claiming the primary";
    const at = (name: string): void => void (step = name);
    try {
      steps.claim(id, record.epoch, false);
      const startedMs = await this.prepare(id, record, at);
      at("changing the roles");
      const next = await this.change(to, record);
      const unaware = await this.tell(id, next, record, true);
      await steps.end(id);
      const pausedMs = Math.round(performance.now() - startedMs);
      return this.document(to, record, { kind: "planned", epoch: next.epoch, pausedMs, unaware });
    } catch (error) {
      await this.giveUp(id);
      if (error instanceof AgentError && codeOf(error) !== "MERIDIAN_INTERNAL") throw error;
      throw new AgentError(
        "MERIDIAN_FAILOVERFAILED",
        { region: to, step, reason: textOf(error), primary: record.primary },
        error,
      );
    }
  }

  /** Until this region has all that was written. When it began. */
  private async prepare(id: string, record: RoleRecord, at: (step: string) => void): Promise<number> {
    const { roles, peers, steps } = this.options;
    const { epoch, primary } = record;
    await peers.put(primary, { kind: "claim", id, epoch });
    at("holding writes at the gateways");
    const startedMs = performance.now();
    const holds = peers.heard().map(({ region }) => peers.put(region, { kind: "hold", id, epoch }));
    await Promise.all([steps.hold(id, epoch), ...holds]);
    at("pausing writes at the primary");
    const pausedMs = performance.now(); // the pause begins after it, and so ends later
    const end = await peers.put(primary, { kind: "pause", id, epoch });
    at("catching up");
    for (;;) {
      const seen = await roles.look();
      if (seen !== undefined && seen.replicationId === end.stream && seen.offset >= end.offset) break;
      if (performance.now() - pausedMs > passiveLimits.catchUpMsMax) {
        const missing = seen === undefined ? "all" : String(end.offset - seen.offset);
        throw new Error(`${missing} bytes are missing after ${passiveLimits.catchUpMsMax} ms`);
      }
      await delay(2);
    }
    if (performance.now() - pausedMs > passiveLimits.pauseMsMax - passiveLimits.switchMsLeast) {
      throw new Error("it took too long");
    }
    return startedMs;
  }

  /** By a majority's votes, of which none was for longer than it is good. */
  async elected(to: string, record: RoleRecord): Promise<FailoverDocument> {
    return await this.byForce(to, record, true);
  }

  private async byForce(to: string, record: RoleRecord, confirmed: boolean): Promise<FailoverDocument> {
    const { roles, peers, steps } = this.options;
    const announced = lossOf(roles, peers);
    if (!confirmed) {
      return this.document(to, record, { kind: "forced", done: false, epoch: record.epoch + 1, loss: announced });
    }
    const id = idOf(to, record);
    steps.claim(id, record.epoch, false);
    try {
      await this.fence(to);
      const next = await this.change(to, record);
      const loss = lossOf(roles, peers, roles.seen?.formerOffset);
      const unaware = await this.tell(id, next, record, false);
      return this.document(to, record, { kind: "forced", epoch: next.epoch, loss, unaware });
    } finally {
      await steps.end(id);
    }
  }

  /** With automatic failover: until the former primary has noticed that this server does not follow it. */
  private async fence(to: string): Promise<void> {
    const { roles } = this.options;
    if (!roles.options.automatic) return;
    const seen = await roles.look();
    if (seen?.role !== "replica")
      throw new AgentError("MERIDIAN_NOTFOLLOWING", { region: to, problem: "its server is gone" });
    await roles.fence.detach(seen);
    while (!roles.fence.isLongDetached) await delay(passiveLimits.lookEveryMs);
  }

  /** From here on this region is the primary, or it is not known. */
  private async change(to: string, { epoch }: RoleRecord): Promise<RoleRecord> {
    const { roles } = this.options;
    const { server } = roles.options;
    const next: RoleRecord = { epoch: epoch + 1, primary: to, sinceMs: Date.now() };
    try {
      await server.promote();
      await server.writeRecord(next).catch(unlessFenced);
    } catch (error) {
      const seen = await roles.look();
      if (seen?.role === "replica") throw error;
      throw new AgentError("MERIDIAN_FAILOVERUNKNOWN", { region: to, reason: textOf(error) }, error);
    }
    roles.learn(next);
    roles.confirm();
    await roles.look();
    return next;
  }

  /** Those that did not hear of it. */
  private async tell(id: string, record: RoleRecord, former: RoleRecord, isFenced: boolean): Promise<string[]> {
    const { roles, peers } = this.options;
    const told = await Promise.allSettled(
      peers.all.map(({ region }) => peers.put(region, { kind: "take", id, record, state: roles.state(), isFenced })),
    );
    const unaware = peers.all.filter((_, index) => told[index]?.status === "rejected").map(({ region }) => region);
    return unaware.toSorted((a, b) => Number(b === former.primary) - Number(a === former.primary));
  }

  private async giveUp(id: string): Promise<void> {
    const { peers, steps } = this.options;
    await steps.end(id);
    await Promise.allSettled(peers.heard().map(({ region }) => peers.put(region, { kind: "end", id })));
  }

  private refuseUnready(to: string, record: RoleRecord): void {
    const { roles, peers, lagBytesMax } = this.options;
    const refuse = (problem: string) => new AgentError("MERIDIAN_NOTFOLLOWING", { region: to, problem });
    const primary = peers.of(record.primary);
    if (primary?.problem !== null) throw refuse(`the agent of ${record.primary} does not answer (${primary?.problem})`);
    if (primary.state?.server?.role !== "primary") throw refuse(`the server of ${record.primary} is not there`);
    if (roles.seen === undefined) throw refuse(roles.problem ?? "its server does not answer");
    if (!roles.seen.linkUp) throw refuse(`its server does not hear that of ${record.primary}`);
    const bytes = roles.standing.lagBytes;
    if (bytes === null) throw refuse("how far it is behind is not known");
    if (bytes > lagBytesMax)
      throw new AgentError("MERIDIAN_FAILOVERLAGS", { region: to, bytes, bytesMax: lagBytesMax });
  }

  private document(to: string, record: RoleRecord, more: Partial<FailoverDocument>): FailoverDocument {
    const nothing = { pausedMs: null, loss: null, unaware: [] };
    return { kind: "planned", done: true, from: record.primary, to, epoch: record.epoch, ...nothing, ...more };
  }
}

/** With automatic failover a server writes nothing until others follow it; then its agent writes the record. */
function unlessFenced(error: unknown): void {
  if (!textOf(error).startsWith("NOREPLICAS")) throw error;
}

function idOf(to: string, { primary, epoch }: RoleRecord): string {
  return `${primary} to ${to}, epoch ${epoch + 1}, ${process.pid.toString(36)}${Date.now().toString(36)}`;
}
