/** What agents tell each other, and what the admin API shows, of the roles of regions. */
import type { RoleRecord } from "./record.js";

/** Of one region, as its agent knows it. */
export interface PeerState {
  readonly record: RoleRecord | null;
  /** Null: its server does not answer. */
  readonly server: PeerServer | null;
}

export interface PeerServer {
  readonly role: "primary" | "replica";
  readonly offset: number;
  readonly stream: string;
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
}

export type ControlQuestion = { readonly kind: "exchange"; readonly state: PeerState };
