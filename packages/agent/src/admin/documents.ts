/**
 * The JSON that the admin API speaks, typed once for the agent, the local start and the command line. `format` counts
 * up when a reader of the one before would misread it; new fields alone don't change it. docs/reference/admin-api.md
 * describes every field.
 */
export const STATUS_FORMAT = 1;

export interface StatusDocument {
  format: typeof STATUS_FORMAT;
  software: string;
  atMs: number;
  /** One agent of a deployment, or a local start with all its regions. */
  kind: "agent" | "local";
  regions: RegionStatus[];
  links: LinkView[];
}

export type RegionState = "up" | "server-down" | "agent-down";

export interface RegionStatus {
  region: string;
  state: RegionState;
  /** The last thing that went wrong, while it is wrong. */
  problem: string | null;
  server: ServerStatus | null;
  gateway: GatewayStatus | null;
  /** Who stamps this region's writes now. */
  origin: string | null;
  /** For each origin the last stamp applied here. */
  vector: Record<string, number>;
  findings: FindingView[];
  alarms: AlarmView[];
}

export interface ServerStatus {
  kind: string;
  version: string;
  host: string;
  port: number;
  persistent: boolean;
}

export interface GatewayStatus {
  host: string;
  port: number;
  /** Counters and gauges by name. */
  stats: Record<string, unknown>;
}

export interface FindingView {
  code: string;
  severity: "error" | "warning";
  message: string;
}

export interface AlarmView {
  code: string;
  message: string;
  atMs: number;
  count: number;
  peer: string | null;
  origin: string | null;
}

export type LinkState = "up" | "connecting" | "refused" | "cut" | "unknown";

/** One direction between two regions. */
export interface LinkView {
  from: string;
  to: string;
  seenBy: "sender" | "receiver" | "both";
  state: LinkState;
  sinceMs: number | null;
  lagMs: number | null;
  /** From a write's stamp to its place in the receiving region, of the last seconds; the receiver knows it. */
  delayMs: { p50: number; p99: number } | null;
  roundTripMs: number | null;
  operationsTotal: number;
  operationsPerSecond: number;
  bytesTotal: number;
  bytesPerSecond: number;
  backlogEntries: number;
  lastError: string | null;
  /** Of a local start: the WAN between the two. */
  emulated: { rttMs: number; up: boolean } | null;
}

export interface LinksRequest {
  up: boolean;
  a?: string | undefined;
  b?: string | undefined;
}

export interface LinksDocument {
  /** Unordered pairs. */
  links: { a: string; b: string; up: boolean; rttMs: number }[];
}

/** Bytes as text where they are UTF-8. */
export type Bytes = string | { base64: string };

export interface InspectDocument {
  key: Bytes;
  regions: InspectRegion[];
}

export interface InspectRegion {
  region: string;
  /** Why there is nothing to show. */
  problem: string | null;
  type: string | null;
  /** -1: no expiry; null: no key. */
  ttlMs: number | null;
  /** Bytes of a string, elements of the rest. */
  size: number | null;
  value: InspectValue | null;
  /** What the core knows about the key, as its `inspect` says it. */
  metadata: unknown;
}

/** At most the limits' share of it; `whole` says whether that is all. */
export interface InspectValue {
  whole: boolean;
  content: Bytes | Bytes[] | [Bytes, Bytes][];
}

export interface ErrorDocument {
  error: { code: string; message: string };
}
