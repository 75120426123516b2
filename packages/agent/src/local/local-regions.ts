/** The members of a local start: one of its agents is asked that is not meant itself, and they agree upon the rest. */
import type { AdminSource } from "../admin/index.js";
import { AgentError } from "../errors.js";
import type { AgentChild } from "./agent-child.js";
import type { AnswerTo, Question } from "./messages.js";

export function regionsSource(
  names: readonly string[],
  agents: ReadonlyMap<string, Pick<AgentChild, "ask">>,
): AdminSource["regions"] {
  const ask = async <Q extends Question>(question: Q, without: readonly string[]): Promise<AnswerTo<Q>> => {
    let problem: unknown = new AgentError("MERIDIAN_AGENTDOWN", { region: names.join(", ") });
    for (const name of names) {
      if (without.includes(name)) continue;
      try {
        const answer = agents.get(name)?.ask(question);
        if (answer !== undefined) return await answer;
      } catch (error) {
        problem = error;
        const mayAnother =
          error instanceof AgentError && ["MERIDIAN_AGENTDOWN", "MERIDIAN_NOTMEMBER"].includes(error.code);
        if (!mayAnother) break;
      }
    }
    throw problem;
  };
  return {
    list: () => ask({ kind: "regions" }, []),
    change: (request) =>
      ask({ kind: "changeRegions", request }, request.action === "forget" ? request.regions : [request.region]),
  };
}
