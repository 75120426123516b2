/** The status as Prometheus text (exposition format 0.0.4). Base units: seconds and bytes. */
import { parseBandwidth } from "../config/bandwidth.js";
import { gatewayProblemCodes } from "../gateway/problems.js";
import { alarmCodes } from "../replica/alarms.js";
import { roleFamilies } from "./role-families.js";
import { counter, familyText, gauge, type Family, type Sample } from "./prometheus-text.js";
import type { LinkView, NodeView, RegionStatus, SlotsView, StatusDocument } from "./documents.js";

/** All are shown from the start, with 0: a counter that appears with its first alarm would have no increase to see. */
const ALARM_CODES = [...Object.keys(alarmCodes), ...Object.keys(gatewayProblemCodes)].toSorted();

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What an agent that stands by was only told, the active one counts: it is left out. */
export function metricsText(status: StatusDocument): string {
  const { regions } = status;
  const isActive = (name: string): boolean =>
    regions.find(({ region }) => region === name)?.agents[0]?.role !== "standby";
  const links = status.links.filter(({ seenBy, from, to }) => isActive(seenBy === "sender" ? from : to));
  const families = [
    ...regionFamilies(status),
    ...agentFamilies(regions),
    ...conflictFamilies(regions),
    ...slotFamilies(regions),
    ...roleFamilies(regions),
    ...logFamilies(regions),
    ...linkFamilies(links),
    ...doorFamilies(regions),
    ...gatewayFamilies(regions),
  ];
  return families.map(familyText).join("");
}

function regionFamilies({ software, regions }: StatusDocument): Family[] {
  const perRegion = (value: (region: RegionStatus) => number): Sample[] =>
    regions.map((region) => [{ region: region.region }, value(region)]);
  return [
    gauge("meridian_build_info", "The version of Meridian, as a label.", [[{ version: software }, 1]]),
    gauge(
      "meridian_agent_up",
      "Whether the region's agent answers.",
      perRegion(({ state }) => Number(state !== "agent-down")),
    ),
    gauge(
      "meridian_server_up",
      "Whether the region's Redis or Valkey answers its agent.",
      perRegion(({ state }) => Number(state === "up")),
    ),
    gauge(
      "meridian_server_findings",
      "What the region's server lacks, by severity.",
      regions.flatMap(({ region, findings }) =>
        (["error", "warning"] as const).map((severity): Sample => {
          return [{ region, severity }, findings.filter((finding) => finding.severity === severity).length];
        }),
      ),
    ),
    counter(
      "meridian_alarms_total",
      "Alarms raised by the region's agent, by code.",
      regions.flatMap(({ region, state, alarms }) => {
        if (state === "agent-down") return [];
        return ALARM_CODES.map((code): Sample => [
          { region, code },
          sum(alarms.filter((alarm) => alarm.code === code)),
        ]);
      }),
    ),
    gauge(
      "meridian_origins",
      "Origins in the region's vector: one for each region, and one more for each start of its server that is not folded away.",
      regions.map(({ region, state, vector }): Sample => {
        return [{ region }, state === "agent-down" ? null : Object.keys(vector).length];
      }),
    ),
    gauge(
      "meridian_applied_stamp_seconds",
      "Wall clock of the newest entry of an origin that was applied in the region.",
      regions.flatMap(({ region, vector }) =>
        Object.entries(vector).map(([origin, stamp]): Sample => [{ region, origin }, secondsOfStamp(stamp)]),
      ),
    ),
  ];
}

function conflictFamilies(regions: readonly RegionStatus[]): Family[] {
  return [
    counter(
      "meridian_conflicts_total",
      "Concurrent writes to one place that the region met, by type, or clash of two types.",
      regions.flatMap(({ region, conflicts }) =>
        Object.entries(conflicts?.counts ?? {}).map(([kind, count]): Sample => [{ region, kind }, count]),
      ),
    ),
    gauge(
      "meridian_conflict_keys",
      "Keys of the region that may hold what lost in a conflict.",
      regions.map(({ region, conflicts }): Sample => [{ region }, conflicts?.keys]),
    ),
  ];
}

/** What the doors have, beside what they count. */
function doorFamilies(regions: readonly RegionStatus[]): Family[] {
  return [
    gauge(
      "meridian_gateway_processes",
      "Processes that serve the gateway's clients; 0: the agent itself does.",
      regions.map(({ region, gateway }): Sample => [{ region }, gateway?.processes.length]),
    ),
    gauge(
      "meridian_gateway_certificate_expiry_seconds",
      "Until when the certificate is good that clients of the gateway are shown.",
      regions.map(({ region, gateway }): Sample => [{ region }, seconds(gateway?.certificateUntilMs)]),
    ),
    gauge(
      "meridian_link_certificate_expiry_seconds",
      "Until when the certificate is good that the region's agent shows other agents.",
      regions.map(({ region, linkCertificateUntilMs }): Sample => [{ region }, seconds(linkCertificateUntilMs)]),
    ),
  ];
}

/** Which agents serve a region. */
function agentFamilies(regions: readonly RegionStatus[]): Family[] {
  return [
    gauge(
      "meridian_agent_active",
      "Whether this agent replicates for the region; else it stands by.",
      regions.flatMap(({ region, agents: [own] }): Sample[] =>
        own === undefined ? [] : [[{ region }, Number(own.role === "active")]],
      ),
    ),
    gauge(
      "meridian_agents",
      "Agents that serve the region.",
      regions.map(({ region, agents }): Sample => [{ region }, agents.length]),
    ),
  ];
}

/** How logs are kept, and who catches up by state. */
function logFamilies(regions: readonly RegionStatus[]): Family[] {
  return [
    gauge(
      "meridian_logs_bytes",
      "What the logs take in the region's server.",
      regions.map(({ region, logs }): Sample => [{ region }, logs?.bytes]),
    ),
    gauge(
      "meridian_logs_bytes_limit",
      "What logs may take before they are no longer kept for regions that are away.",
      regions.map(({ region, logs }): Sample => [{ region }, logs?.bytesMax]),
    ),
    gauge(
      "meridian_logs_kept_for",
      "1 for each region that logs are kept for, because it does not hold what is in them.",
      regions.flatMap(({ region, logs }) => (logs?.keptFor ?? []).map((peer): Sample => [{ region, peer }, 1])),
    ),
    gauge(
      "meridian_logs_fallen",
      "1 for each region that the logs no longer reach: it catches up by state.",
      regions.flatMap(({ region, logs }) => (logs?.fallen ?? []).map((peer): Sample => [{ region, peer }, 1])),
    ),
    gauge(
      "meridian_server_unsynced_seconds",
      "For how long the oldest of what was written waits to be on the server's disk.",
      regions.map(({ region, logs }): Sample => [{ region }, seconds(logs?.unsyncedMs)]),
    ),
    gauge(
      "meridian_state_sync_progress_ratio",
      "How much of another region's state was taken in, from 0 to 1; absent: none is.",
      regions.map(({ region, stateSync: sync }): Sample => [{ region }, sync && sync.buckets / sync.bucketsTotal]),
    ),
    gauge(
      "meridian_state_sync_bytes",
      "Bytes of another region's state that the agent has taken in; absent: none is.",
      regions.map(({ region, stateSync }): Sample => [{ region }, stateSync?.bytes]),
    ),
    gauge(
      "meridian_state_sync_left_seconds",
      "How long taking in another region's state still needs, as it looks.",
      regions.map(({ region, stateSync }): Sample => [{ region }, seconds(stateSync?.leftMs)]),
    ),
    gauge(
      "meridian_adopted_keys",
      "Keys that were in the region's server before it was a region, and are its own now; absent: none are being adopted.",
      regions.map(({ region, adoption }): Sample => [{ region }, adoption?.keys]),
    ),
  ];
}

/** Of regions whose partitions are hash slots. */
function slotFamilies(regions: readonly RegionStatus[]): Family[] {
  const perNode = (value: (node: NodeView) => number): Sample[] =>
    regions.flatMap(({ region, slots }) =>
      (slots?.nodes ?? []).map((node): Sample => [{ region, node: `${node.host}:${node.port}` }, value(node)]),
    );
  const perRegion = (value: (slots: SlotsView) => number | null): Sample[] =>
    regions.map(({ region, slots }): Sample => [{ region }, slots && value(slots)]);
  return [
    gauge(
      "meridian_node_up",
      "Whether a node of the region answers its agent.",
      perNode(({ up }) => Number(up)),
    ),
    gauge(
      "meridian_node_slots",
      "Hash slots of a node of the region.",
      perNode(({ slots }) => slots),
    ),
    gauge(
      "meridian_slots_up",
      "Hash slots of the region that take commands.",
      perRegion(({ up }) => up),
    ),
    gauge(
      "meridian_slots_open",
      "Hash slots in which something is being replicated, or was a moment ago.",
      perRegion(({ open }) => open),
    ),
    gauge(
      "meridian_slots_importing",
      "Hash slots that take in the state of another region.",
      perRegion(({ importing }) => importing),
    ),
  ];
}

function linkFamilies(links: readonly LinkView[]): Family[] {
  const perLink = (value: (link: LinkView) => number | null): Sample[] =>
    links.map((link) => [{ from: link.from, to: link.to }, value(link)]);
  const quantiles = links.flatMap((link): Sample[] => [
    [{ from: link.from, to: link.to, quantile: "0.5" }, seconds(link.delayMs?.p50)],
    [{ from: link.from, to: link.to, quantile: "0.99" }, seconds(link.delayMs?.p99)],
  ]);
  return [
    gauge(
      "meridian_link_up",
      "Whether the stream of this direction is open.",
      perLink(({ state }) => Number(state === "up")),
    ),
    gauge(
      "meridian_link_lag_seconds",
      "Age of the oldest write that the other region has not acknowledged, or the delay of the newest applied.",
      perLink(({ lagMs }) => seconds(lagMs)),
    ),
    gauge("meridian_link_delay_seconds", "From a write to its place in the other region, last seconds.", quantiles),
    gauge(
      "meridian_link_round_trip_seconds",
      "Round trip over the stream.",
      perLink(({ roundTripMs }) => seconds(roundTripMs)),
    ),
    gauge(
      "meridian_link_backlog_entries",
      "Log entries waiting to be sent or applied.",
      perLink(({ backlogEntries }) => backlogEntries),
    ),
    counter(
      "meridian_link_operations_total",
      "Log entries carried since the agent started.",
      perLink(({ operationsTotal }) => operationsTotal),
    ),
    counter(
      "meridian_link_bytes_total",
      "Bytes of log entries carried since the agent started.",
      perLink(({ bytesTotal }) => bytesTotal),
    ),
    counter(
      "meridian_link_wire_bytes_total",
      "Bytes of batches on the wire since the agent started: packed, and before TLS.",
      perLink(({ wireBytesTotal }) => wireBytesTotal),
    ),
    gauge(
      "meridian_link_bandwidth_limit_bytes",
      "What is sent uses at most so many bytes a second; absent: no limit.",
      perLink(({ bandwidth }) => (bandwidth === null ? null : (parseBandwidth(bandwidth) ?? null))),
    ),
    gauge(
      "meridian_link_clock_skew_seconds",
      "How far the clock of the sending region's server is ahead of the receiving one's.",
      perLink(({ clockSkewMs }) => seconds(clockSkewMs)),
    ),
  ];
}

/** The gateway's gauges; all its other numbers only grow, and are counters. */
const gaugesOfGateway = new Set(["clientsConnected", "clientsWaiting"]);

/** Every number of the gateway's stats becomes a metric of its own name; a map of numbers is by command. */
function gatewayFamilies(regions: readonly RegionStatus[]): Family[] {
  const families = new Map<string, Family>();
  const add = (stat: string, sample: Sample): void => {
    const type = gaugesOfGateway.has(stat) ? "gauge" : "counter";
    const base = `meridian_gateway_${snakeCase(stat)}`;
    const name = type === "gauge" || base.endsWith("_total") ? base : `${base}_total`;
    const help = `The gateway's ${stat}; see docs/reference/metrics.md.`;
    const family = families.get(name) ?? { name, type, help, samples: [] };
    family.samples.push(sample);
    families.set(name, family);
  };
  for (const { region, gateway } of regions) {
    for (const [stat, value] of Object.entries(gateway?.stats ?? {})) {
      if (typeof value === "number") add(stat, [{ region }, value]);
      if (typeof value !== "object" || value === null) continue;
      for (const [command, count] of Object.entries(value)) {
        if (typeof count === "number") add(stat, [{ region, command }, count]);
      }
    }
  }
  return [...families.values()];
}

const seconds = (ms: number | null | undefined): number | null => (typeof ms === "number" ? ms / 1000 : null);
const sum = (alarms: readonly { count: number }[]): number => alarms.reduce((total, { count }) => total + count, 0);
const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A stamp is (unixMs - 2024-01-01) * 4096 + seq; the core's clock/stamp.ts defines it. */
function secondsOfStamp(stamp: number): number {
  return (Math.floor(stamp / 4096) + 1_704_067_200_000) / 1000;
}
