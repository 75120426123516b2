/**
 * What of a log goes to a peer in runs (packages/core/src/log/run.ts): of our own region's origins what is durable here, for a region
 * that lost its tail is never to stand in the middle of a run; and what is old, for fresh writes don't wait for others.
 */
import type { Backlog, Payload, Standing } from "./protocol.js";
import type { Cursor } from "./sender-cursor.js";
import type { Shared } from "./shared.js";
import { stampAtMs } from "./stamps.js";
import { regionOfOrigin, stampIn, type Vector } from "./vector.js";

export class Backlogs<P extends Payload> {
  /** Also of peers that are down. */
  private readonly standings = new Map<string, Standing>();

  constructor(private readonly shared: Shared<P>) {}

  heard(peer: string, standing: Standing): void {
    this.standings.set(peer, standing);
  }

  /** True where the entry that comes next, which has this stamp or a later one, may go in a run. */
  reaches(cursor: Cursor, next: number): boolean {
    return next <= this.endOf(cursor);
  }

  of(cursor: Cursor, peer: string, there: Vector): Backlog | undefined {
    const to = this.endOf(cursor);
    if (to <= cursor.sent) return undefined;
    const borders = new Set<number>();
    for (const [other, { applied, durable }] of this.standings) {
      if (other === peer) continue;
      borders.add(stampIn(applied, cursor.origin)).add(stampIn(durable, cursor.origin));
    }
    return { to, there, borders };
  }

  /** 0: no runs. */
  private endOf({ origin, sent, plainTo }: Cursor): number {
    const { region, durable, serverNowMs, limits } = this.shared;
    if (regionOfOrigin(origin) !== region || sent < plainTo) return 0;
    return Math.min(stampIn(durable, origin), stampAtMs(serverNowMs - limits.runAfterMs));
  }
}
