/**
 * Replication lag between two regions with nothing emulated between them: from the reply to the client, who writes
 * through the gateway of one region, until the other region's server shows the write.
 *
 * Seen by a subscription to the keyspace event of that one key: no polling, so nothing is added to the load. What the
 * method itself costs is measured as the "floor": the same with a write and a subscription at one and the same server.
 */
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom, type SeededRandom } from "@meridian/testkit";
import { BenchError } from "../errors.js";
import { limits } from "../limits.js";
import { LoadConnection } from "../load/connection.js";
import type { LoadTask } from "../load/load-process.js";
import { encodeCommand, PLACEHOLDER } from "../load/template.js";
import { startRegions, type Region } from "../world/agents.js";
import { ChildTask } from "../world/child-task.js";
import { functionCall, Stops } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

export const situations = ["floor", "lone", "loaded"] as const;
export type Situation = (typeof situations)[number];

export interface LagMeasure {
  readonly situation: Situation;
  readonly round: number;
  /** From the write's reply until it is seen; below 0 where it was seen first. */
  readonly afterReplyMs: readonly number[];
  /** From sending the write until it is seen. */
  readonly wholeMs: readonly number[];
  /** Writes a second that the load reached. */
  readonly loadPerSecond?: number;
}

const KEY = "lag:probe";
const EVENTS = "K$";
const PAUSE_MS = { min: 5, max: 20 } as const;
const LOAD_CONNECTIONS = 16;
const SEED = 7;

export async function measureLag(context: BenchContext): Promise<LagMeasure[]> {
  const stops = new Stops();
  try {
    const [here, there] = (await startRegions(["here", "there"], context.aof, stops)) as [Region, Region];
    for (const { server } of [here, there]) await server.admin.config("SET", "notify-keyspace-events", EVENTS);
    const random = seededRandom(SEED);
    const series = async (situation: Situation, round: number): Promise<LagMeasure> => {
      context.progress(`lag: ${situation}, round ${round}`);
      const writesTo = situation === "floor" ? here.server.port : here.gatewayPort;
      const seenAt = situation === "floor" ? here.server.port : there.server.port;
      const set = (value: string): string[] => {
        const args = ["SET", KEY, value];
        return situation === "floor" ? functionCall(here.server.engine, args) : args;
      };
      const probe = await Probe.open(writesTo, seenAt, set);
      try {
        return { situation, round, ...(await probe.run(context.sizes.lagProbes, random)) };
      } finally {
        probe.close();
      }
    };
    const measures: LagMeasure[] = [];
    await series("lone", 0); // the agents' code is compiled as it runs
    for (let round = 1; round <= context.sizes.rounds; round++) {
      measures.push(await series("floor", round), await series("lone", round));
      measures.push(await underLoad(here, context, () => series("loaded", round)));
    }
    return measures;
  } finally {
    await stops.run();
  }
}

async function underLoad(here: Region, context: BenchContext, run: () => Promise<LagMeasure>): Promise<LagMeasure> {
  const task: LoadTask = {
    kind: "paced",
    port: here.gatewayPort,
    args: ["SET", `load:${PLACEHOLDER}`, "xxx"],
    keys: context.sizes.keys,
    connections: LOAD_CONNECTIONS,
    ratePerSecond: context.sizes.lagRate,
  };
  const load = await ChildTask.start("load", new URL("../load/load-process.js", import.meta.url), task);
  try {
    await load.whenReady();
    const measured = await run();
    const { opsPerSecond } = (await load.stop(limits.childReadyMsMax)) as { opsPerSecond: number };
    return { ...measured, loadPerSecond: Math.round(opsPerSecond) };
  } finally {
    load.end();
  }
}

/** One writer and one watcher. */
class Probe {
  private seen: (atMs: number) => void = () => undefined;

  private constructor(
    private readonly writer: LoadConnection,
    private watcher: LoadConnection | undefined,
    private readonly set: (value: string) => string[],
  ) {}

  static async open(writesTo: number, seenAt: number, set: (value: string) => string[]): Promise<Probe> {
    const probe = new Probe(await LoadConnection.open(writesTo), undefined, set);
    probe.watcher = await LoadConnection.open(seenAt, () => probe.seen(performance.now()));
    await probe.watcher.send(encodeCommand(["SUBSCRIBE", `__keyspace@0__:${KEY}`]), 1);
    return probe;
  }

  async run(count: number, random: SeededRandom): Promise<Pick<LagMeasure, "afterReplyMs" | "wholeMs">> {
    const afterReplyMs: number[] = [];
    const wholeMs: number[] = [];
    for (let at = 0; at < count; at++) {
      await delay(random.integer(PAUSE_MS.min, PAUSE_MS.max));
      const visible = new Promise<number>((resolve) => (this.seen = resolve));
      const sentMs = performance.now();
      await this.writer.send(encodeCommand(this.set(String(at))), 1);
      const repliedMs = performance.now();
      const visibleMs = await inTime(visible);
      afterReplyMs.push(rounded(visibleMs - repliedMs));
      wholeMs.push(rounded(visibleMs - sentMs));
    }
    return { afterReplyMs, wholeMs };
  }

  close(): void {
    this.writer.close();
    this.watcher?.close();
  }
}

async function inTime(visible: Promise<number>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const reply = `a write was not seen in ${limits.visibleMsMax / 1000} s`;
    timer = setTimeout(() => reject(new BenchError("BENCH_NOTAPPLIED", { reply })), limits.visibleMsMax);
  });
  try {
    return await Promise.race([visible, late]);
  } finally {
    clearTimeout(timer);
  }
}
