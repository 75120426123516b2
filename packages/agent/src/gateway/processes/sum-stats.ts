/** What several processes count, as one. */
import { type GatewayStats, newStats } from "../stats.js";

export function sumStats(all: readonly GatewayStats[]): GatewayStats {
  const total = newStats();
  for (const stats of all) {
    for (const [name, value] of Object.entries(stats) as [keyof GatewayStats, number | Record<string, number>][]) {
      if (typeof value === "number") (total[name] as number) += value;
      else addTo(total[name] as Record<string, number>, value);
    }
  }
  return total;
}

/** Of a process that has ended: its counters stay, for counters never go back, but it has no clients. */
export function retired(stats: GatewayStats): GatewayStats {
  return { ...stats, clientsConnected: 0, clientsWaiting: 0 };
}

function addTo(total: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) total[name] = (total[name] ?? 0) + count;
}
