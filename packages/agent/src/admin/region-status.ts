/** One region's part of the status: what engine, replica and gateway say, in the words of the API. */
import type { Engine, Finding } from "@meridian/engine";
import { bandwidthText } from "../config/bandwidth.js";
import type { Gateway, GatewayProblem, Replication, ReplicationLink, ReplicationStatus } from "../services.js";
import { VERSION } from "../version.js";
import { problemOfSlots, slotsView } from "./slots-view.js";
import {
  type AdoptionView,
  type AlarmView,
  STATUS_FORMAT,
  type ConflictTotals,
  type LinkView,
  type RegionStatus,
  type StatusDocument,
} from "./documents.js";

export interface RegionParts {
  region: string;
  engine: Engine;
  replication: Replication;
  gateway: Gateway;
  gatewayHost: string;
  /** Undefined while the server answers. */
  serverProblem: string | undefined;
  findings: readonly Finding[];
  adoption: AdoptionView | null;
  /** Null while the server doesn't say. */
  conflicts: ConflictTotals | null;
  nowMs: number;
}

/** `status`: as the replication says it of the region, or of what this agent does itself. */
export function agentStatus(parts: RegionParts, status = parts.replication.status()): StatusDocument {
  return {
    format: STATUS_FORMAT,
    software: VERSION,
    atMs: parts.nowMs,
    kind: "agent",
    regions: [regionStatus(parts, status)],
    links: [
      ...status.outgoing.map((link) => linkView(link, "sender")),
      ...status.incoming.map((link) => linkView(link, "receiver")),
    ],
  };
}

function regionStatus(
  { region, engine, replication, gateway, ...parts }: RegionParts,
  status: ReplicationStatus,
): RegionStatus {
  return {
    region,
    state: parts.serverProblem === undefined ? "up" : "server-down",
    problem: parts.serverProblem ?? (engine.slots === undefined ? null : problemOfSlots(engine.slots)),
    agents: replication.agents().map((agent) => ({ ...agent, slots: agent.slots ?? null })),
    server: {
      kind: engine.kind,
      version: engine.serverVersion,
      host: engine.host,
      port: engine.port,
      persistent: engine.persistent,
    },
    gateway: {
      host: parts.gatewayHost,
      port: gateway.port,
      tlsPort: gateway.tlsPort ?? null,
      certificateUntilMs: gateway.certificateUntilMs ?? null,
      processes: gateway.processes.map(({ pid, connections }) => ({ pid, connections })),
      stats: { ...gateway.stats() },
    },
    linkCertificateUntilMs: replication.certificateUntilMs ?? null,
    origin: status.ownOrigin === "" ? null : status.ownOrigin,
    vector: { ...status.vector },
    logs: {
      bytes: status.retention.logBytes ?? null,
      bytesMax: status.retention.logBytesMax,
      keptFor: [...status.retention.holding],
      fallen: [...status.retention.fallen],
      unsyncedMs: status.unsyncedMs,
    },
    stateSync: status.stateSync === null ? null : { ...status.stateSync },
    slots: slotsView(engine, status),
    adoption: parts.adoption === null ? null : { ...parts.adoption },
    findings: parts.findings.map(({ code, severity, message }) => ({ code, severity, message })),
    alarms: [...replication.alarms(), ...gateway.problems()].map(alarmView),
    conflicts: parts.conflicts,
  };
}

function alarmView(alarm: ReturnType<Replication["alarms"]>[number] | GatewayProblem): AlarmView {
  return {
    code: alarm.code,
    message: alarm.message,
    atMs: alarm.lastMs,
    count: alarm.count,
    peer: ("peer" in alarm ? alarm.peer : undefined) ?? null,
    origin: ("origin" in alarm ? alarm.origin : undefined) ?? null,
  };
}

export function linkView(link: ReplicationLink, seenBy: "sender" | "receiver"): LinkView {
  return {
    from: link.from,
    to: link.to,
    seenBy,
    state: link.state,
    sinceMs: link.sinceMs,
    lagMs: link.lagMs,
    delayMs: link.delayMs,
    roundTripMs: link.roundTripMs,
    operationsTotal: link.operationsTotal,
    operationsPerSecond: link.operationsPerSecond,
    bytesTotal: link.bytesTotal,
    bytesPerSecond: link.bytesPerSecond,
    backlogEntries: link.backlogEntries,
    wireBytesTotal: link.wireBytesTotal,
    bandwidth: link.bandwidthBytesPerSecond === null ? null : bandwidthText(link.bandwidthBytesPerSecond),
    clockSkewMs: link.clockSkewMs,
    lastError: link.lastError,
    emulated: null,
  };
}
