/** A region that can be asked what `verify` needs: over IPC in a local start, over HTTP from the command line. */
import type { VerifyAnswerTo, VerifyQuestion } from "./documents.js";

export interface VerifySource {
  readonly region: string;
  ask<Q extends VerifyQuestion>(question: Q): Promise<VerifyAnswerTo<Q>>;
}
