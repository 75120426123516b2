/**
 * CPU time of all processes, but the load generator's, for writes that live in two places in the end: 100,000 SETs on
 * plain Redis alone, on Redis with one replica, and in two regions of Meridian (two servers, two agents), written
 * through the gateway and by direct function calls. Measured from the first write until both places hold the last.
 */
import { waitFor } from "@meridian/testkit";
import { limits } from "../limits.js";
import { fill } from "../load/fill.js";
import { PLACEHOLDER } from "../load/template.js";
import { converged, startRegions, type Region } from "../world/agents.js";
import { CpuMeter } from "../world/cpu.js";
import { functionCall, startPlain, Stops, type PlainServer } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";
import { CONNECTIONS, PIPELINES } from "./loads.js";

export const variants = ["plain", "replica", "meridian by gateway", "meridian by function"] as const;
export type Variant = (typeof variants)[number];

export interface TotalCpuMeasure {
  readonly variant: Variant;
  readonly pipeline: number;
  readonly round: number;
  /** All processes together, for 100,000 SETs. */
  readonly cpuMs: number;
  readonly cpuMsByProcess: Readonly<Record<string, number>>;
  readonly opsPerSecond: number;
}

interface Subject {
  readonly port: number;
  readonly args: readonly string[];
  readonly pids: Readonly<Record<string, number>>;
  /** Resolves when every place holds every write. */
  readonly settled: () => Promise<void>;
}

const SET = ["SET", `key:${PLACEHOLDER}`, "xxx"];
const PER = 100_000;

export async function measureTotalCpu(context: BenchContext): Promise<TotalCpuMeasure[]> {
  const stops = new Stops();
  try {
    const subjects = await start(context, stops);
    for (const variant of variants) await warmUp(context, subjects[variant]);
    const measures: TotalCpuMeasure[] = [];
    for (let round = 1; round <= context.sizes.rounds; round++) {
      for (const pipeline of PIPELINES) {
        context.progress(`cpu: pipeline ${pipeline}, round ${round}`);
        for (const variant of variants) {
          measures.push({ variant, pipeline, round, ...(await measure(context, subjects[variant], pipeline)) });
        }
      }
    }
    return measures;
  } finally {
    await stops.run();
  }
}

async function start({ aof }: BenchContext, stops: Stops): Promise<Record<Variant, Subject>> {
  const alone = stops.add(await startPlain(aof));
  const [primary, replica] = [stops.add(await startPlain(aof)), stops.add(await startPlain(aof))];
  await replica.admin.replicaof("127.0.0.1", primary.port);
  const regions = (await startRegions(["here", "there"], aof, stops)) as [Region, Region];
  const [here, there] = regions;
  const pids = {
    "server here": here.server.pid,
    "agent here": here.pid,
    "server there": there.server.pid,
    "agent there": there.pid,
  };
  const settled = (): Promise<void> => converged(regions);
  return {
    plain: { port: alone.port, args: SET, pids: { server: alone.pid }, settled: () => Promise.resolve() },
    replica: {
      port: primary.port,
      args: SET,
      pids: { server: primary.pid, replica: replica.pid },
      settled: () => replicated(primary, replica),
    },
    "meridian by gateway": { port: here.gatewayPort, args: SET, pids, settled },
    "meridian by function": { port: here.server.port, args: functionCall(here.server.engine, SET), pids, settled },
  };
}

async function warmUp({ load, sizes }: BenchContext, { port, args, settled }: Subject): Promise<void> {
  await fill({ port, commands: [args], count: sizes.keys });
  await load.run({ port, args, connections: CONNECTIONS, pipeline: 1, requests: sizes.warmUp, keys: sizes.keys });
  await settled();
}

async function measure(
  { load, sizes }: BenchContext,
  { port, args, pids, settled }: Subject,
  pipeline: number,
): Promise<Pick<TotalCpuMeasure, "cpuMs" | "cpuMsByProcess" | "opsPerSecond">> {
  const requests = pipeline === 1 ? sizes.requestsLone : sizes.requestsPipelined;
  const meter = new CpuMeter(pids);
  const { opsPerSecond } = await load.run({
    port,
    args,
    connections: CONNECTIONS,
    pipeline,
    requests,
    keys: sizes.keys,
  });
  await settled();
  const scaled = Object.entries(meter.usedMs()).map(([name, ms]) => [name, rounded((ms * PER) / requests, 1)] as const);
  return {
    cpuMs: rounded(
      scaled.reduce((sum, [, ms]) => sum + ms, 0),
      1,
    ),
    cpuMsByProcess: Object.fromEntries(scaled),
    opsPerSecond: Math.round(opsPerSecond),
  };
}

async function replicated(primary: PlainServer, replica: PlainServer): Promise<void> {
  await waitFor(
    async () => {
      const [written, held] = await Promise.all([replicationOf(primary), replicationOf(replica)]);
      return (
        held.get("master_link_status") === "up" && held.get("slave_repl_offset") === written.get("master_repl_offset")
      );
    },
    { what: "the replica to hold every write", timeoutMs: limits.convergeMsMax },
  );
}

async function replicationOf({ admin }: PlainServer): Promise<Map<string, string>> {
  const lines = (await admin.info("replication")).split("\r\n").map((line) => line.split(":") as [string, string]);
  return new Map(lines);
}
