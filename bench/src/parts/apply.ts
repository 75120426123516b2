/**
 * How fast a receiving region's server applies entries: recorded once from the log of a real region, one operation an
 * entry (the least favourable form), then given to fresh servers by `apply` in batches.
 *
 * The calls are put together beforehand and a few are in flight, so the server never waits: this is the server alone.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { seededRandom } from "@meridian/testkit";
import { BenchError } from "../errors.js";
import { limits } from "../limits.js";
import { LoadConnection } from "../load/connection.js";
import { fill } from "../load/fill.js";
import { encodeCommand, PLACEHOLDER } from "../load/template.js";
import { CpuMeter } from "../world/cpu.js";
import { functionCall, standingOf, startMeridian, Stops, type MeridianServer } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

export interface ApplyMeasure {
  readonly entries: string;
  readonly batch: number;
  readonly round: number;
  readonly opsPerSecond: number;
  readonly serverCpuUs: number;
}

interface Recording {
  readonly name: string;
  readonly origin: string;
  readonly lastStamp: string;
  readonly root: string;
  /** The frame of each entry. */
  readonly entries: readonly Buffer[];
}

const REGIONS = ["there", "here"];
const BATCHES = [100, 256] as const;
const SEED = 11;
const SET = ["SET", `str:${PLACEHOLDER}`, "xxx"];
const recorded: Readonly<Record<string, readonly (readonly string[])[]>> = {
  SET: [SET],
  "SET, INCR, SADD, HSET in turns": [
    SET,
    ["INCR", `counter:${PLACEHOLDER}`],
    ["SADD", `set:${PLACEHOLDER}`, `member:${PLACEHOLDER}`],
    ["HSET", `hash:${PLACEHOLDER}`, "field", "xxx"],
  ],
};

export async function measureApply(context: BenchContext): Promise<ApplyMeasure[]> {
  const recordings: Recording[] = [];
  for (const [name, commands] of Object.entries(recorded)) recordings.push(await record(context, name, commands));
  const measures: ApplyMeasure[] = [];
  for (let round = 1; round <= context.sizes.rounds; round++) {
    for (const recording of recordings) {
      for (const batch of BATCHES) {
        context.progress(`apply: ${recording.name}, batches of ${batch}, round ${round}`);
        measures.push(await measure(context, recording, batch, round));
      }
    }
  }
  return measures;
}

async function record(
  context: BenchContext,
  name: string,
  commands: readonly (readonly string[])[],
): Promise<Recording> {
  context.progress(`apply: recording ${name}`);
  const stops = new Stops();
  try {
    const source = stops.add(await startMeridian(context.aof, REGIONS[0]!, REGIONS));
    const { applyEntries: count, keys } = context.sizes;
    const random = seededRandom(SEED);
    await fill({
      port: source.port,
      commands: commands.map((args) => functionCall(source.engine, args)),
      count,
      numberAt: () => random.integer(0, keys - 1),
    });
    const { ownOrigin: origin, lastStamp } = await standingOf(source.engine);
    return { name, origin, lastStamp, root: source.engine.root, entries: await readLog(source, origin) };
  } finally {
    await stops.run();
  }
}

/** The frames of the log, one entry each. */
async function readLog({ engine }: MeridianServer, origin: string): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  for (let from = "-"; ;) {
    const rows = (await engine.redis.callBuffer(
      "XRANGE",
      `${engine.root}:log:${origin}`,
      from,
      "+",
      "COUNT",
      String(limits.logReadEntries),
    )) as [Buffer, Buffer[]][];
    for (const [, fields] of rows) frames.push(fields[1]!);
    const last = rows.at(-1);
    if (last === undefined) return frames;
    from = `(${last[0].toString()}`;
  }
}

async function measure(
  context: BenchContext,
  recording: Recording,
  batch: number,
  round: number,
): Promise<ApplyMeasure> {
  const stops = new Stops();
  try {
    const server = stops.add(await startMeridian(context.aof, REGIONS[1]!, REGIONS));
    const calls = callsOf(recording, batch);
    const connection = await LoadConnection.open(server.port);
    try {
      await connection.send(calls[0]!.bytes, 1); // the library boots in its first call
      const meter = new CpuMeter({ server: server.pid });
      const startedMs = performance.now();
      const operations = await sendAll(connection, calls.slice(1));
      const wallMs = performance.now() - startedMs;
      const { server: cpuMs = 0 } = meter.usedMs();
      await checkApplied(server, recording);
      return {
        entries: recording.name,
        batch,
        round,
        opsPerSecond: Math.round((operations * 1000) / wallMs),
        serverCpuUs: rounded((cpuMs * 1000) / operations),
      };
    } finally {
      connection.close();
    }
  } finally {
    await stops.run();
  }
}

interface Call {
  readonly bytes: Buffer;
  readonly entries: number;
}

function callsOf({ root, origin, entries }: Recording, batch: number): Call[] {
  const calls: Call[] = [];
  for (let from = 0; from < entries.length; from += batch) {
    const some = entries.slice(from, from + batch);
    calls.push({
      bytes: encodeCommand(["FCALL", "mer", "1", root, "apply", origin, Buffer.concat(some)]),
      entries: some.length,
    });
  }
  return calls;
}

async function sendAll(connection: LoadConnection, calls: readonly Call[]): Promise<number> {
  let operations = 0;
  const inFlight: Promise<void>[] = [];
  await nextTurn();
  for (const { bytes, entries } of calls) {
    const sent = connection.send(bytes, 1);
    sent.catch(() => undefined); // seen where it is awaited
    inFlight.push(sent);
    operations += entries;
    if (inFlight.length >= limits.applyCallsInFlight) await inFlight.shift();
  }
  await Promise.all(inFlight);
  return operations;
}

/** A batch that was not applied is answered as fast. */
async function checkApplied({ engine }: MeridianServer, { origin, lastStamp }: Recording): Promise<void> {
  const { vector } = await standingOf(engine);
  const at = vector.get(origin) ?? "0";
  if (at !== lastStamp) throw new BenchError("BENCH_NOTAPPLIED", { reply: `it stands at ${at}, not ${lastStamp}` });
}
