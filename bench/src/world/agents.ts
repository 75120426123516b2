/** Agents for servers that run: for one region alone (its gateway is measured), or for two that replicate. */
import { freePorts, waitFor } from "@meridian/testkit";
import type { AgentSettings } from "@meridian/agent";
import { limits } from "../limits.js";
import { ChildTask } from "./child-task.js";
import { type MeridianServer, standingOf, startMeridian, type Stops } from "./servers.js";

export interface RunningAgent {
  readonly pid: number;
  readonly gatewayPort: number;
  stop(): Promise<unknown>;
}

export interface Region extends RunningAgent {
  readonly server: MeridianServer;
}

const HOST = "127.0.0.1";

export async function startAgentProcess(settings: AgentSettings): Promise<RunningAgent> {
  const child = await ChildTask.start(
    `agent of ${settings.region}`,
    new URL("../world/agent-process.js", import.meta.url),
    settings,
  );
  try {
    const { gatewayPort } = (await child.whenReady()) as { gatewayPort: number };
    return { pid: child.pid, gatewayPort, stop: () => child.stop(limits.childReadyMsMax) };
  } catch (error) {
    child.end();
    throw error;
  }
}

/**
 * Regions whose agents reach each other without any delay; links are up, and each has shown the others' writes. `adapt`:
 * other settings than the usual, asked for each in turn.
 */
export async function startRegions(
  names: readonly string[],
  aof: boolean,
  stops: Stops,
  adapt: (settings: AgentSettings) => Promise<AgentSettings> = (settings) => Promise.resolve(settings),
  partitions: "whole" | "slots" = "whole",
): Promise<Region[]> {
  const ports = await freePorts(2 * names.length);
  const [links, gateways] = [ports.slice(0, names.length), ports.slice(names.length)];
  const regions: Region[] = [];
  for (const [index, name] of names.entries()) {
    const server = stops.add(await startMeridian(aof, name, names, partitions));
    const settings = await adapt({
      region: name,
      regions: names.map((region, at) => ({ name: region, link: `${HOST}:${links[at]}` })),
      server: { url: server.url },
      partitions,
      gateway: { host: HOST, port: gateways[index]! },
      link: { host: HOST, port: links[index]! },
      admin: undefined,
    });
    const agent = stops.add(await startAgentProcess(settings));
    regions.push({ ...agent, server });
  }
  for (const { server } of regions) await server.engine.call("SET", `{0}ready:${server.engine.region}`, "1");
  await converged(regions);
  return regions;
}

/** Every region holds what every other one has written. */
export async function converged(regions: readonly Region[]): Promise<void> {
  await waitFor(
    async () => {
      const texts = await Promise.all(regions.map(({ server }) => vectorText(server)));
      return new Set(texts).size === 1;
    },
    { what: "all regions to stand at the same place", timeoutMs: limits.convergeMsMax },
  );
}

async function vectorText({ engine }: MeridianServer): Promise<string> {
  const { vector } = await standingOf(engine);
  return [...vector]
    .map(([origin, stamp]) => `${origin} ${stamp}`)
    .sort()
    .join(", ");
}
