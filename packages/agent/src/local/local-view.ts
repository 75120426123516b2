/**
 * A region as the start sees it, through its agent. What the start knows better than its agents: they attach to servers
 * by address, the start has launched them. So the kind of server is put right, and one in memory is said to be so in its
 * own words.
 */
import type { ConflictSource, FindingView, LinkView, RegionStatus, StatusDocument } from "../admin/index.js";
import { AgentError } from "../errors.js";
import type { AgentChild } from "./agent-child.js";
import type { RegionServers } from "./region-servers.js";

const MEMORY_ONLY: FindingView = {
  code: "MEMORYONLY",
  severity: "warning",
  message:
    "in memory only: this is Valkey compiled to WebAssembly, and all data of this region is gone when it stops; install valkey-server or redis-server 7.0 or newer",
};

export function withServer(
  status: RegionStatus,
  server: Pick<RegionServers, "kind" | "persistent"> | undefined,
): RegionStatus {
  if (server === undefined || status.server === null) return status;
  const known = { ...status, server: { ...status.server, kind: server.kind, persistent: server.persistent } };
  return { ...known, findings: withMemoryOnly(status.findings, server) };
}

/** Where one region takes the writes, data come from it alone. */
export function passiveLinks({ regions, links }: StatusDocument): LinkView[] {
  const views = regions.flatMap(({ activePassive }) => activePassive ?? []);
  const newest = views.toSorted((a, b) => b.epoch - a.epoch)[0];
  return links.filter(({ from }) => from === newest?.primary);
}

/** All know the primary, it takes writes, and the others hear of it. */
export function areRolesSettled({ regions }: StatusDocument): boolean {
  const primary = regions[0]?.activePassive?.primary;
  return regions.every(({ activePassive: view }) => {
    return view !== undefined && view.primary !== null && view.primary === primary && view.held === null && view.linkUp;
  });
}

export function withMemoryOnly(
  findings: FindingView[],
  server: Pick<RegionServers, "persistent"> | undefined,
): FindingView[] {
  if (server === undefined || server.persistent) return findings;
  return [MEMORY_ONLY, ...findings.filter(({ code }) => code !== "PERSISTENCE")];
}

/** Its agent's conflicts, over IPC. */
export function conflictsOf(region: string, agent: Pick<AgentChild, "ask"> | undefined): ConflictSource {
  if (agent === undefined) {
    const away = (): Promise<never> => Promise.reject(new AgentError("MERIDIAN_AGENTDOWN", { region }));
    return { region, page: away, losers: away };
  }
  return {
    region,
    page: (cursor) => agent.ask({ kind: "conflictPage", cursor }),
    losers: (keysBase64, room) => agent.ask({ kind: "losers", keysBase64, room }),
  };
}
