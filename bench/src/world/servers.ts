/**
 * The servers that are measured: each native, in a temporary folder, with the same settings as one that Meridian
 * starts, and without rewrites of the append-only file, which would fall into one measurement and not into another.
 */
import { startEngine, type Engine } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { BenchError } from "../errors.js";

export interface PlainServer {
  readonly port: number;
  readonly pid: number;
  readonly url: string;
  /** For settings and looks; the load has connections of its own. */
  readonly admin: Redis;
  stop(): Promise<void>;
}

export interface MeridianServer extends PlainServer {
  readonly engine: Engine;
}

export async function startPlain(aof: boolean): Promise<PlainServer> {
  const server: SpawnedRedis | undefined = await spawnRedis({ native: true, aof });
  if (server === undefined) throw new BenchError("BENCH_NOSERVER");
  const admin = server.client();
  await admin.config("SET", "auto-aof-rewrite-percentage", "0");
  return { port: server.port, pid: server.pid, url: server.url, admin, stop: () => server.stop() };
}

/** With the library in it and configured, and no agent. */
export async function startMeridian(
  aof: boolean,
  region: string,
  regions: readonly string[],
  partitions: "whole" | "slots" = "whole",
): Promise<MeridianServer> {
  const server = await startPlain(aof);
  try {
    const engine = await startEngine({ url: server.url, region, regions, partitions });
    const stop = async (): Promise<void> => {
      await engine.stop();
      await server.stop();
    };
    return { ...server, engine, stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** FCALL of a user's command. */
export function functionCall(engine: Engine, args: readonly string[]): string[] {
  return ["FCALL", "mer", "1", engine.root, ...args];
}

export interface Standing {
  readonly ownOrigin: string;
  /** Of the own origin. */
  readonly lastStamp: string;
  readonly vector: ReadonlyMap<string, string>;
}

export async function standingOf(engine: Engine): Promise<Standing> {
  const [, , ownOrigin, lastStamp, , flat] = (await engine.call("state")) as [
    unknown,
    unknown,
    string,
    string,
    unknown,
    string[],
  ];
  const vector = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) vector.set(flat[at]!, flat[at + 1]!);
  return { ownOrigin, lastStamp, vector };
}

/** Cuts the own log away, so that it is short again for the next measurement; the entries that it had. */
export async function trimOwnLog(engine: Engine): Promise<number> {
  const { ownOrigin, lastStamp } = await standingOf(engine);
  return Number(await engine.call("trim", ownOrigin, lastStamp));
}

/** In the opposite order of starting; a failure of one does not keep the others. */
export class Stops {
  private readonly stops: (() => Promise<unknown>)[] = [];

  add<Part extends { stop(): Promise<unknown> }>(part: Part): Part {
    this.stops.push(() => part.stop());
    return part;
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
