/**
 * Memory of an item: `used_memory` before and after filling a server with many, plain and with Meridian; with
 * Meridian once with the whole log still there and once after it was cut, as it is when all regions hold it.
 *
 * Not a matter of time, so one round is enough, and both servers are filled at once. Without append-only file, whose
 * buffers would be counted too. A cron that runs often ends the rehashing of the key table, which holds two tables.
 */
import { setTimeout as delay } from "node:timers/promises";
import { BenchError } from "../errors.js";
import { limits } from "../limits.js";
import { fill } from "../load/fill.js";
import { PLACEHOLDER } from "../load/template.js";
import { functionCall, startMeridian, startPlain, Stops, trimOwnLog, type PlainServer } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

/** Bytes an item. */
export interface MemoryMeasure {
  readonly items: string;
  readonly count: number;
  readonly plain: number;
  readonly meridian: number;
  readonly meridianWithLog: number;
  /** Of the buckets that hold the metadata of keys: how many there are, and MEMORY USAGE of some. */
  readonly buckets: { readonly looked: number; readonly keysEach: number; readonly bytesEach: number };
}

interface Items {
  readonly name: string;
  readonly args: readonly string[];
  /** Items of one key. */
  readonly perKey: number;
}

const PER_KEY = 100;
const itemKinds: readonly Items[] = [
  { name: "string key", args: ["SET", `key:${PLACEHOLDER}`, `v:${PLACEHOLDER}`], perKey: 1 },
  { name: "counter key", args: ["INCR", `key:${PLACEHOLDER}`], perKey: 1 },
  { name: "set member, 100 in a set", args: ["SADD", `set:${PLACEHOLDER}`, `m:${PLACEHOLDER}`], perKey: PER_KEY },
  {
    name: "hash field, 100 in a hash",
    args: ["HSET", `hash:${PLACEHOLDER}`, `f:${PLACEHOLDER}`, "xxx"],
    perKey: PER_KEY,
  },
  { name: "list element, 100 in a list", args: ["RPUSH", `list:${PLACEHOLDER}`, `v:${PLACEHOLDER}`], perKey: PER_KEY },
];
const CRON_HZ = 500;
const BUCKETS_LOOKED_AT = 200;

export async function measureMemory(context: BenchContext): Promise<MemoryMeasure[]> {
  const measures: MemoryMeasure[] = [];
  for (const items of itemKinds) {
    context.progress(`memory: ${context.sizes.memoryItems} times ${items.name}`);
    measures.push(await measure(items, context.sizes.memoryItems));
  }
  return measures;
}

async function measure({ name, args, perKey }: Items, count: number): Promise<MemoryMeasure> {
  const stops = new Stops();
  try {
    const plain = stops.add(await startPlain(false));
    const meridian = stops.add(await startMeridian(false, "here", ["here"]));
    const numberAt = (step: number, place: number): number => (place === 0 ? Math.floor(step / perKey) : step);
    const grow = async (server: PlainServer, command: readonly string[]): Promise<() => Promise<number>> => {
      await server.admin.config("SET", "hz", String(CRON_HZ));
      const before = await settledMemory(server);
      await fill({ port: server.port, commands: [command], count, numberAt });
      return async () => rounded(((await settledMemory(server)) - before) / count, 1);
    };
    const [plainGrowth, meridianGrowth] = await Promise.all([
      grow(plain, args),
      grow(meridian, functionCall(meridian.engine, args)),
    ]);
    const [plainBytes, withLog] = await Promise.all([plainGrowth(), meridianGrowth()]);
    const dropped = await trimOwnLog(meridian.engine);
    if (dropped !== count) throw new BenchError("BENCH_NOTAPPLIED", { reply: `${dropped} entries, not ${count}` });
    return {
      items: name,
      count,
      plain: plainBytes,
      meridianWithLog: withLog,
      meridian: await meridianGrowth(),
      buckets: await lookAtBuckets(meridian, meridian.engine.root),
    };
  } finally {
    await stops.run();
  }
}

/** `used_memory` when nothing goes on in the background any more. */
export async function settledMemory({ admin }: PlainServer): Promise<number> {
  const deadline = performance.now() + limits.memorySettleMsMax;
  let [steady, before] = [0, Number.NaN];
  for (;;) {
    const now = Number(/used_memory:(\d+)/.exec(await admin.info("memory"))?.[1]);
    steady = Math.abs(now - before) <= limits.memorySettleBytes ? steady + 1 : 0;
    before = now;
    if (steady >= limits.memorySettleLooks || performance.now() > deadline) return now;
    await delay(limits.memorySettleMs);
  }
}

async function lookAtBuckets({ admin }: PlainServer, root: string): Promise<MemoryMeasure["buckets"]> {
  const names: string[] = [];
  let cursor = "0";
  do {
    const [next, some] = await admin.scan(cursor, "MATCH", `${root}:m:*`, "COUNT", 1000);
    names.push(...some);
    cursor = next;
  } while (cursor !== "0" && names.length < BUCKETS_LOOKED_AT);
  const looked = names.slice(0, BUCKETS_LOOKED_AT);
  let [bytes, keys] = [0, 0];
  for (const name of looked) {
    bytes += Number(await admin.call("MEMORY", "USAGE", name, "SAMPLES", "0"));
    keys += await admin.hlen(name);
  }
  const each = (sum: number): number => (looked.length === 0 ? 0 : rounded(sum / looked.length, 1));
  return { looked: looked.length, keysEach: each(keys), bytesEach: each(bytes) };
}
