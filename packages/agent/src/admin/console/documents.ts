/**
 * The JSON between the console and the admin API, typed once for both. docs/reference/admin-api.md describes each. Keys
 * go in bodies as base64, never in an address; bytes come back as `Bytes`.
 */
import type {
  Bytes,
  ConflictView,
  FindingView,
  InspectRegion,
  InspectValue,
  LogsView,
  LoserView,
  StatusDocument,
} from "../documents.js";

/** GET /api/console: who one is here and what one may do. Answered without sign-in. */
export interface ConsoleDocument {
  kind: "agent" | "local";
  software: string;
  /** How one signs in; "none": nobody has to. */
  signIn: SignIn;
  signedIn: boolean;
  /** The user of the server that is signed in; null: none, or by token. */
  user: string | null;
  /** What the page may do; all false: read only. */
  actions: ConsoleActions;
  regions: ConsoleRegionView[];
}

export type SignIn = "none" | "token" | "acl";

export interface ConsoleActions {
  /** POST /api/commands. */
  commands: boolean;
  restore: boolean;
  /** Cut, mend, delay: a local start. */
  links: boolean;
  /** Kill, start, restart: a local start. */
  servers: boolean;
}

export interface ConsoleRegionView {
  region: string;
  /** Asked directly, through the admin API of its agent, or not at all. */
  reach: "own" | "peer" | "none";
}

/** POST /api/session. */
export type SessionRequest = { token: string } | { username: string; password: string } | { end: true };

export interface SessionDocument {
  signedIn: boolean;
}

/** The events of GET /api/events by name; the data of each is one line of JSON. */
export interface ConsoleEvents {
  /** Each second, the newest: a reader that is slow misses some. */
  status: StatusDocument;
  /** The totals by region changed: what is listed is old. */
  conflicts: ConflictsEvent;
}

export interface ConflictsEvent {
  atMs: number;
  /** By region: keys that may hold losers, and conflicts met by kind. */
  regions: Record<string, { keys: number; counts: Record<string, number> }>;
}

/** POST /api/conflicts, as GET, with the key in the body. */
export interface ConflictsQuery {
  keyBase64?: string | undefined;
  limit?: number | undefined;
}

/** POST /api/servers, of a local start. */
export interface ServersRequest {
  region: string;
  action: "kill" | "start" | "restart";
}

export interface ServersDocument {
  servers: { region: string; running: boolean; pid: number | null }[];
}

/** POST /api/commands: one command on the connection that the page has to the region's gateway. */
export interface CommandsRequest {
  /** Any name of up to 64 letters, digits and '-': one connection for each and region, so that MULTI and WATCH work. */
  page: string;
  region: string;
  /** A line as typed, with quotes as redis-cli has them; or the arguments. */
  line?: string | undefined;
  argumentsBase64?: string[] | undefined;
}

export interface CommandsDocument {
  reply: ReplyView;
  tookMs: number;
  /** The connection is in a MULTI. */
  inTransaction: boolean;
}

/** A reply as RESP3 has it; cut where it is long. */
export type ReplyView =
  | { type: "text"; value: string }
  | { type: "error"; value: string }
  | { type: "integer" | "number" | "bignumber"; value: string }
  | { type: "boolean"; value: boolean }
  | { type: "null" }
  /** `size`: bytes of all of it. */
  | { type: "bulk"; value: Bytes; size: number; whole: boolean }
  /** `size`: elements of all of it. */
  | { type: "array" | "set" | "push"; items: ReplyView[]; size: number; whole: boolean }
  | { type: "map"; entries: [ReplyView, ReplyView][]; size: number; whole: boolean };

/** POST /api/watch answers events (text/event-stream) in its body until either side ends it. */
export interface WatchRequest {
  keyBase64: string;
}

export interface WatchEvents {
  /** At first, and whenever one of the regions shows something else. */
  value: WatchedKey;
  /** After a conflict: all regions show the same again. */
  story: Story;
  /** Why there is no story just now. */
  problem: { message: string };
}

export interface WatchedKey {
  atMs: number;
  /** Whether all regions that answer show the same value and deadline; null: fewer than two answer. */
  same: boolean | null;
  regions: WatchedRegion[];
}

export interface WatchedRegion {
  region: string;
  problem: string | null;
  type: string | null;
  ttlMs: number | null;
  size: number | null;
  value: InspectValue | null;
  /** Equal where what is shown is equal. */
  fingerprint: string;
}

export type StoryRule =
  | "register"
  | "sum"
  | "add-wins"
  | "all-stay"
  | "delete-update"
  | "expiry"
  | "clash"
  | "union"
  | "merge";

/** What happened to a key that was written in several regions at once. */
export interface Story {
  keyBase64: string;
  /** When it was seen to be the same everywhere. */
  atMs: number;
  rule: StoryRule;
  /** Why it ended so, in a sentence or two. */
  why: string;
  /** In the order of their stamps; those that had seen another are `after` it. */
  writes: StoryWrite[];
  /** False: the logs were too long to look at all of them. */
  whole: boolean;
  result: { type: string | null; size: number | null; value: InspectValue | null };
  /** What lost and is kept beside what shows. */
  kept: LoserView[];
}

export interface StoryWrite extends KeyOperation {
  /**
   * `won`: it shows; `kept`: it lost and is kept beside; `counted` in the sum; `merged`: it is part of the value;
   * `removed` what it had seen; `overwritten` by one that had seen it.
   */
  outcome: "won" | "kept" | "counted" | "merged" | "removed" | "overwritten";
}

/** One operation on a key as a log has it. */
export interface KeyOperation {
  region: string;
  origin: string;
  stamp: number;
  /** The stamp as the server writes it. */
  id: string;
  atMs: number;
  /** What it does, as the command that it came from or is like. */
  command: string;
  /** Its arguments after the key, few and short. */
  arguments: Bytes[];
  /** Stamps of operations in the same list that it had not seen, nor they it. */
  concurrentWith: number[];
}

/** POST /api/keys: one page of the keys of a region, without blocking its server. */
export interface KeysRequest {
  region: string;
  /** Bytes that the keys begin with; none: all. */
  prefixBase64?: string | undefined;
  /** As TYPE says it. */
  type?: string | undefined;
  /** "0" at first, then that of the page before. */
  cursor: string;
  /** About so many keys. */
  count: number;
}

export interface KeysDocument {
  region: string;
  keys: KeyRow[];
  /** "0": that was all. There may be no key on a page that is not the last. */
  cursor: string;
  /** Keys of the whole region, all prefixes and types. */
  keysTotal: number;
}

export interface KeyRow {
  keyBase64: string;
  key: Bytes;
  type: string;
  /** -1: never expires. */
  ttlMs: number;
  /** That it takes in the server, about; null: not known. */
  bytes: number | null;
}

/** POST /api/key: one key in all regions. */
export interface KeyRequest {
  keyBase64: string;
}

export interface KeyDocument {
  keyBase64: string;
  key: Bytes;
  regions: KeyRegion[];
  /** Which of type, value, deadline and metadata are not the same in all regions that answer. */
  differences: ("type" | "value" | "deadline" | "metadata")[];
  conflicts: ConflictView[];
  /** The newest first. */
  history: KeyOperation[];
  /** False: the logs go further back, or are too long to look at all. */
  historyWhole: boolean;
}

export interface KeyRegion extends InspectRegion {
  /** As OBJECT ENCODING says it. */
  encoding: string | null;
  /** That it takes in the server, about. */
  bytes: number | null;
  /** Equal where what is shown is equal. */
  fingerprint: string;
}

/** POST /api/restore: a loser is written again, as a new write that has seen what shows. */
export interface RestoreRequest {
  keyBase64: string;
  /** Where it is written. */
  region: string;
  /** Those of the loser. */
  origin: string;
  stamp: number;
  type: string;
  partBase64: string;
}

export interface RestoreDocument {
  /** The command that wrote it. */
  command: string;
  reply: ReplyView;
}

/** GET /api/health. */
export interface HealthDocument {
  atMs: number;
  /** Null: the first comparison is under way. */
  convergence: Convergence | null;
  /** How much of the comparison that is under way is done, 0 to 1; null: none is. */
  comparing: number | null;
  /** Of each direction between two regions. */
  lag: LagSeries[];
  regions: RegionHealth[];
  alarms: HealthAlarm[];
}

export interface Convergence {
  /** When the digests were compared. */
  checkedAtMs: number;
  /** All that answer have the same; null: fewer than two answer. While regions write, what is under way differs. */
  same: boolean | null;
  /** Nothing was written anywhere while they were read: what differs then does so for good. Null: not known. */
  quiet: boolean | null;
  /** Parts that are digested, and how many of them are not the same everywhere. */
  buckets: number;
  differing: number;
  /** Numbers of some that differ. */
  examples: number[];
  regions: { region: string; keys: number | null; problem: string | null }[];
}

export interface LagSeries {
  from: string;
  to: string;
  /** Oldest first, about one in each `stepMs`. */
  stepMs: number;
  points: { atMs: number; p50Ms: number | null; p99Ms: number | null; lagMs: number | null }[];
}

export interface RegionHealth {
  region: string;
  problem: string | null;
  memory: { usedBytes: number; maxBytes: number | null; peakBytes: number } | null;
  keys: number | null;
  /** Commands a second that its server runs. */
  commandsPerSecond: number | null;
  logs: LogsView | null;
  /** By the region that writes: how far its clock is ahead of this one's. */
  clockSkewMs: Record<string, number>;
  findings: FindingView[];
}

export interface HealthAlarm {
  region: string;
  code: string;
  message: string;
  atMs: number;
  count: number;
  /** The runbook: a page of the documentation. */
  runbook: string;
}
