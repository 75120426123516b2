/** Traces as the configuration wants them. What they take is loaded only then. */
import type { AgentSettings } from "./agent.js";
import type { Logger } from "./logger.js";
import type { RegionsDocument } from "./members/documents.js";
import type { Traces } from "./traces/index.js";

export async function tracesOf(
  { region, traces }: AgentSettings,
  log: Logger,
  list: () => RegionsDocument,
): Promise<Traces | undefined> {
  if (traces === undefined) return undefined;
  const { startTraces } = await import("./traces/index.js");
  const peers = (): string[] => {
    const members = list().regions.filter(({ status }) => status === "member");
    return members.flatMap((member) => (member.region === region ? [] : [member.region]));
  };
  return startTraces({ region, ...traces, peers, log });
}
