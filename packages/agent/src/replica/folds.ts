/**
 * When former incarnations of this region are folded away: see docs/decisions/0028-folded-origins.md.
 *
 * 1. Every region holds all of them, applied and durably, and says so now: all are connected. One in which something of them
 *    waits to be applied does not say so (receiver-held.ts).
 * 2. That has been so for `foldAfterMs`, so that nothing of them is under way any more that nobody has told of. The time begins
 *    anew when a link or a server is lost, here or at a peer, and when a state is taken in.
 * 3. The earliest first: one that can't be folded holds up the later ones.
 * 4. Of a region that is no longer among ours, the one whose name comes first does it.
 *
 * Nothing of this is kept: an agent that begins anew counts the time anew. Two agents may do it at once; the server takes one.
 */
import type { Payload } from "./protocol.js";
import type { Shared } from "./shared.js";
import type { Trimmer } from "./trimmer.js";
import { regionOfOrigin, stampIn, WHOLE } from "./vector.js";

export class Folds<P extends Payload> {
  /** Since when all hold an origin up to the same end. */
  private readonly equal = new Map<string, { end: number; sinceMs: number }>();
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly shared: Shared<P>,
    private readonly trimmer: Trimmer<P>,
  ) {}

  /** A link or a server was lost: what it had just passed on may still be under way, so the time begins anew. */
  restart(): void {
    this.equal.clear();
  }

  tick(nowMs: number): void {
    const { shared } = this;
    if (nowMs - this.lastMs < shared.limits.foldEveryMs) return;
    this.lastMs = nowMs;
    const members = [shared.region, ...shared.peers];
    const isCalm = shared.serverUp && !shared.isCatchingUp;
    if (!isCalm || !shared.peers.every((peer) => this.trimmer.isConnected(peer))) {
      this.restart();
      return;
    }
    const isFirst = members.every((name) => shared.region <= name);
    const owners = new Set([...shared.vector.keys()].map(regionOfOrigin));
    for (const owner of owners)
      if (owner === shared.region || (isFirst && !members.includes(owner))) this.look(owner, nowMs);
  }

  private look(owner: string, nowMs: number): void {
    const { shared } = this;
    if (shared.held.has(owner)) {
      for (const origin of this.equal.keys()) if (regionOfOrigin(origin) === owner) this.equal.delete(origin);
      return;
    }
    const ends: (readonly [string, number])[] = [];
    for (const origin of this.endedOf(owner)) {
      const end = stampIn(shared.vector, origin);
      if (!this.isHeldByAll(origin, end)) {
        this.equal.delete(origin);
        break;
      }
      const known = this.equal.get(origin);
      if (known?.end !== end) this.equal.set(origin, { end, sinceMs: nowMs });
      else if (ends.length > 0 || nowMs - known.sinceMs >= shared.limits.foldAfterMs) ends.push([origin, end]);
    }
    // The later ones of those may be too young.
    while (ends.length > 0 && nowMs - this.equal.get(ends.at(-1)![0])!.sinceMs < shared.limits.foldAfterMs) ends.pop();
    const latest = ends.at(-1)?.[0];
    if (latest === undefined) return;
    for (const [origin] of ends) this.equal.delete(origin);
    shared.commands.push({ kind: "fold", latest, ends });
  }

  /** All origins of the region that are not folded and can't write any more, as far as any region knows; the earliest first. */
  private endedOf(owner: string): string[] {
    const { shared } = this;
    const known = new Set<string>();
    for (const vector of [shared.vector, ...this.standings().map(({ applied }) => applied)]) {
      for (const [origin, stamp] of vector) {
        if (regionOfOrigin(origin) !== owner || (owner === shared.region && origin >= shared.ownOrigin)) continue;
        if (stamp > 0 && stampIn(shared.vector, origin) !== WHOLE) known.add(origin);
      }
    }
    return [...known].sort();
  }

  private isHeldByAll(origin: string, end: number): boolean {
    if (end === 0 || stampIn(this.shared.durable, origin) !== end) return false;
    return this.standings().every(
      ({ applied, durable }) => stampIn(applied, origin) === end && stampIn(durable, origin) === end,
    );
  }

  private standings() {
    return this.shared.peers.flatMap((peer) => this.trimmer.standingOf(peer) ?? []);
  }
}
