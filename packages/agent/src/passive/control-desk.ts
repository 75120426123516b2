/** Answers what other regions' agents ask, and brings a failover to the region that it is for. */
import { AgentError } from "../errors.js";
import type { ControlAnswers, ControlQuestion, FailoverDocument, FailoverRequest } from "./documents.js";
import type { Election } from "./failover/election.js";
import type { Failover } from "./failover/failover.js";
import type { FailoverSteps } from "./failover/steps.js";
import { passiveLimits } from "./limits.js";
import type { Answered, Peers } from "./peers.js";
import type { Roles } from "./roles.js";

export interface ControlDeskOptions {
  readonly roles: Roles;
  readonly peers: Peers;
  readonly steps: FailoverSteps;
  readonly failover: Failover;
  readonly election: Election;
}

export class ControlDesk {
  constructor(private readonly options: ControlDeskOptions) {}

  /** An error of ours goes back as one. */
  async answer(question: unknown): Promise<Answered<unknown>> {
    try {
      return { value: await this.answerTo(question as ControlQuestion) };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return { error: { code: error.code, details: error.details } };
    }
  }

  async failover(request: FailoverRequest): Promise<FailoverDocument> {
    const { roles, peers, failover } = this.options;
    const { region, regions } = roles.options;
    if (request.to === region) return await failover.run(request);
    if (!regions.includes(request.to)) {
      throw new AgentError("MERIDIAN_NOSUCHREGION", { region: request.to, regions: regions.join(", ") });
    }
    return await peers.put<"failover">(request.to, { kind: "failover", request }, passiveLimits.failoverMsMax);
  }

  private async answerTo(question: ControlQuestion): Promise<ControlAnswers[ControlQuestion["kind"]]> {
    const { roles, steps, failover, election } = this.options;
    switch (question.kind) {
      case "exchange":
        roles.learn(question.state.record);
        return await roles.freshState();
      case "failover":
        return await failover.run(question.request);
      case "claim":
        steps.claim(question.id, question.epoch, true);
        return roles.state();
      case "hold":
        return await steps.hold(question.id, question.epoch);
      case "pause":
        return await steps.pause(question.id, question.epoch);
      case "vote":
        return await election.vote(question.epoch, question.to);
      case "end":
        await steps.end(question.id);
        return {};
      case "take":
        return await steps.take(question.id, question.record, question.state, question.isFenced);
    }
  }
}
