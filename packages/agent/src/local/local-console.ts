/** The console of a local start: all regions are its own, and everything may be done to them. */
import type { AskedRegion, ConsoleSource, ServersDocument, ServersRequest, StatusDocument } from "../admin/index.js";
import { AgentError } from "../errors.js";
import type { AgentChild } from "./agent-child.js";
import type { StartPlan } from "./options.js";
import { HOST, type RegionServers } from "./region-servers.js";

export interface LocalConsoleParts {
  plan: StartPlan;
  agents: ReadonlyMap<string, AgentChild>;
  servers: ReadonlyMap<string, RegionServers>;
  status: () => Promise<StatusDocument>;
}

export function localConsole({ plan, agents, servers, status }: LocalConsoleParts): ConsoleSource {
  const regions = plan.regions.map(({ name, gatewayPort }): AskedRegion => {
    return {
      region: name,
      reach: "own",
      ask: async (question) => {
        const agent = agents.get(name);
        if (agent === undefined) throw new AgentError("MERIDIAN_AGENTDOWN", { region: name });
        return await agent.ask(question);
      },
      door: () => ({ place: { host: HOST, port: gatewayPort, isTls: false }, login: undefined }),
    };
  });
  return {
    kind: "local",
    access: { signIn: "none", token: () => undefined, checkUser: () => Promise.resolve() },
    actions: { commands: true, restore: true, links: true, servers: true },
    regions: () => regions,
    status,
    servers: (request) => act(servers, request),
  };
}

async function act(
  servers: ReadonlyMap<string, RegionServers>,
  { region, action }: ServersRequest,
): Promise<ServersDocument> {
  await servers.get(region)?.act(action);
  return {
    servers: [...servers].map(([name, { pids }]) => ({ region: name, running: pids.length > 0, pid: pids[0] ?? null })),
  };
}
