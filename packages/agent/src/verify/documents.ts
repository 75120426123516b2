/**
 * The JSON of `meridian verify`: what a region is asked (POST /api/verify), and what came of comparing all of them. Keys are
 * base64, for they are bytes; docs/reference/admin-api.md describes what is asked.
 */
import type { Bytes, FindingView } from "../admin/documents.js";

/** What is wrong with a key in one region by itself; see the core's digest/key-digest.ts. "stray": no metadata. */
export type KeyProblem = "value" | "type" | "parts" | "deadline" | "count" | "stray";

export type StampVector = Record<string, number>;

/** Of some partitions, by their numbers. */
export type PartitionVectors = Record<number, StampVector>;

export type VerifyQuestion =
  | { kind: "layout" }
  /** Tallies of buckets from a number on, as many as come together in a short time. */
  | { kind: "tallies"; from: number }
  /** Keys without metadata, some at a time; "0" is the first cursor and the one after the last. */
  | { kind: "strays"; cursor: string }
  /** The keys of some buckets. */
  | { kind: "buckets"; buckets: number[] }
  /** A page of one key; "" is the first cursor and the one after the last. */
  | { kind: "key"; keyBase64: string; cursor: string }
  | { kind: "vectors"; partitions: number[] }
  | { kind: "salvage"; keyBase64: string }
  | { kind: "discard"; keyBase64: string; fingerprint: string }
  | { kind: "adopt"; keyBase64: string; fingerprint: string };

export interface VerifyAnswers {
  layout: Layout;
  tallies: TalliesAnswer;
  strays: { next: string; keys: number; straysBase64: string[] };
  buckets: BucketsAnswer;
  key: KeyAnswer;
  vectors: { vectors: PartitionVectors };
  salvage: SalvageAnswer;
  discard: { vector: StampVector };
  adopt: { vector: StampVector };
}
export type VerifyAnswerTo<Q extends VerifyQuestion> = VerifyAnswers[Q["kind"]];
export type VerifyAnswer = VerifyAnswers[VerifyQuestion["kind"]];

/** Buckets are numbered through all partitions: those of the first one, then those of the second, and so on. */
export interface Layout {
  partitions: number;
  /** Of each partition. */
  buckets: number;
}

export interface TalliesAnswer {
  /** Where to go on; the number of all buckets: that was all. */
  next: number;
  keys: number;
  /** 7 bytes a bucket. */
  talliesBase64: string;
  problems: { keyBase64: string; problem: KeyProblem }[];
  /** Keys that are in no tally, to be asked for by themselves. */
  largeBase64: string[];
}

export interface KeyReading {
  keyBase64: string;
  /** Hexadecimal, of all that must be the same everywhere; null: there is no such key, or its time has passed. */
  tally: string | null;
  /** The same without native values. */
  kept: string;
  problem: KeyProblem | null;
  /** Unix ms; 0 never. */
  deadlineMs: number;
}

export interface BucketsAnswer {
  keys: KeyReading[];
  largeBase64: string[];
}

export interface KeyAnswer extends KeyReading {
  /** Of the partition in which it lies, here and below. */
  vector: StampVector;
  next: string;
}

export interface SalvageAnswer {
  fingerprint: string;
  /** As DUMP gives it; null: there is no value. */
  payloadBase64: string | null;
  /** Unix ms; -1 never. */
  expiresAtMs: number;
  vector: StampVector;
}

export interface VerifyRequest {
  region: string;
  question: VerifyQuestion;
}

export interface VerifyDocument {
  /** Every region was compared and nothing differs. */
  equal: boolean;
  tookMs: number;
  regions: VerifiedRegion[];
  differences: Difference[];
  /** Regions that did not get what another one had within the time that was given. */
  behind: { region: string; of: string }[];
  /** False: there are more differences than are listed. */
  whole: boolean;
}

export interface VerifiedRegion {
  region: string;
  /** Why it was not compared. */
  problem: string | null;
  keys: number;
  /** How long it took to read it once. */
  readMs: number;
}

/**
 * differs: proven. behind: writes of one region are not in another yet, so they may differ for that reason alone. busy: all
 * arrives, but the key was written too often to be compared within the time that was given, or it is about to expire.
 */
export type DifferenceKind = "differs" | "behind" | "busy";

export interface Difference {
  key: Bytes;
  keyBase64: string;
  kind: DifferenceKind;
  regions: { region: string; tally: string | null; kept: string; problem: KeyProblem | null }[];
  explanation: string;
}

export interface DoctorDocument {
  regions: DoctorRegion[];
}

export interface DoctorRegion {
  region: string;
  /** Why it could not be looked at. */
  problem: string | null;
  findings: FindingView[];
  /** Keys that were looked at for writes past the function, and whether those are all; null: none were. */
  lookedAt: { keys: number; whole: boolean } | null;
}

export interface RepairDocument {
  repaired: Bytes[];
  failed: { key: Bytes; reason: string }[];
  /** Where what was overwritten is kept; null: nothing was. */
  saved: string | null;
}

/** One line of the file in which a repair keeps what it overwrites. */
export interface SavedValue {
  key: Bytes;
  keyBase64: string;
  region: string;
  payloadBase64: string | null;
  expiresAtMs: number;
  atMs: number;
}
