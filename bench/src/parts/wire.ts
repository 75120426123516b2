/**
 * What goes from one region to another for what clients send: bytes on the wire between two agents beside the bytes of
 * RESP that came in, and the CPU time of both agents, with links packed and not.
 *
 * 1. Every byte of the connection counts, both ways: HTTP/2's own, acknowledgements and life signs too.
 * 2. The same commands, from one seed, go to a pair of regions of each kind, in turns.
 * 3. Values are made up: text of words as documents have it, and noise, which stands for what is encrypted or packed.
 */
import { seededRandom, type SeededRandom } from "@meridian/testkit";
import { LoadConnection } from "../load/connection.js";
import { encodeCommand } from "../load/template.js";
import { converged, startRegions, type Region } from "../world/agents.js";
import { CountingProxy } from "../world/counting-proxy.js";
import { CpuMeter } from "../world/cpu.js";
import { Stops } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

export const compressions = ["off", "on"] as const;
export type Compression = (typeof compressions)[number];

export interface WireMeasure {
  readonly operation: string;
  readonly compression: Compression;
  /** Commands sent at once by the one client, who then waits for the replies. */
  readonly pipeline: number;
  readonly round: number;
  /** Of one operation. */
  readonly respBytes: number;
  readonly wireBytes: number;
  readonly agentsCpuUs: number;
}

type Command = (random: SeededRandom) => (string | Buffer)[];

const SEED = 23;
const PIPELINES = [1, 100] as const;
const KILOBYTE = 1024;
const WORDS_TEXT =
  "status active pending cancelled customer order invoice total amount currency address street city postal country " +
  "email phone created updated shipped quantity price discount session token region eu-west us-east cache items";
const WORDS = WORDS_TEXT.split(" ");

const operations: Readonly<Record<string, Command>> = {
  "SET 3 bytes": (random) => ["SET", numbered("str", random), String(random.integer(100, 999))],
  "SET 1 KB, text": (random) => ["SET", numbered("doc", random), textOf(random)],
  "SET 1 KB, noise": (random) => ["SET", numbered("blob", random), noiseOf(random)],
  INCR: (random) => ["INCR", numbered("counter", random)],
  HSET: (random) => ["HSET", numbered("user", random), random.pick(WORDS), random.pick(WORDS)],
  SADD: (random) => ["SADD", numbered("set", random), numbered("member", random)],
};
const mixed: Command = (random) => random.pick(Object.values(operations))(random);
const all: readonly [string, Command][] = [...Object.entries(operations), ["mixed", mixed]];

export async function measureWire(context: BenchContext): Promise<WireMeasure[]> {
  const stops = new Stops();
  try {
    const pairs = {
      off: await Pair.start("off", context.aof, stops),
      on: await Pair.start("on", context.aof, stops),
    };
    for (const compression of compressions) await pairs[compression].run(mixed, 0, 1, context.sizes.warmUp);
    const measures: WireMeasure[] = [];
    for (let round = 1; round <= context.sizes.rounds; round++) {
      for (const { pipeline, operation, command, compression } of turns()) {
        context.progress(`wire: ${operation}, pipeline ${pipeline}, round ${round}, ${compression}`);
        const measured = await pairs[compression].run(command, round, pipeline, context.sizes.wireOperations);
        measures.push({ operation, compression, pipeline, round, ...measured });
      }
    }
    return measures;
  } finally {
    await stops.run();
  }
}

function* turns(): Iterable<{ pipeline: number; operation: string; command: Command; compression: Compression }> {
  for (const pipeline of PIPELINES) {
    for (const [operation, command] of all) {
      for (const compression of compressions) yield { pipeline, operation, command, compression };
    }
  }
}

/** Two regions, and the count of what passes from the one that is written to. */
class Pair {
  private constructor(
    private readonly regions: readonly [Region, Region],
    private readonly proxy: CountingProxy,
  ) {}

  static async start(compression: Compression, aof: boolean, stops: Stops): Promise<Pair> {
    let proxy: CountingProxy | undefined;
    const regions = await startRegions(["here", "there"], aof, stops, async (settings) => {
      proxy ??= stops.add(await CountingProxy.start(settings.link.port));
      const past = `127.0.0.1:${proxy.port}`;
      return {
        ...settings,
        link: { ...settings.link, compression },
        regions: settings.regions.map((region) =>
          region.name === "here" && settings.region === "there" ? { ...region, link: past } : region,
        ),
      };
    });
    return new Pair(regions as [Region, Region], proxy!);
  }

  async run(
    command: Command,
    round: number,
    pipeline: number,
    count: number,
  ): Promise<Pick<WireMeasure, "respBytes" | "wireBytes" | "agentsCpuUs">> {
    const [here, there] = this.regions;
    const random = seededRandom(SEED + round);
    const client = await LoadConnection.open(here.gatewayPort);
    try {
      const meter = new CpuMeter({ here: here.pid, there: there.pid });
      const before = this.proxy.bytes;
      let respBytes = 0;
      for (let sent = 0; sent < count; sent += pipeline) {
        const replies = Math.min(pipeline, count - sent);
        const commands = Buffer.concat(Array.from({ length: replies }, () => encodeCommand(command(random))));
        respBytes += commands.length;
        await client.send(commands, replies);
      }
      await converged(this.regions);
      const cpuMs = Object.values(meter.usedMs()).reduce((sum, ms) => sum + ms, 0);
      return {
        respBytes: rounded(respBytes / count, 1),
        wireBytes: rounded((this.proxy.bytes - before) / count, 1),
        agentsCpuUs: rounded((cpuMs * 1000) / count, 1),
      };
    } finally {
      client.close();
    }
  }
}

function numbered(kind: string, random: SeededRandom): string {
  return `${kind}:${random.integer(0, 99_999)}`;
}

function textOf(random: SeededRandom): string {
  let text = "";
  while (text.length < KILOBYTE) text += `"${random.pick(WORDS)}":"${random.pick(WORDS)} ${random.integer(0, 9999)}",`;
  return text.slice(0, KILOBYTE);
}

function noiseOf(random: SeededRandom): Buffer {
  return Buffer.from(Array.from({ length: KILOBYTE }, () => random.integer(0, 255)));
}
