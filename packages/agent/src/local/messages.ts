/** What a local start and its agent processes tell each other, over the IPC channel of child_process. */
import type { AgentSettings } from "../agent.js";
import type { AgentErrorCode, ErrorDetails } from "../errors.js";
import type { ForgetDocument, RegionsDocument, RegionsRequest } from "../members/documents.js";
import type { FailoverDocument, FailoverRequest } from "../passive/documents.js";
import type { ModeRequest, ModeView } from "../mode/documents.js";
import type { DoctorRegion } from "../verify/documents.js";
import type { RegionAnswers, RegionQuestion } from "../admin/console/questions.js";
import type { BandwidthDocument, BandwidthRequest, ConflictNotice, InspectDocument } from "../admin/index.js";

export type Question =
  | RegionQuestion
  | { kind: "inspect"; keyBase64: string }
  | { kind: "limitLinks"; request: BandwidthRequest }
  | { kind: "regions" }
  | { kind: "changeRegions"; request: RegionsRequest }
  | { kind: "doctor" }
  | { kind: "failover"; request: FailoverRequest }
  | { kind: "mode"; request: ModeRequest | undefined };

export interface Answers extends RegionAnswers {
  inspect: InspectDocument;
  limitLinks: BandwidthDocument;
  regions: RegionsDocument;
  changeRegions: RegionsDocument | ForgetDocument;
  doctor: DoctorRegion;
  failover: FailoverDocument;
  mode: ModeView;
}
export type AnswerTo<Q extends Question> = Answers[Q["kind"]];

export type ToAgent =
  | { kind: "start"; settings: AgentSettings }
  | { kind: "ask"; id: number; question: Question }
  /** From now on it tells of conflicts, or no more. */
  | { kind: "tellConflicts"; on: boolean }
  | { kind: "stop" };

export type FromAgent =
  | { kind: "ready"; linkPort: number }
  | { kind: "failed"; code: string; message: string }
  | { kind: "conflict"; notice: ConflictNotice }
  | { kind: "answer"; id: number; document: AnswerTo<Question> }
  | { kind: "refused"; id: number; message: string; known: { code: AgentErrorCode; details: ErrorDetails } | null };
