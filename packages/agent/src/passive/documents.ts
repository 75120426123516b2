/** What agents tell each other, and what the admin API shows, of the roles of regions. */
import type { RoleRecord } from "./record.js";

/** Of one region, as its agent knows it. */
export interface PeerState {
  readonly record: RoleRecord | null;
  /** Null: its server does not answer. */
  readonly server: PeerServer | null;
  /** The last that was heard of the primary's server; null: nothing. */
  readonly heard: HeardOffset | null;
}

export interface HeardOffset {
  readonly stream: string;
  readonly offset: number;
  readonly agoMs: number;
}

export interface PeerServer {
  readonly role: "primary" | "replica";
  readonly offset: number;
  readonly stream: string;
  /** The stream before its last change of roles, and up to where that goes. */
  readonly formerStream: string;
  readonly formerOffset: number;
  readonly linkUp: boolean;
  /** Where it is, if that changes; else it is where the configuration says. */
  readonly place?: { readonly host: string; readonly port: number };
}

/** In the status of a region. */
export interface RoleView {
  role: "primary" | "replica";
  /** Who takes the writes, as the region knows; null: nobody yet. */
  primary: string | null;
  epoch: number;
  sinceMs: number | null;
  /** What goes to the primary waits here, and why; null: it does not. */
  held: string | null;
  /** In bytes of the replication stream; null: its server does not answer. */
  offset: number | null;
  /** Behind the primary; null: not known. */
  lagBytes: number | null;
  lagMs: number | null;
  /** Its data are at most so old; 0 at the primary; null: not known. */
  stalenessMs: number | null;
  /** Whether its server hears the primary's. */
  linkUp: boolean;
  /** What was saved of writes that the other regions did not get, last; null: nothing since the agent began. */
  lostWrites: LostWrites | null;
}

/** What a former primary had written, and the new one had not got when it became one. */
export interface LostWrites {
  file: string;
  atMs: number;
  /** `commands`: they alone, as a client would send them; `snapshot`: all data of the server, for what was lost can't be told apart. */
  kind: "commands" | "snapshot";
  bytes: number;
  commands: number | null;
}

export interface FailoverRequest {
  /** The region that is to take the writes. */
  readonly to: string;
  /** The primary is gone: what it wrote last may be lost. */
  readonly force?: boolean | undefined;
  /** Of a forced one: without it nothing is done but to say what may be lost. */
  readonly confirmed?: boolean | undefined;
}

export interface FailoverDocument {
  kind: "planned" | "forced";
  /** False: nothing was done, for it was not confirmed. */
  done: boolean;
  from: string;
  to: string;
  /** The epoch of the new primary. */
  epoch: number;
  /** For how long no region took writes; null: it was not planned. */
  pausedMs: number | null;
  /** Of a forced one. */
  loss: FailoverLoss | null;
  /** Regions that have not confirmed it yet: they hear of it as soon as they are there. */
  unaware: string[];
}

export interface FailoverLoss {
  /** What the primary was heard to have, and the new one has not. It may have written more after that. */
  bytes: number | null;
  /** Since when the new primary's data lack something, before the primary was heard last. */
  ms: number | null;
  /** When any agent last heard the primary's server. */
  heardAgoMs: number | null;
  /** How much more of it each other region has. */
  others: { region: string; bytesMore: number }[];
}

/** The steps of a failover carry its id, and the epoch that it began in. */
export type ControlQuestion =
  | { readonly kind: "exchange"; readonly state: PeerState }
  | { readonly kind: "failover"; readonly request: FailoverRequest }
  /** At the primary: no other failover from now on. */
  | { readonly kind: "claim"; readonly id: string; readonly epoch: number }
  /** No writes from the gateway. */
  | { readonly kind: "hold"; readonly id: string; readonly epoch: number }
  /** At the primary: no writes at all. */
  | { readonly kind: "pause"; readonly id: string; readonly epoch: number }
  /** Of an automatic one: the primary is gone, this region is to be the next. */
  | { readonly kind: "vote"; readonly epoch: number; readonly to: string }
  /** It was given up. */
  | { readonly kind: "end"; readonly id: string }
  /** It is done. */
  | {
      readonly kind: "take";
      readonly id: string;
      readonly record: RoleRecord;
      readonly state: PeerState;
      readonly isFenced: boolean;
    };

export interface Vote {
  readonly granted: boolean;
  /** Where its server is, and stays. */
  readonly stream: string;
  readonly offset: number;
}

export interface ControlAnswers {
  exchange: PeerState;
  failover: FailoverDocument;
  claim: PeerState;
  hold: { drained: boolean };
  pause: { stream: string; offset: number };
  vote: Vote;
  end: Record<string, never>;
  take: PeerState;
}
