/**
 * What a cut costs: the same commands once while the link is up, as they come, and once while it is cut, as a backlog that goes
 * in runs without what later writes make superfluous. Bytes between the agents beside the bytes of RESP that came in, and the
 * time from the mend until both regions are equal.
 *
 * 1. Every byte of the connection counts, both ways.
 * 2. Runs are made of what is durable at its origin: the mend comes when that is so.
 */
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom, type SeededRandom } from "@meridian/testkit";
import { limits } from "../limits.js";
import { LoadConnection } from "../load/connection.js";
import { encodeCommand } from "../load/template.js";
import { converged, startRegions, type Region } from "../world/agents.js";
import { CountingProxy } from "../world/counting-proxy.js";
import { Stops } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

export const backlogWays = ["as written", "after a cut"] as const;
export type BacklogWay = (typeof backlogWays)[number];

export interface BacklogMeasure {
  readonly workload: string;
  readonly way: BacklogWay;
  readonly round: number;
  readonly operations: number;
  /** Of all operations together. */
  readonly respBytes: number;
  readonly wireBytes: number;
  /** From the mend, or from the last reply, until both regions are equal. */
  readonly caughtUpMs: number;
}

type Command = (random: SeededRandom) => string[];

const SEED = 29;
const PIPELINE = 100;
const KEYS = 1000;

const workloads: Readonly<Record<string, Command>> = {
  "SET of one key": (random) => ["SET", "key", String(random.integer(100_000, 999_999))],
  "INCR of one key": () => ["INCR", "counter"],
  "mixed, few keys often": (random) => {
    // Of 1000 keys the first is written as often as the next nine together, and so on.
    const key = Math.floor(KEYS ** random.real());
    return random.pick([
      ["SET", `key:${key}`, `value ${random.integer(0, 999_999)}`],
      ["SET", `key:${key}`, `value ${random.integer(0, 999_999)}`],
      ["INCRBY", `counter:${key}`, String(random.integer(1, 9))],
      ["HSET", `hash:${key}`, `field:${random.integer(0, 9)}`, String(random.integer(0, 999_999))],
    ]);
  },
};

export async function measureBacklog(context: BenchContext): Promise<BacklogMeasure[]> {
  const stops = new Stops();
  try {
    const pair = await Pair.start(stops);
    const measures: BacklogMeasure[] = [];
    for (let round = 1; round <= context.sizes.rounds; round++) {
      for (const [workload, command] of Object.entries(workloads).slice(0, context.sizes.backlogWorkloads)) {
        for (const way of backlogWays) {
          context.progress(`backlog: ${workload}, ${way}, round ${round}`);
          const operations = context.sizes.wireOperations;
          const measured = await pair.run(command, way, round, operations);
          measures.push({ workload, way, round, operations, ...measured });
        }
      }
    }
    return measures;
  } finally {
    await stops.run();
  }
}

/** Two regions with append-only files, and what passes from the one that is written to. */
class Pair {
  private constructor(
    private readonly regions: readonly [Region, Region],
    private readonly proxy: CountingProxy,
  ) {}

  static async start(stops: Stops): Promise<Pair> {
    let proxy: CountingProxy | undefined;
    const regions = await startRegions(["here", "there"], true, stops, async (settings) => {
      proxy ??= stops.add(await CountingProxy.start(settings.link.port));
      const past = `127.0.0.1:${proxy.port}`;
      return {
        ...settings,
        regions: settings.regions.map((region) =>
          region.name === "here" && settings.region === "there" ? { ...region, link: past } : region,
        ),
      };
    });
    return new Pair(regions as [Region, Region], proxy!);
  }

  async run(
    command: Command,
    way: BacklogWay,
    round: number,
    operations: number,
  ): Promise<Pick<BacklogMeasure, "respBytes" | "wireBytes" | "caughtUpMs">> {
    if (way === "after a cut") this.proxy.cut();
    const before = this.proxy.bytes;
    const respBytes = await this.write(command, round, operations);
    if (way === "after a cut") {
      await delay(limits.durableMs);
      this.proxy.mend();
    }
    const mendedAtMs = performance.now();
    await converged(this.regions);
    const caughtUpMs = Math.round(performance.now() - mendedAtMs);
    return { respBytes, wireBytes: rounded(this.proxy.bytes - before, 0), caughtUpMs };
  }

  private async write(command: Command, round: number, operations: number): Promise<number> {
    const random = seededRandom(SEED + round);
    const client = await LoadConnection.open(this.regions[0].gatewayPort);
    try {
      let respBytes = 0;
      for (let sent = 0; sent < operations; sent += PIPELINE) {
        const replies = Math.min(PIPELINE, operations - sent);
        const commands = Buffer.concat(Array.from({ length: replies }, () => encodeCommand(command(random))));
        respBytes += commands.length;
        await client.send(commands, replies);
      }
      return respBytes;
    } finally {
      client.close();
    }
  }
}
