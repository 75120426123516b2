/** How far behind each link was, for the last half hour: one point every few seconds, the oldest goes. */
import { agentLimits } from "../../limits.js";
import type { StatusDocument } from "../documents.js";
import type { LagSeries } from "./documents.js";

type Points = LagSeries["points"];

export class LagHistory {
  private readonly links = new Map<string, { from: string; to: string; points: Points }>();

  add({ atMs, links }: Pick<StatusDocument, "atMs" | "links">): void {
    for (const { from, to, delayMs, lagMs } of links) {
      const name = `${from} ${to}`;
      const link = this.links.get(name) ?? { from, to, points: [] };
      this.links.set(name, link);
      link.points.push({ atMs, p50Ms: delayMs?.p50 ?? null, p99Ms: delayMs?.p99 ?? null, lagMs });
      if (link.points.length > agentLimits.lagPointsMax) link.points.shift();
    }
    for (const [name, { points }] of this.links) {
      const newest = points.at(-1)?.atMs ?? 0;
      if (atMs - newest > agentLimits.lagPointEveryMs * agentLimits.lagPointsMax) this.links.delete(name); // the region is gone
    }
  }

  series(): LagSeries[] {
    return [...this.links.values()].map(({ from, to, points }) => {
      return { from, to, stepMs: agentLimits.lagPointEveryMs, points: [...points] };
    });
  }
}
