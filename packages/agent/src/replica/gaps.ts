/**
 * Where this region can't go on by logs: what sources said of places that their logs no longer reach.
 *
 * Another source's log may reach further back, and it passes entries on to a region that has stood still for a while. So
 * a gap is for good only when it was told `stateSyncAfterMs` ago and this region still stands there.
 */
import type { Shared } from "./shared.js";
import type { Payload } from "./protocol.js";
import { stampIn } from "./vector.js";

interface Gap {
  readonly after: number;
  readonly sinceMs: number;
  readonly sources: Set<string>;
}

export class Gaps<P extends Payload> {
  private readonly gaps = new Map<string, Gap>();

  constructor(private readonly shared: Shared<P>) {}

  get isEmpty(): boolean {
    return this.gaps.size === 0;
  }

  told(source: string, origin: string, after: number, nowMs: number): void {
    if (stampIn(this.shared.vector, origin) !== after) return; // it has come meanwhile
    const known = this.gaps.get(origin);
    if (known?.after === after) known.sources.add(source);
    else this.gaps.set(origin, { after, sinceMs: nowMs, sources: new Set([source]) });
  }

  /** Its next stream may say other things. */
  sourceDown(source: string): void {
    for (const [origin, gap] of this.gaps) {
      gap.sources.delete(source);
      if (gap.sources.size === 0) this.gaps.delete(origin);
    }
  }

  /** The origin of which no log brings more; undefined: there is none, as far as is known. */
  due(nowMs: number): string | undefined {
    for (const [origin, { after, sinceMs }] of this.gaps) {
      if (stampIn(this.shared.vector, origin) !== after) this.gaps.delete(origin);
      else if (nowMs - sinceMs >= this.shared.limits.stateSyncAfterMs) return origin;
    }
    return undefined;
  }
}
