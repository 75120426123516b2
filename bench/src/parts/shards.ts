/**
 * The same writes to one server whose partition is all it has, to one whose partitions are hash slots, and to clusters of more and
 * more nodes: server CPU for each write, all nodes together, and writes a second. Direct function calls over all slots.
 *
 * All nodes and the load share this machine, so what a second node adds shows in CPU, not in writes a second.
 */
import { rootOfSlot, SLOTS } from "@meridian/core";
import { startEngine, type Engine } from "@meridian/engine";
import { spawnCluster } from "@meridian/testkit";
import { BenchError } from "../errors.js";
import { CpuMeter } from "../world/cpu.js";
import { startMeridian, Stops } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

export interface ShardsMeasure {
  readonly servers: string;
  readonly round: number;
  /** Of all nodes, for each write. */
  readonly cpuUs: number;
  readonly opsPerSecond: number;
}

interface Subject {
  readonly servers: string;
  readonly pids: Readonly<Record<string, number>>;
  readonly write: (at: number) => Promise<unknown>;
}

const AT_ONCE = 256;
const REGION = "here";

export async function measureShards(context: BenchContext): Promise<ShardsMeasure[]> {
  const stops = new Stops();
  try {
    const subjects = await start(context, stops);
    const measures: ShardsMeasure[] = [];
    for (const { write } of subjects) await writeAll(write, Math.min(SLOTS, context.sizes.slotWrites));
    for (let round = 1; round <= context.sizes.rounds; round++) {
      for (const { servers, pids, write } of subjects) {
        context.progress(`shards: ${servers}, round ${round}`);
        const meter = new CpuMeter(pids);
        const startedMs = performance.now();
        await writeAll(write, context.sizes.slotWrites);
        const seconds = (performance.now() - startedMs) / 1000;
        const usedMs = Object.values(meter.usedMs()).reduce((sum, ms) => sum + ms, 0);
        measures.push({
          servers,
          round,
          cpuUs: rounded((usedMs * 1000) / context.sizes.slotWrites, 1),
          opsPerSecond: Math.round(context.sizes.slotWrites / seconds),
        });
      }
    }
    return measures;
  } finally {
    await stops.run();
  }
}

async function start({ aof, sizes }: BenchContext, stops: Stops): Promise<Subject[]> {
  const whole = stops.add(await startMeridian(aof, REGION, [REGION, "there"]));
  const slots = stops.add(await startMeridian(aof, REGION, [REGION, "there"], "slots"));
  const subjects: Subject[] = [
    {
      servers: "one server, one partition",
      pids: { server: whole.pid },
      write: (at) => whole.engine.call("SET", `bench ${at % SLOTS}`, "xxx"),
    },
    { servers: "one server, hash slots", pids: { server: slots.pid }, write: writeTo(slots.engine) },
  ];
  for (const nodes of sizes.clusterNodes) {
    const cluster = await spawnCluster({ nodes, aof });
    if (cluster === undefined) throw new BenchError("BENCH_NOSERVER");
    stops.add(cluster);
    const engine = stops.add(await startEngine({ url: cluster.url, region: REGION, regions: [REGION, "there"] }));
    const pids = Object.fromEntries(cluster.nodes.map(({ pid }, index) => [`node ${index}`, pid]));
    subjects.push({ servers: `a cluster of ${nodes}`, pids, write: writeTo(engine) });
  }
  return subjects;
}

function writeTo({ slots }: Engine): Subject["write"] {
  return (at) => {
    const slot = (at * 7919) % SLOTS; // a prime: neighbours lie far apart
    return slots!.call(slot, "SET", `bench${rootOfSlot(slot).slice("mer:".length)}`, "xxx");
  };
}

async function writeAll(write: Subject["write"], count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => write(from + at)));
  }
}
