/**
 * Loads on plain Redis, on Meridian's function called directly, and on the gateway: operations a second and CPU time an operation.
 *
 * 1. Each operation has three fresh servers with the same keys in them, so nothing is left over from another one.
 * 2. What is compared is measured in turns, round by round: what disturbs the machine for seconds disturbs all of it.
 * 3. Between two measurements the log is cut, as an agent does it when all regions hold the entries.
 *
 * Reads are Redis's own commands with Meridian, too, so "function" is, for GET, plain GET on a server with Meridian.
 */
import { freePorts } from "@meridian/testkit";
import { BenchError } from "../errors.js";
import { fill } from "../load/fill.js";
import { startAgentProcess, type RunningAgent } from "../world/agents.js";
import { CpuMeter } from "../world/cpu.js";
import {
  functionCall,
  startMeridian,
  startPlain,
  Stops,
  trimOwnLog,
  type MeridianServer,
  type PlainServer,
} from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

export const targets = ["plain", "function", "gateway"] as const;
export type Target = (typeof targets)[number];

export interface LoadMeasure {
  readonly operation: string;
  readonly connections: number;
  readonly pipeline: number;
  readonly target: Target;
  readonly round: number;
  readonly opsPerSecond: number;
  readonly serverCpuUs: number;
  /** Of the agent's whole process, where there is one. */
  readonly gatewayCpuUs?: number;
  readonly generatorShare: number;
}

export interface Operation {
  readonly name: string;
  /** What is measured. */
  readonly args: readonly string[];
  /** What puts every key there before; default: the same. */
  readonly filling?: readonly string[];
  readonly isRead?: true;
}

/** How a load is made, and on what. */
export interface Load {
  readonly connections: number;
  readonly pipeline: number;
  readonly target: Target;
  readonly round: number;
}

/** The usual number of connections. */
export const CONNECTIONS = 50;
export const PIPELINES = [1, 16] as const;

interface Subjects {
  readonly plain: PlainServer;
  readonly direct: MeridianServer;
  readonly behindGateway: MeridianServer;
  readonly agent: RunningAgent;
}

/** Of each operation every load, one after the other. */
export async function measureLoads(
  context: BenchContext,
  part: string,
  operations: readonly Operation[],
  loads: readonly Load[],
): Promise<LoadMeasure[]> {
  const measures: LoadMeasure[] = [];
  for (const operation of operations) {
    const stops = new Stops();
    try {
      const subjects = await start(context, stops);
      await prepare(context, subjects, operation);
      for (const load of loads) {
        const { connections, pipeline, target, round } = load;
        const how = `${connections} ${connections === 1 ? "connection" : "connections"}, pipeline ${pipeline}`;
        context.progress(`${part}: ${operation.name}, ${how}, round ${round}, ${target}`);
        measures.push(await measure(context, subjects, operation, load));
      }
    } finally {
      await stops.run();
    }
  }
  return measures;
}

async function start({ aof }: BenchContext, stops: Stops): Promise<Subjects> {
  const region = "here";
  const plain = stops.add(await startPlain(aof));
  const direct = stops.add(await startMeridian(aof, region, [region]));
  const behindGateway = stops.add(await startMeridian(aof, region, [region]));
  const [gatewayPort, linkPort] = (await freePorts(2)) as [number, number];
  const agent = stops.add(
    await startAgentProcess({
      region,
      regions: [{ name: region, link: `127.0.0.1:${linkPort}` }],
      server: { url: behindGateway.url },
      gateway: { host: "127.0.0.1", port: gatewayPort },
      link: { host: "127.0.0.1", port: linkPort },
      admin: undefined,
    }),
  );
  return { plain, direct, behindGateway, agent };
}

async function prepare(context: BenchContext, subjects: Subjects, operation: Operation): Promise<void> {
  const { plain, direct, behindGateway } = subjects;
  const { keys: count, warmUp } = context.sizes;
  const filling = operation.filling ?? operation.args;
  await fill({ port: plain.port, commands: [filling], count });
  for (const { port, engine } of [direct, behindGateway]) {
    await fill({ port, commands: [functionCall(engine, filling)], count });
  }
  for (const target of targets) {
    const { port, args } = addressee(subjects, operation, target);
    await context.load.run({ port, args, connections: CONNECTIONS, pipeline: 1, requests: warmUp, keys: count });
  }
  await trim(subjects);
}

function addressee(subjects: Subjects, { args, isRead }: Operation, target: Target): { port: number; args: string[] } {
  switch (target) {
    case "plain":
      return { port: subjects.plain.port, args: [...args] };
    case "function": {
      const { port, engine } = subjects.direct;
      return { port, args: isRead === true ? [...args] : functionCall(engine, args) };
    }
    case "gateway":
      return { port: subjects.agent.gatewayPort, args: [...args] };
  }
}

async function measure(
  context: BenchContext,
  subjects: Subjects,
  operation: Operation,
  { connections, pipeline, target, round }: Load,
): Promise<LoadMeasure> {
  const { requestsLone, requestsPipelined, keys } = context.sizes;
  const requests = pipeline === 1 ? requestsLone : requestsPipelined;
  const server = { plain: subjects.plain, function: subjects.direct, gateway: subjects.behindGateway }[target];
  const errorsBefore = await errorsOf(server);
  const meter = new CpuMeter({
    server: server.pid,
    ...(target === "gateway" ? { gateway: subjects.agent.pid } : {}),
  });
  const { port, args } = addressee(subjects, operation, target);
  const { opsPerSecond, generatorShare } = await context.load.run({
    port,
    args,
    connections,
    pipeline,
    requests,
    keys,
  });
  const { server: serverMs = 0, gateway: gatewayMs } = meter.usedMs();
  const errorsAfter = await errorsOf(server);
  if (errorsAfter !== errorsBefore) throw new BenchError("BENCH_REPLYERROR", { reply: errorsAfter });
  if (target !== "plain") await trim(subjects);
  const perOperation = (ms: number): number => rounded((ms * 1000) / requests);
  return {
    operation: operation.name,
    connections,
    pipeline,
    target,
    round,
    opsPerSecond: Math.round(opsPerSecond),
    serverCpuUs: perOperation(serverMs),
    ...(gatewayMs === undefined ? {} : { gatewayCpuUs: perOperation(gatewayMs) }),
    generatorShare: rounded(generatorShare, 2),
  };
}

async function trim({ direct, behindGateway }: Subjects): Promise<void> {
  for (const { engine } of [direct, behindGateway]) await trimOwnLog(engine);
}

/** A load of refused commands would be a fast one. (A client library's greeting may have been refused before.) */
async function errorsOf({ admin }: PlainServer): Promise<string> {
  const lines = (await admin.info("errorstats")).split("\r\n");
  return lines.filter((line) => line.startsWith("errorstat_")).join(", ");
}
