/**
 * When a log may be cut, and never what is younger than a minute.
 *
 * 1. Up to what every configured region holds durably. A region that was never heard of holds everything.
 * 2. Where logs take more than their budget, regions that are away don't count. But what leaves a log then must be held
 *    by more than half of all regions, or by half with the first listed among them: two regions that have each lost the
 *    other's entries could give neither its state.
 * 3. A region that a log no longer reaches does not count for that log: it catches up by state. It counts again from where
 *    that state stands: where it comes from, when its head is exported, else when the region says that it takes it in.
 *
 * Why durable and not applied: a region whose server crashes loses what it has applied and not synced, and must get
 * it again; and it gives back to a crashed origin what that one has lost. What a region once said stays valid while its
 * link is down: durable is durable. Nothing of this is kept: it is told by where regions stand, and by the logs.
 */
import type { Payload, Standing } from "./protocol.js";
import type { Shared } from "./shared.js";
import { stampAtMs } from "./stamps.js";
import { covers, regionOfOrigin, stampIn, WHOLE, type Vector } from "./vector.js";

/** How the logs are kept, for status and metrics. */
export interface Retention {
  /** Of all logs together; undefined: the server does not say. */
  readonly logBytes: number | undefined;
  readonly logBytesMax: number;
  /** Regions that logs are kept for: they don't yet hold all that the others do. */
  readonly holding: readonly string[];
  /** Regions that our logs no longer reach: they catch up by state. */
  readonly fallen: readonly string[];
}

export class Trimmer<P extends Payload> {
  /** Bytes of all logs, as last seen. */
  logBytes: number | undefined;
  private readonly standings = new Map<string, Standing>();
  /** Heads that were given to regions, which have not yet said that they stand there. */
  private readonly heads = new Map<string, { vector: Vector; untilMs: number }>();
  private readonly trimmed = new Map<string, number>();
  /** Peers that we don't send to, and since when; before the first tick all of them. */
  private readonly awaySinceMs = new Map<string, number>();
  private readonly connected = new Set<string>();
  private fallen: readonly string[] = [];
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly shared: Shared<P>) {}

  /** What a region says of itself. */
  heard(region: string, standing: Standing): void {
    this.standings.set(region, standing);
    const head = this.heads.get(region);
    if (head !== undefined && covers(standing.durable, head.vector)) this.heads.delete(region);
  }

  /** The head of our state, which stands there, is given to the region. */
  gave(region: string, vector: Vector, nowMs: number): void {
    this.heads.set(region, { vector, untilMs: nowMs + this.shared.limits.headKeptMs });
  }

  standingOf(region: string): Standing | undefined {
    return this.standings.get(region);
  }

  peerUp(peer: string): void {
    this.connected.add(peer);
    this.awaySinceMs.delete(peer);
  }

  isConnected(peer: string): boolean {
    return this.connected.has(peer);
  }

  peerDown(peer: string): void {
    this.connected.delete(peer);
  }

  /** After a restart the logs may reach back further than we remember. */
  serverLost(): void {
    this.trimmed.clear();
  }

  /** Nothing up to the stamp is left in the log of the origin. */
  isCut(origin: string, stamp: number): boolean {
    return (this.trimmed.get(origin) ?? 0) >= stamp;
  }

  get retention(): Retention {
    const { shared, logBytes, fallen } = this;
    const own = stampIn(shared.vector, shared.ownOrigin);
    const oldest = Math.min(own, stampAtMs(shared.serverNowMs - shared.limits.trimKeepMs));
    const holding = shared.peers.filter(
      (peer) => !fallen.includes(peer) && this.durableOf(peer, shared.ownOrigin) < oldest,
    );
    return { logBytes, logBytesMax: shared.limits.logBytesMax, holding, fallen };
  }

  tick(nowMs: number): void {
    const { shared } = this;
    for (const peer of shared.peers) {
      if (!this.connected.has(peer) && !this.awaySinceMs.has(peer)) this.awaySinceMs.set(peer, nowMs);
    }
    if (!shared.serverUp || nowMs - this.lastMs < shared.limits.trimEveryMs) return;
    this.lastMs = nowMs;
    for (const [peer, { untilMs }] of this.heads) if (nowMs >= untilMs) this.heads.delete(peer);
    const isOver = this.logBytes !== undefined && this.logBytes > shared.limits.logBytesMax;
    let trims = 0;
    for (const [origin, known] of shared.vector) {
      if (known === WHOLE) continue; // its log is gone
      const held = isOver
        ? Math.max(this.heldByAll(origin), this.heldByPresent(origin, nowMs))
        : this.heldByAll(origin);
      const stamp = Math.min(this.youngestOf(origin), held);
      if (stamp <= (this.trimmed.get(origin) ?? 0)) continue;
      this.trimmed.set(origin, stamp);
      shared.commands.push({ kind: "trim", origin, stamp });
      trims++;
    }
    this.lookForFallen(nowMs);
    if (isOver && trims === 0) this.alarmOverBudget(nowMs);
    else if (trims > 0) this.logBytes = undefined; // until it is seen anew
  }

  /** What is later stays. Of our own entries more does while we take in states: they are made upon these again. */
  private youngestOf(origin: string): number {
    const { shared } = this;
    const { trimKeepMs, importKeepMs } = shared.limits;
    const keepsMore = shared.isCatchingUp && regionOfOrigin(origin) === shared.region;
    return stampAtMs(shared.serverNowMs - (keepsMore ? Math.max(trimKeepMs, importKeepMs) : trimKeepMs));
  }

  private lookForFallen(nowMs: number): void {
    const { shared } = this;
    const fallen = shared.peers.filter((peer) =>
      [...shared.vector.keys()].some((origin) => this.isBeyond(peer, origin)),
    );
    for (const peer of fallen) {
      if (this.fallen.includes(peer)) continue;
      const detail = `the logs no longer hold what it lacks: they were cut to ${shared.limits.logBytesMax} bytes while it was away, or its server lost data`;
      shared.alarm("REPLICA_NEEDS_STATE_SYNC", { peer }, detail, nowMs);
    }
    this.fallen = fallen;
  }

  private alarmOverBudget(nowMs: number): void {
    const { shared, logBytes } = this;
    const before = Math.min(
      stampIn(shared.durable, shared.ownOrigin),
      stampAtMs(shared.serverNowMs - shared.limits.awayAfterMs),
    );
    const waitsFor = shared.peers.filter((peer) => this.durableOf(peer, shared.ownOrigin) < before);
    if (waitsFor.length === 0) return; // all that is left is young
    const detail = `${logBytes} bytes of ${shared.limits.logBytesMax}; kept for ${waitsFor.join(", ")}`;
    shared.alarm("REPLICA_LOGS_TOO_LARGE", {}, detail, nowMs);
  }

  private heldByAll(origin: string): number {
    let least = stampIn(this.shared.durable, origin);
    for (const peer of this.shared.peers) {
      if (!this.isBeyond(peer, origin)) least = Math.min(least, this.durableOf(peer, origin));
    }
    return least;
  }

  /** By all that are not away, and by more than half of all; an origin's own region counts always. */
  private heldByPresent(origin: string, nowMs: number): number {
    const { shared } = this;
    let least = Math.min(this.heldByMost(origin), stampIn(shared.durable, origin));
    for (const peer of shared.peers) {
      const counts = peer === regionOfOrigin(origin) || (!this.isAway(peer, nowMs) && !this.isBeyond(peer, origin));
      if (counts) least = Math.min(least, this.durableOf(peer, origin));
    }
    return least;
  }

  /** By so many regions that no two such sets are without a common one: more than half, or half with the first listed. */
  private heldByMost(origin: string): number {
    const { regions, region, durable } = this.shared;
    const [first = 0, ...others] = regions.map((name) =>
      name === region ? stampIn(durable, origin) : this.heldBy(name, origin),
    );
    const all = [first, ...others].toSorted((a, b) => b - a);
    const byMost = all[Math.floor(all.length / 2)]!;
    if (all.length % 2 === 1) return byMost;
    const beside = others.toSorted((a, b) => b - a)[all.length / 2 - 2] ?? first;
    return Math.max(byMost, Math.min(first, beside));
  }

  private isAway(peer: string, nowMs: number): boolean {
    const sinceMs = this.awaySinceMs.get(peer);
    return sinceMs !== undefined && nowMs - sinceMs >= this.shared.limits.awayAfterMs;
  }

  /** The log begins after where the peer stands. */
  private isBeyond(peer: string, origin: string): boolean {
    const standing = this.standings.get(peer);
    const applied = standing === undefined ? 0 : stampIn(standing.applied, origin);
    return (this.trimmed.get(origin) ?? 0) > Math.max(applied, this.durableOf(peer, origin));
  }

  private heldBy(peer: string, origin: string): number {
    const standing = this.standings.get(peer);
    return standing === undefined ? 0 : stampIn(standing.durable, origin);
  }

  /** The same, or where the state stands that it is to take in. */
  private durableOf(peer: string, origin: string): number {
    const head = this.heads.get(peer);
    return Math.max(this.heldBy(peer, origin), head === undefined ? 0 : stampIn(head.vector, origin));
  }
}
