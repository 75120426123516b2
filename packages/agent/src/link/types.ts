/** What the wire carries, as the layers above see it. */
import type { LinkCertificates } from "./certificates.js";

export interface LinkEntry {
  readonly stamp: number;
  readonly payload: Uint8Array;
}

/** What is about one partition; undefined where all is one. */
export interface OfPartition {
  readonly partition?: number | undefined;
}

/** Consecutive entries of one origin; `after` is the stamp that the first of them follows in the log. */
export interface LinkBatch extends OfPartition {
  readonly origin: string;
  readonly after: number;
  readonly entries: readonly LinkEntry[];
}

/** For each origin a stamp. */
export type LinkVector = ReadonlyMap<string, number>;

/** Where a receiver stands: what its server has applied, and what of it is on its disk. */
export interface Position {
  readonly ownOrigin: string;
  readonly applied: LinkVector;
  readonly durable: LinkVector;
  /** The regions that it receives from right now. */
  readonly sources: readonly string[];
}

export interface LinkRewind {
  readonly origin: string;
  readonly after: number;
  readonly reason: "missing" | "refused";
}

export interface Acknowledgement extends Position, OfPartition {
  readonly rewind: LinkRewind | undefined;
}

/** The head of an import, or pieces from a bucket on. */
export interface ExportWish extends OfPartition {
  readonly head?: true;
  readonly bucket?: number;
}

/** A head or a piece: bytes that agents don't look into. */
export interface ExportedText {
  readonly text: Uint8Array;
  /** The bucket after a piece. */
  readonly nextBucket: number;
  /** What a head includes. */
  readonly vector: LinkVector;
}

/** The sender's log of `origin` no longer holds what follows `after`. */
export interface LinkGap extends OfPartition {
  readonly origin: string;
  readonly after: number;
}

/** In the place of a root: every hash slot has its own. */
export const SLOTS_ROOT = "mer:{slot}";

/** Who this agent is, for the handshake. */
export interface Identity {
  /** Of the deployment: two of different names never talk to each other. */
  readonly namespace: string;
  readonly region: string;
  /** All places in their order; the list may grow. */
  readonly regions: readonly string[];
  /** Those of regions that are none any more. */
  readonly gone?: ReadonlyMap<string, "removed" | "forgotten">;
  /** Of the one partition; SLOTS_ROOT where partitions are hash slots. */
  readonly root: string;
  readonly softwareVersion: string;
  /** Which agent of its region; undefined: it does not say. */
  readonly agent?: string | undefined;
  /** Only tests give another one. */
  readonly protocolVersion?: number;
}

/** What a link may do, and what of it is agreed upon with each peer. */
export interface LinkOptions {
  /** Undefined: links are neither encrypted nor authenticated. */
  readonly certificates?: LinkCertificates | undefined;
  /** Whether batches are packed; both ends must want it. */
  readonly compression: boolean;
  /** The clock of this region's server, in Unix ms; undefined: not known now. */
  readonly serverNowMs: () => number | undefined;
}

/** What one end counts of one direction, over all of its streams. */
export interface LinkTraffic {
  /** Bytes of batches as they are on the wire: packed, and before TLS. */
  wireBytes: number;
}
