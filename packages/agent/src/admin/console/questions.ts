/** What the console asks of one region: its own agent, one over IPC, or another agent over HTTP. All plain JSON, and only reads. */
import type { VerifyAnswer, VerifyQuestion } from "../../verify/documents.js";
import type { ConflictPage } from "../conflict-keys.js";
import type { StatusDocument } from "../documents.js";
import type { LosersAnswer, LosersRoom } from "../losers.js";
import type { KeyRegion, RegionHealth } from "./documents.js";
import type { LoggedOperation } from "./key-log.js";

export type RegionQuestion =
  | { kind: "status" }
  | { kind: "conflictPage"; cursor: string }
  | { kind: "losers"; keysBase64: readonly string[]; room: LosersRoom }
  | { kind: "verify"; question: VerifyQuestion }
  | { kind: "keyView"; keyBase64: string }
  | { kind: "keyLog"; keyBase64: string; sinceMs: number; rows: number }
  | { kind: "pulse" };

export interface RegionAnswers {
  status: StatusDocument;
  conflictPage: ConflictPage;
  losers: LosersAnswer;
  verify: VerifyAnswer;
  keyView: KeyRegion;
  keyLog: KeyLogAnswer;
  pulse: Pulse;
}
export type RegionAnswer<Q extends RegionQuestion> = RegionAnswers[Q["kind"]];

export interface KeyLogAnswer {
  /** In the order of their stamps. */
  operations: LoggedOperation[];
  /** All since then were looked at. */
  whole: boolean;
}

/** Numbers of its server. */
export type Pulse = Pick<RegionHealth, "memory" | "commandsPerSecond">;
