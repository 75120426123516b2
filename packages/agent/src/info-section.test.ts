/** The section that INFO has about Meridian. */
import { expect, test } from "vitest";
import { infoSection } from "./info-section.js";
import type { ReplicationStatus } from "./services.js";
import { VERSION } from "./version.js";

const link = { from: "eu", to: "us", state: "up", lagMs: 3, backlogEntries: 7 };
const replication = {
  region: "eu",
  ownOrigin: "eu~1",
  outgoing: [link],
  incoming: [{ ...link, from: "us", to: "eu", state: "connecting", lagMs: null, backlogEntries: 0 }],
} as unknown as ReplicationStatus;

const agents = [
  { id: "one-1", role: "standby" },
  { id: "other-2", role: "active" },
] as const;

test("a line for each field, each link and each kind of conflict", () => {
  const conflicts = { keys: 2, counts: { string: 3, clash: 1 } };
  const text = infoSection({ replication, agents, stats: { clientsConnected: 5, clientsWaiting: 1 }, conflicts });
  expect(text.split("\r\n")).toEqual([
    "# Meridian",
    `meridian_version:${VERSION}`,
    "meridian_region:eu",
    "meridian_origin:eu~1",
    "meridian_agent_role:standby",
    "meridian_agents:2",
    "meridian_active_agent:other-2",
    "meridian_gateway_clients:5",
    "meridian_gateway_waiting_clients:1",
    "meridian_link0:from=eu,to=us,state=up,lag_ms=3,backlog_entries=7",
    "meridian_link1:from=us,to=eu,state=connecting,lag_ms=,backlog_entries=0",
    "meridian_conflict_keys:2",
    "meridian_conflicts_total:4",
    "meridian_conflicts_clash:1",
    "meridian_conflicts_string:3",
    "",
  ]);
});

test("what the server did not say is empty", () => {
  const text = infoSection({
    replication,
    agents: [],
    stats: { clientsConnected: 0, clientsWaiting: 0 },
    conflicts: null,
  });
  expect(text).toContain("\r\nmeridian_conflict_keys:\r\nmeridian_conflicts_total:\r\n");
});

test("of hash slots how many there are, and in how many something is under way", () => {
  const partitions = { count: 16_384, open: 7, importing: 1, isComplete: true };
  const stats = { clientsConnected: 0, clientsWaiting: 0 };
  const text = infoSection({ replication: { ...replication, partitions }, agents: [], stats, conflicts: null });
  expect(text).toContain("\r\nmeridian_slots:16384\r\nmeridian_slots_open:7\r\nmeridian_slots_importing:1\r\n");
});
