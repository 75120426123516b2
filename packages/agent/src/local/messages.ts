/** What a local start and its agent processes tell each other, over the IPC channel of child_process. */
import type { AgentSettings } from "../agent.js";
import type { InspectDocument, StatusDocument } from "../admin/index.js";

export type Question = { kind: "status" } | { kind: "inspect"; keyBase64: string };
export type AnswerTo<Q extends Question> = Q extends { kind: "status" } ? StatusDocument : InspectDocument;

export type ToAgent =
  | { kind: "start"; settings: AgentSettings }
  | { kind: "ask"; id: number; question: Question }
  | { kind: "stop" };

export type FromAgent =
  | { kind: "ready"; linkPort: number }
  | { kind: "failed"; code: string; message: string }
  | { kind: "answer"; id: number; document: StatusDocument | InspectDocument }
  | { kind: "refused"; id: number; message: string };
