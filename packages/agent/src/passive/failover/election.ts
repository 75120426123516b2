/**
 * Automatic failover: where the primary is gone, the region that has most becomes the primary, if a majority of the regions' agents
 * agrees.
 *
 * 1. At no time two servers do writes. Each needs half of the other servers to follow it (`min-replicas-to-write`), one
 *    server follows one, and what has followed another one, or is to be a primary itself, follows nobody for `fenceMs` first.
 * 2. An agent gives one vote at a time. It is nobody else's until its time is over, and an agent that starts gives none for as long.
 * 3. Who does not miss the primary itself gives no vote.
 */
import { setTimeout as delay } from "node:timers/promises";
import { textOf } from "../../errors.js";
import type { Vote } from "../documents.js";
import { passiveLimits } from "../limits.js";
import type { Peers } from "../peers.js";
import type { RoleRecord } from "../record.js";
import { isNobody } from "../region-server.js";
import type { Roles } from "../roles.js";
import type { Failover } from "./failover.js";

interface Given {
  readonly epoch: number;
  readonly to: string;
  readonly untilMs: number;
}

export interface ElectionOptions {
  readonly roles: Roles;
  readonly peers: Peers;
  readonly failover: Failover;
}

export class Election {
  private given: Given | undefined;
  /** When the primary was there last. */
  private thereMs = performance.now();
  private quietUntilMs = 0;
  private readonly halt = new AbortController();

  constructor(private readonly options: ElectionOptions) {}

  start(): void {
    const { seen, options } = this.options.roles;
    // Who follows nobody may have given a vote before this agent started.
    const isFree = seen?.role === "primary" || (seen?.follows !== undefined && !isNobody(seen.follows));
    if (!isFree) this.quietUntilMs = performance.now() + passiveLimits.voteMs;
    if (options.automatic) void this.run();
  }

  stop(): void {
    this.halt.abort();
  }

  /** Of this agent, for a region; its server follows nobody from then on. */
  async vote(epoch: number, to: string): Promise<Vote> {
    const { roles } = this.options;
    const seen = await roles.look();
    const refused: Vote = { granted: false, stream: "", offset: 0 };
    if (seen?.role !== "replica" || !this.mayVote(epoch, to)) return refused;
    this.given = { epoch, to, untilMs: performance.now() + passiveLimits.voteMs };
    roles.isBusy = true;
    await roles.fence.detach(seen);
    const after = await roles.look();
    if (after === undefined) return refused;
    return { granted: true, stream: after.replicationId, offset: after.offset };
  }

  private mayVote(epoch: number, to: string): boolean {
    const { roles } = this.options;
    const nowMs = performance.now();
    const { record } = roles;
    if (!roles.options.automatic || record === undefined || epoch !== record.epoch + 1 || to === record.primary)
      return false;
    if (roles.isPrimary || !this.isMissed(record)) return false;
    if (this.given !== undefined && nowMs < this.given.untilMs) return this.given.to === to;
    return !roles.isBusy && nowMs > this.quietUntilMs;
  }

  private isMissed({ primary }: RoleRecord): boolean {
    const nowMs = performance.now();
    const { peers, roles } = this.options;
    const peer = peers.heard(nowMs).find(({ region }) => region === primary);
    // An agent that is away while its server is there is no reason.
    const isThere = peer === undefined ? roles.seen?.linkUp === true : peer.state?.server?.role === "primary";
    if (isThere) this.thereMs = nowMs;
    return nowMs - this.thereMs > passiveLimits.suspectMs;
  }

  private async run(): Promise<void> {
    const { signal } = this.halt;
    const { log } = this.options.roles.options;
    while (!signal.aborted) {
      await delay(passiveLimits.electEveryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.forget();
      const { record } = this.options.roles;
      if (record !== undefined) this.isMissed(record);
      try {
        await this.stand();
      } catch (error) {
        log.warn(`this region did not become the primary: ${textOf(error)}`, { event: "primary" });
      }
    }
  }

  /** A vote whose time is over, or that is decided. */
  private forget(): void {
    const { given } = this;
    const { roles } = this.options;
    if (given === undefined) return;
    if (performance.now() < given.untilMs && (roles.record?.epoch ?? 0) < given.epoch) return;
    this.given = undefined;
    this.thereMs = performance.now();
    roles.isBusy = false;
  }

  /** Where this region is the one to become the primary. */
  private async stand(): Promise<void> {
    const { roles, peers, failover } = this.options;
    const { record } = roles;
    const { region, regions, log } = roles.options;
    if (record === undefined || !this.mayVote(record.epoch + 1, region) || !this.hasMost(record)) return;
    const begunMs = performance.now();
    const epoch = record.epoch + 1;
    const own = await this.vote(epoch, region);
    const asked = peers.heard().filter(({ region: name }) => name !== record.primary);
    const answers = await Promise.allSettled(
      asked.map(({ region: name }) => peers.put<"vote">(name, { kind: "vote", epoch, to: region })),
    );
    const votes = [own, ...answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []))];
    const granted = votes.filter((vote) => vote.granted);
    if (!own.granted || granted.length <= regions.length / 2) return;
    if (granted.some(({ stream, offset }) => stream === own.stream && offset > own.offset)) return; // another one has more
    log.warn(
      `${record.primary} is gone; ${granted.length} of ${regions.length} regions agree that ${region} takes over`,
      {
        event: "primary",
        epoch,
      },
    );
    while (!roles.fence.isLongDetached)
      await delay(passiveLimits.electEveryMs, undefined, { signal: this.halt.signal });
    if (performance.now() - begunMs > passiveLimits.voteMs - passiveLimits.voteMsLeast)
      throw new Error("it took too long");
    if (roles.record !== record) return;
    await failover.elected(region, record);
  }

  /** Of those that are heard and may become the primary; of equal ones it is the one listed first. */
  private hasMost({ primary }: RoleRecord): boolean {
    const { roles, peers } = this.options;
    const { region, regions } = roles.options;
    const { seen } = roles;
    if (seen === undefined || seen.syncing || seen.loading) return false;
    return peers.heard().every(({ region: other, state }) => {
      const server = state?.server;
      if (other === primary || server === null || server === undefined || server.stream !== seen.replicationId)
        return true;
      if (server.offset !== seen.offset) return server.offset < seen.offset;
      return regions.indexOf(region) < regions.indexOf(other);
    });
  }
}
