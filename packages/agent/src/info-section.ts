/** The section that INFO has about Meridian, as its other sections are written. docs/reference/gateway.md has the fields. */
import type { ConflictTotals } from "./admin/index.js";
import type { AgentPresence } from "./replica/index.js";
import type { GatewayStats, ReplicationStatus } from "./services.js";
import { VERSION } from "./version.js";

export interface InfoParts {
  readonly replication: ReplicationStatus;
  /** Of the region, this one first. */
  readonly agents: readonly Pick<AgentPresence, "id" | "role">[];
  readonly stats: Pick<GatewayStats, "clientsConnected" | "clientsWaiting">;
  /** Null: the server didn't say. */
  readonly conflicts: ConflictTotals | null;
}

export function infoSection({ replication, agents, stats, conflicts }: InfoParts): string {
  const links = [...replication.outgoing, ...replication.incoming];
  const counts = Object.entries(conflicts?.counts ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const fields: [name: string, value: string | number][] = [
    ["version", VERSION],
    ["region", replication.region],
    ["origin", replication.ownOrigin],
    ["agent_role", agents[0]?.role ?? ""],
    ["agents", agents.length],
    ["active_agent", agents.find(({ role }) => role === "active")?.id ?? ""],
    ...slotFields(replication),
    ["gateway_clients", stats.clientsConnected],
    ["gateway_waiting_clients", stats.clientsWaiting],
    ...links.map(({ from, to, state, lagMs, backlogEntries }, index): [string, string] => [
      `link${index}`,
      `from=${from},to=${to},state=${state},lag_ms=${lagMs ?? ""},backlog_entries=${backlogEntries}`,
    ]),
    ["conflict_keys", conflicts?.keys ?? ""],
    ["conflicts_total", conflicts === null ? "" : counts.reduce((sum, [, count]) => sum + count, 0)],
    ...counts.map(([kind, count]): [string, number] => [`conflicts_${kind}`, count]),
  ];
  return `# Meridian\r\n${fields.map(([name, value]) => `meridian_${name}:${value}\r\n`).join("")}`;
}

/** Of a region whose partitions are hash slots. */
function slotFields({ partitions }: ReplicationStatus): [name: string, value: number][] {
  if (partitions === undefined) return [];
  return [
    ["slots", partitions.count],
    ["slots_open", partitions.open],
    ["slots_importing", partitions.importing],
  ];
}
