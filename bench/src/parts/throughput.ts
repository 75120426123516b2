/** Operations a second and CPU time an operation, of writes of several types and a read, as 50 clients make them. */
import { PLACEHOLDER } from "../load/template.js";
import type { BenchContext } from "./context.js";
import { CONNECTIONS, measureLoads, PIPELINES, targets, type Load, type LoadMeasure, type Operation } from "./loads.js";

const VALUE_3 = "xxx";
const VALUE_1K = "x".repeat(1024);
const stringFilling = ["SET", `str:${PLACEHOLDER}`, VALUE_3];

export const SET: Operation = { name: "SET 3 bytes", args: stringFilling };
export const GET: Operation = {
  name: "GET",
  args: ["GET", `str:${PLACEHOLDER}`],
  filling: stringFilling,
  isRead: true,
};
export const INCR: Operation = { name: "INCR", args: ["INCR", `counter:${PLACEHOLDER}`] };

const operations: readonly Operation[] = [
  SET,
  { name: "SET 1 KB", args: ["SET", `str:${PLACEHOLDER}`, VALUE_1K] },
  GET,
  INCR,
  { name: "SADD", args: ["SADD", `set:${PLACEHOLDER}`, `member:${PLACEHOLDER}`] },
  { name: "HSET", args: ["HSET", `hash:${PLACEHOLDER}`, "field", VALUE_3] },
];

export function measureThroughput(context: BenchContext): Promise<LoadMeasure[]> {
  return measureLoads(context, "throughput", operations, [...turns(context.sizes.rounds)]);
}

function* turns(rounds: number): Generator<Load> {
  for (let round = 1; round <= rounds; round++) {
    for (const pipeline of PIPELINES) {
      for (const target of targets) yield { connections: CONNECTIONS, pipeline, target, round };
    }
  }
}
