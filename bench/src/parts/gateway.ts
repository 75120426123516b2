/**
 * What the gateway costs beside plain Redis, by how many clients there are: one that waits for each reply, the usual 50,
 * and a thousand.
 */
import type { BenchContext } from "./context.js";
import { CONNECTIONS, measureLoads, PIPELINES, type Load, type LoadMeasure } from "./loads.js";
import { GET, INCR, SET } from "./throughput.js";

const CLIENTS = [1, CONNECTIONS, 1_000] as const;
const TARGETS = ["plain", "gateway"] as const;

export function measureGateway(context: BenchContext): Promise<LoadMeasure[]> {
  return measureLoads(context, "gateway", [GET, SET, INCR], [...turns(context.sizes.rounds)]);
}

function* turns(rounds: number): Generator<Load> {
  for (let round = 1; round <= rounds; round++) {
    for (const pipeline of PIPELINES) {
      for (const connections of CLIENTS) {
        for (const target of TARGETS) yield { connections, pipeline, target, round };
      }
    }
  }
}
