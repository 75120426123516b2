/**
 * The JSON that the admin API speaks, typed once for the agent, the local start and the command line. `format` counts
 * up when a reader of the one before would misread it; new fields alone don't change it. docs/reference/admin-api.md
 * describes every field.
 */
import type { RoleView } from "../passive/documents.js";

export type { RoleView };

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
  /** Those that serve the region, the one that answers first. */
  agents: AgentView[];
  server: ServerStatus | null;
  gateway: GatewayStatus | null;
  /** Until when the certificate for links is good; null: they have none. */
  linkCertificateUntilMs: number | null;
  /** Who stamps this region's writes now. */
  origin: string | null;
  /** For each origin the last stamp applied here. */
  vector: Record<string, number>;
  /** How the region's logs are kept for the others; null: its agent doesn't answer. */
  logs: LogsView | null;
  /** The state of another region that it takes in, because no log brings it on; null: it doesn't. */
  stateSync: StateSyncView | null;
  /** Where the region's partitions are hash slots; null: all is one, or its agent doesn't answer. */
  slots: SlotsView | null;
  /** Keys that its server had before are made its own; null: none are. */
  adoption: AdoptionView | null;
  findings: FindingView[];
  alarms: AlarmView[];
  /** Null while the server doesn't answer. */
  conflicts: ConflictTotals | null;
  /** Where one region takes the writes: this one's part; left out where all do, or its agent doesn't answer. */
  activePassive?: RoleView;
}

export interface AgentView {
  id: string;
  /** An active one replicates for the region; the others serve clients, and one of them takes over when it is gone. */
  role: "active" | "standby";
  /** Where agents share hash slots: those that it replicates, as ranges such as "0-4095 8192-10239"; null: they don't. */
  slots: string | null;
  /** Where its admin API listens; null: it has none. */
  admin: string | null;
  /** Since it was heard. */
  heardMs: number;
}

export interface LogsView {
  /** Of all together; null: the server doesn't say. */
  bytes: number | null;
  /** Beyond it they are not kept for regions that are away. */
  bytesMax: number;
  /** Regions that don't hold durably all that is older than a minute: logs are kept for them. */
  keptFor: string[];
  /** Regions that the logs no longer reach: they catch up by state. */
  fallen: string[];
  /** For how long the oldest of what was written waits to be on the server's disk. */
  unsyncedMs: number;
}

export interface SlotsView {
  /** Those that have slots, in the order of these. */
  nodes: NodeView[];
  /** All hash slots. */
  count: number;
  /** Those that take commands. */
  up: number;
  /** Those in which something is being replicated, or was a moment ago; null: the agent that replicates has not said. */
  open: number | null;
  /** Those that take in the state of another region. */
  importing: number | null;
}

export interface NodeView {
  host: string;
  port: number;
  up: boolean;
  /** How many it has. */
  slots: number;
}

export interface StateSyncView {
  /** Whom the state is asked of; null: nobody is linked. */
  source: string | null;
  sinceMs: number;
  buckets: number;
  bucketsTotal: number;
  /** That the agent has taken in since then. */
  bytes: number;
  /** Null: not known yet. */
  leftMs: number | null;
  /** Why it doesn't get on, while it doesn't. */
  lastError: string | null;
}

export interface AdoptionView {
  /** So many are. */
  keys: number;
}

export interface ConflictTotals {
  /** Keys that may hold what lost in a conflict. */
  keys: number;
  /** How many conflicts the region met, ever, by kind: a type, or "clash" of two types. */
  counts: Record<string, number>;
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
  /** Without TLS; 0: there is none. */
  port: number;
  tlsPort: number | null;
  /** Until when the certificate that clients are shown is good. */
  certificateUntilMs: number | null;
  /** Those that serve the clients; none where the agent itself does. */
  processes: { pid: number; connections: number }[];
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
  /** Of batches as they are on the wire: packed, and before TLS. */
  wireBytesTotal: number;
  /** What is sent uses at most so much, such as "10Mbit"; null: no limit, or not asked of the sender. */
  bandwidth: string | null;
  /** How far the clock of the sending region's server is ahead of the receiving one's. */
  clockSkewMs: number | null;
  lastError: string | null;
  /** Of a local start: the WAN between the two. */
  emulated: LinkEmulation | null;
}

/** What the emulated WAN between two regions does. */
export interface LinkEmulation {
  up: boolean;
  /** As the start began, half of it in each direction. */
  rttMs: number;
  /** Added to it. */
  delayMs: number;
  /** Of each hundred packets so many are lost and sent again, which takes another round trip. */
  lossPercent: number;
}

/** What is left out stays as it is. */
export interface LinksRequest {
  up?: boolean | undefined;
  delayMs?: number | undefined;
  lossPercent?: number | undefined;
  a?: string | undefined;
  b?: string | undefined;
}

export interface LinksDocument {
  /** Unordered pairs. */
  links: ({ a: string; b: string } & LinkEmulation)[];
}

export interface BandwidthRequest {
  /** What each direction may use, such as "10Mbit"; null: no limit. */
  bandwidth: string | null;
  a?: string | undefined;
  b?: string | undefined;
}

export interface BandwidthDocument {
  /** One for each direction, as its sender says it. */
  links: { from: string; to: string; bandwidth: string | null }[];
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
  /**
   * A string's text, elements of a list in order, members of a set; [field, value] of a hash, [member, score] of a
   * sorted set; of a HyperLogLog the estimate.
   */
  content: Bytes | Bytes[] | [Bytes, Bytes][] | StreamContent;
}

export interface StreamContent {
  /** All entries where they are few; otherwise some at each end. */
  first: StreamEntry[];
  last: StreamEntry[];
  lastId: string;
  groups: StreamGroup[];
}

export interface StreamEntry {
  id: string;
  fields: [Bytes, Bytes][];
}

/** Deliveries are each region's own. */
export interface StreamGroup {
  name: Bytes;
  consumers: number;
  pending: number;
  lastDeliveredId: string;
  /** Entries that it has yet to deliver; null: not known. */
  lag: number | null;
}

export interface ConflictsRequest {
  /** One key; undefined: all that there are. */
  key: Buffer | undefined;
  /** At most so many conflicts. */
  limit: number;
}

export interface ConflictsDocument {
  /** By region, and by kind as in the status. */
  counts: Record<string, Record<string, number>>;
  /** In the order of their keys. */
  conflicts: ConflictView[];
  /** Regions that could not be asked, and why. */
  problems: { region: string; problem: string }[];
  /** Whether that is all, no value cut. */
  whole: boolean;
}

/** One place of a key where writes met: what shows there now, and what lost and is kept beside it. */
export interface ConflictView {
  key: Bytes;
  /** What the key shows as now; "none": nothing. */
  type: string;
  /** The field, member, place in a list or id in a stream; "": the whole value. */
  part: Bytes;
  /** Of a place in a list: the index of its element now, where that is known. */
  index: number | null;
  /** Null: nothing shows there, or, where another type shows, a whole value that is no string. */
  winner: ConflictValue;
  /** The latest first. */
  losers: LoserView[];
  /** Which region was asked. */
  seenIn: string;
}

export interface LoserView {
  type: string;
  part: Bytes;
  /** Null: a whole value of a type that another one hides. */
  value: ConflictValue;
  /** Bytes of the value, all of them; null where it is null. */
  size: number | null;
  /** Who wrote it, and when by that region's clock. */
  region: string;
  origin: string;
  stamp: number;
  atMs: number;
}

/** Fields of an entry of a stream as pairs. */
export type ConflictValue = Bytes | [Bytes, Bytes][] | null;

export interface ErrorDocument {
  error: { code: string; message: string };
}

/** One event of GET /api/conflicts/events. */
export type ConflictNotice =
  | (NoticePlace & NoticeSides & { event: "conflict" })
  /** A resolver made one value, the winner, of the losers; see docs/reference/conflict-hooks.md. */
  | (NoticePlace & NoticeSides & { event: "resolved"; resolver: string; version: number })
  /** Null: nobody knows how many. */
  | { event: "missed"; seenIn: string; count: number | null };

interface NoticePlace {
  /** The region that tells. */
  seenIn: string;
  key: Bytes;
  type: string;
  part: Bytes;
}

interface NoticeSides {
  winner: NoticeSide | null;
  losers: NoticeSide[];
}

export interface NoticeSide {
  /** Null where it is large. */
  value: Bytes | null;
  size: number;
  origin: string;
  region: string;
  stamp: number;
  atMs: number;
}
