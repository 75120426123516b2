/** The status of a region where one region takes the writes, in the form of the admin API. */
import { STATUS_FORMAT, type LinkView, type StatusDocument } from "../admin/index.js";
import type { AgentSettings } from "../agent.js";
import type { Relay } from "../gateway/index.js";
import { VERSION } from "../version.js";
import type { Peers } from "./peers.js";
import type { RegionServer } from "./region-server.js";
import type { Roles } from "./roles.js";

export interface PassiveParts {
  readonly settings: AgentSettings;
  readonly server: RegionServer;
  readonly roles: Roles;
  readonly peers: Peers;
  readonly relay: Relay;
  readonly linkCertificateUntilMs: number | null;
}

export function passiveStatus({
  settings,
  server,
  roles,
  peers,
  relay,
  linkCertificateUntilMs,
}: PassiveParts): StatusDocument {
  const { region } = settings;
  const { seen } = roles;
  const { host, port } = server.address;
  return {
    format: STATUS_FORMAT,
    software: VERSION,
    atMs: Date.now(),
    kind: "agent",
    regions: [
      {
        region,
        state: seen === undefined ? "server-down" : "up",
        problem: roles.problem ?? server.sentinels?.finding ?? null,
        agents: [],
        server:
          seen === undefined
            ? null
            : { kind: seen.kind, version: seen.version, host, port, persistent: seen.persistent },
        gateway: {
          host: settings.gateway.host,
          port: relay.port,
          tlsPort: relay.tlsPort ?? null,
          certificateUntilMs: relay.certificateUntilMs ?? null,
          processes: [],
          stats: { ...relay.stats() },
        },
        linkCertificateUntilMs,
        origin: null,
        vector: {},
        logs: null,
        stateSync: null,
        slots: null,
        adoption: null,
        findings: [],
        alarms: relay.problems().map(({ code, message, lastMs, count }) => {
          return { code, message, atMs: lastMs, count, peer: null, origin: null };
        }),
        conflicts: null,
        activePassive: roles.view(),
      },
    ],
    links: linkOf(roles, peers),
  };
}

/** Data come by one link: from the primary. */
function linkOf(roles: Roles, peers: Peers): LinkView[] {
  const { record, seen, isPrimary } = roles;
  if (record === undefined || isPrimary) return [];
  const peer = peers.of(record.primary);
  const view = roles.view();
  return [
    {
      from: record.primary,
      to: roles.options.region,
      seenBy: "receiver",
      state: seen?.linkUp === true ? "up" : "connecting",
      sinceMs: null,
      lagMs: view.lagMs,
      delayMs: null,
      roundTripMs: peer?.roundTripMs ?? null,
      operationsTotal: 0,
      operationsPerSecond: 0,
      bytesTotal: seen?.offset ?? 0,
      bytesPerSecond: 0,
      backlogEntries: 0,
      wireBytesTotal: seen?.offset ?? 0,
      bandwidth: null,
      clockSkewMs: null,
      lastError: peer?.problem ?? null,
      emulated: null,
    },
  ];
}
