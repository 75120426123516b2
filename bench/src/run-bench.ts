/** A run: the chosen parts one after the other, everything that was measured as data. */
import { findServerBinary } from "@meridian/engine";
import { BenchError } from "./errors.js";
import { findLoadGenerator } from "./load/load.js";
import type { BenchOptions } from "./options.js";
import { measureApply } from "./parts/apply.js";
import { measureArchitectures } from "./parts/architectures.js";
import { measureBacklog } from "./parts/backlog.js";
import type { BenchContext } from "./parts/context.js";
import { measureGateway } from "./parts/gateway.js";
import { measureLag } from "./parts/lag.js";
import { measureLargeSet } from "./parts/large-set.js";
import { measureLists } from "./parts/lists.js";
import { measureMemory } from "./parts/memory.js";
import type { PartName } from "./parts/names.js";
import { measureShards } from "./parts/shards.js";
import { measureSlots } from "./parts/slots.js";
import { measureSortedSets } from "./parts/sorted-sets.js";
import { measureStreams } from "./parts/streams.js";
import { measureThroughput } from "./parts/throughput.js";
import { measureTotalCpu } from "./parts/total-cpu.js";
import { measureWire } from "./parts/wire.js";
import { loadAverage, machineOf, type Results } from "./results.js";

const measurers: { readonly [Part in PartName]: (context: BenchContext) => Promise<NonNullable<Results[Part]>> } = {
  throughput: measureThroughput,
  gateway: measureGateway,
  lag: measureLag,
  wire: measureWire,
  backlog: measureBacklog,
  slots: measureSlots,
  shards: measureShards,
  apply: measureApply,
  memory: measureMemory,
  lists: measureLists,
  zsets: measureSortedSets,
  streams: measureStreams,
  set: measureLargeSet,
  cpu: measureTotalCpu,
  architectures: measureArchitectures,
};

export async function runBench(options: BenchOptions, progress: (text: string) => void): Promise<Results> {
  const binary = await findServerBinary();
  if (binary === undefined) throw new BenchError("BENCH_NOSERVER");
  const load = await findLoadGenerator();
  const { sizes, aof, scale, parts } = options;
  const startedMs = performance.now();
  const before = loadAverage();
  const date = new Date().toISOString();
  const measured: Partial<Record<PartName, unknown>> = {};
  for (const part of parts) measured[part] = await measurers[part]({ sizes, aof, load, progress });
  return {
    date,
    machine: machineOf(binary, load.name),
    scale,
    sizes,
    aof,
    seconds: Math.round((performance.now() - startedMs) / 1000),
    loadAverage: { before, after: loadAverage() },
    ...(measured as Pick<Results, PartName>),
  };
}
