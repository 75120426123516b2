/** Documents of the admin API for tests: the least that is valid, with what a test changes. */
import { STATUS_FORMAT, type LinkView, type RegionStatus, type StatusDocument } from "../admin/documents.js";

export function someRegion(changes: Partial<RegionStatus> = {}): RegionStatus {
  return {
    region: "us",
    state: "up",
    problem: null,
    agents: [{ id: "host-1-abc", role: "active", slots: null, admin: "127.0.0.1:7300", heardMs: 0 }],
    server: { kind: "redis", version: "7.0.15", host: "127.0.0.1", port: 7101, persistent: true },
    gateway: { host: "127.0.0.1", port: 7001, tlsPort: null, certificateUntilMs: null, processes: [], stats: {} },
    linkCertificateUntilMs: null,
    origin: "us~abc",
    vector: { "us~abc": 1 },
    logs: { bytes: 4096, bytesMax: 2 ** 30, keptFor: [], fallen: [], unsyncedMs: 0 },
    stateSync: null,
    slots: null,
    adoption: null,
    findings: [],
    alarms: [],
    conflicts: { keys: 1, counts: { string: 2, clash: 1 } },
    ...changes,
  };
}

export function someLink(changes: Partial<LinkView> = {}): LinkView {
  return {
    from: "us",
    to: "eu",
    seenBy: "sender",
    state: "up",
    sinceMs: 1,
    lagMs: 0,
    delayMs: null,
    roundTripMs: 80,
    operationsTotal: 0,
    operationsPerSecond: 0,
    bytesTotal: 0,
    bytesPerSecond: 0,
    backlogEntries: 0,
    wireBytesTotal: 0,
    bandwidth: null,
    clockSkewMs: 1,
    lastError: null,
    emulated: null,
    ...changes,
  };
}

export function someStatus(changes: Partial<StatusDocument> = {}): StatusDocument {
  return {
    format: STATUS_FORMAT,
    software: "0.1.0",
    atMs: 1_800_000_000_000,
    kind: "agent",
    regions: [someRegion()],
    links: [someLink()],
    ...changes,
  };
}
