/**
 * What goes into the replica machine and what comes out of it.
 *
 * A payload is whatever the adapter carries, bytes or a byte string: the machine only asks for its length. It may hold
 * several log entries, the last of them with the entry's stamp; so an entry may begin before the stamp that it follows,
 * and what was applied of it already is skipped when it is applied again.
 * A "peer" is the other end of a link that we send on; a "source" is the other end of one that we receive on.
 */
import type { Alarm } from "./alarms.js";
import type { Vector } from "./vector.js";

export type Payload = { readonly length: number };

export interface Entry<P extends Payload> {
  readonly stamp: number;
  readonly payload: P;
}

/** Consecutive entries of one origin; `after` is the stamp that the first of them follows in the log. */
export interface Batch<P extends Payload> {
  readonly origin: string;
  readonly after: number;
  readonly entries: readonly Entry<P>[];
}

/** Where a region stands: who writes there, what it has applied, and what of it outlives a crash of its server. */
export interface Standing {
  readonly ownOrigin: string;
  readonly applied: Vector;
  readonly durable: Vector;
  /** The regions that it receives from right now. */
  readonly sources: readonly string[];
}

/**
 * Everything of `origin` after the stamp `after` is wanted (again): batches are missing in between, or the server
 * found that the first one is not what comes next.
 */
export interface Rewind {
  readonly origin: string;
  readonly after: number;
  readonly reason: "missing" | "refused";
}

/** How the server answered an `apply`; "ok" may be about the first of the entries only: `at` says how far it came. */
export type ApplyReply =
  | { status: "ok" | "gap" | "wait" | "ahead" | "importing"; at: number; detailOrigin: string; detailStamp: number }
  | { status: "bad" | "unknown" | "failed"; message: string };

export type ReplicaEvent<P extends Payload> =
  /** The server's `state`, read after every reply that the machine has seen: at start, on return, now and then. */
  | { kind: "state"; ownOrigin: string; vector: Vector; serverNowMs: number }
  | { kind: "serverLost" }
  /** What of this server's vector is on its disk. */
  | { kind: "durable"; vector: Vector }
  /** The answer to `read`: what follows its `after` in the log, as far as the limits let it; nothing = the log ends. */
  | { kind: "logged"; read: number; entries: readonly Entry<P>[] }
  | { kind: "readFailed"; read: number }
  /** The stream that we send on is open; the peer said where it stands. */
  | { kind: "peerUp"; peer: string; standing: Standing }
  | { kind: "peerDown"; peer: string }
  /** Whether what is sent to the peer leaves, or piles up in memory. */
  | { kind: "writable"; peer: string; on: boolean }
  /** The peer acknowledges. */
  | { kind: "acked"; peer: string; standing: Standing; rewind: Rewind | undefined }
  /** The stream that we receive on is open; the source knows where we stand. */
  | { kind: "sourceUp"; source: string }
  | { kind: "sourceDown"; source: string }
  | { kind: "received"; source: string; batch: Batch<P> }
  /** The source's log no longer holds what follows the stamp. */
  | { kind: "gap"; source: string; origin: string; after: number }
  /** The head of our state, which stands there, is given to the peer. */
  | { kind: "exporting"; peer: string; vector: Vector }
  /** A state is taken in that stands there; undefined: none is any more. */
  | { kind: "importing"; vector: Vector | undefined }
  /** What all logs of the server take. */
  | { kind: "logSize"; bytes: number }
  | { kind: "applied"; apply: number; reply: ApplyReply }
  | { kind: "tick" };

/** What of a log may be read in runs (packages/core/src/log/run.ts): without what later entries make superfluous. */
export interface Backlog {
  /** Up to this stamp. */
  readonly to: number;
  /** What the peer has that it is read for. */
  readonly there: Vector;
  /** Where other regions stand: runs end there. */
  readonly borders: ReadonlySet<number>;
}

export type Command<P extends Payload> =
  | { kind: "send"; peer: string; batch: Batch<P> }
  /** Read a log; `follow` waits until there is something, and takes the place of a `follow` before. */
  | {
      kind: "read";
      read: number;
      origin: string;
      after: number;
      entriesMax: number;
      bytesMax: number;
      follow: boolean;
      backlog?: Backlog;
    }
  /** The first of the entries may begin before `after`, where the server stands: that much of it is done. */
  | { kind: "apply"; apply: number; origin: string; after: number; entries: readonly Entry<P>[] }
  | { kind: "ack"; source: string; standing: Standing; rewind: Rewind | undefined }
  /** What this source sends can't be used: close its stream to us. */
  | { kind: "close"; source: string; alarm: Alarm }
  /** Our log no longer holds what the peer needs next. */
  | { kind: "gap"; peer: string; origin: string; after: number }
  | { kind: "trim"; origin: string; stamp: number }
  /** All origins of its region up to `latest` can no longer speak; `ends`: what those ended with that are not folded yet. */
  | { kind: "fold"; latest: string; ends: readonly (readonly [origin: string, stamp: number])[] }
  | { kind: "alarm"; alarm: Alarm };
