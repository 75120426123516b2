/** A real server for one file of tests that compare with it, and the same draws for the same seed. */
import type { Redis } from "ioredis";
import { afterAll, beforeAll } from "vitest";
import { findServerBinary } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis } from "../../spawn-redis.js";
import { Draw } from "../draw.js";
import { ModelKeyspace } from "../model-keyspace.js";

/** Valkey 9 in WebAssembly reports mistakes in another order than Redis 7.0. */
export const withoutServer = (await findServerBinary()) === undefined;

/** The client is there once the tests run. */
export function serverUnderTest(): { readonly redis: Redis } {
  let server: SpawnedRedis | undefined;
  let redis: Redis | undefined;
  beforeAll(async () => {
    if (withoutServer) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
    server = await spawnRedis({ native: true });
    redis = server?.client();
  });
  afterAll(() => server?.stop());
  return {
    get redis() {
      if (redis === undefined) throw new Error("the server has not started");
      return redis;
    },
  };
}

/** An empty model and the draws of a seed. */
export function seededModel(seed: number): { draw: Draw; model: ModelKeyspace } {
  let state = seed;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return { draw: new Draw(random), model: new ModelKeyspace({ nowMs: () => Date.now(), random }) };
}

/** Weights that draw nothing but the families named. */
export function only(families: readonly string[], weights: Record<string, number>): Record<string, number> {
  return { ...Object.fromEntries(families.map((family) => [family, 0])), ...weights };
}

/** Short deadlines would race with the server's clock. */
export function racesWithClock([name = "", , ...args]: string[]): boolean {
  return /^(SET|P?SETEX|GETEX|P?EXPIRE)$/.test(name) && args.some((arg) => /^[125](\d\d\d)?$/.test(arg));
}
