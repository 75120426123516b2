/** The model keyspace against a real server: the same random commands, the same replies, errors and values. */
import type { Redis } from "ioredis";
import { afterAll, beforeAll, test } from "vitest";
import { findServerBinary } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis } from "../spawn-redis.js";
import { compareCommand } from "./comparison.js";
import { Draw, ModelKeyspace, randomCommand, randomRead } from "./index.js";

const STEPS = 4000;
const READ_RATE = 0.3;
/** Valkey 9 in WebAssembly reports mistakes in another order than Redis 7.0. */
const skipped = (await findServerBinary()) === undefined;
let server: SpawnedRedis | undefined;
let redis: Redis;

beforeAll(async () => {
  if (skipped) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  server = await spawnRedis({ native: true });
  if (server !== undefined) redis = server.client();
});

afterAll(() => server?.stop());

/** A random choice is the server's own, and short deadlines would race with its clock. */
function isComparable([name = "", , ...args]: string[]): boolean {
  if (name === "SPOP") return false;
  return !/^(SET|P?SETEX|GETEX|P?EXPIRE)$/.test(name) || !args.some((arg) => /^[125](\d\d\d)?$/.test(arg));
}

for (const seed of [1, 2, 3]) {
  test.skipIf(skipped)(
    `replies and values equal Redis's, seed ${seed}`,
    async () => {
      await redis.flushall();
      let state = seed;
      const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
      const draw = new Draw(random);
      const model = new ModelKeyspace({ nowMs: () => Date.now(), random });
      const weights = { list: 12, zset: 16 };
      const profile = { keys: 2, clashRate: 0.1, ttl: true, badRate: 0.08, weights };
      for (let step = 0; step < STEPS; step++) {
        const make = draw.chance(READ_RATE) ? randomRead : randomCommand;
        const command = make(draw, profile);
        if (isComparable(command)) await compareCommand(redis, model, command);
      }
    },
    60000,
  );
}
