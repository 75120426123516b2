/** The model keyspace against a real server: the same random commands, the same replies, errors and values. */
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findServerBinary } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis } from "../spawn-redis.js";
import { Draw, ModelKeyspace, parseDecimal, randomCommand } from "./index.js";

const STEPS = 4000;
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

function plain(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString("latin1");
  if (Array.isArray(reply)) return reply.map(plain);
  if (reply === null) return false;
  if (typeof reply === "object" && reply !== null && "ok" in reply) return reply.ok;
  return reply;
}

async function real(command: string[]): Promise<unknown> {
  const [name = "", ...args] = command;
  try {
    return plain(await redis.callBuffer(name, ...args.map((arg) => Buffer.from(arg, "latin1"))));
  } catch (error) {
    return { err: (error as Error).message };
  }
}

const TOLERANCE = 10n ** 5n;

/** Floats may differ past the 12th digit (long doubles there, decimals here); sets and hashes have no order. */
function agree(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => agree(item, right[at]));
  }
  // The client reads integers past 2^53 as doubles, digit by digit.
  if (typeof left === "number" && typeof right === "number" && !Number.isSafeInteger(right)) {
    return Math.abs(left - right) <= Math.abs(right) * 1e-15;
  }
  if (typeof left !== "string" || typeof right !== "string") return JSON.stringify(left) === JSON.stringify(right);
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  if (left === right || typeof a !== "bigint" || typeof b !== "bigint") return left === right;
  const difference = a > b ? a - b : b - a;
  return difference <= TOLERANCE || difference * 10n ** 15n < (a < 0n ? -a : a);
}

const readers: Record<string, string[]> = { string: ["GET"], hash: ["HGETALL"], set: ["SMEMBERS"] };

function ordered(type: string, reply: unknown): unknown {
  if (type === "set") return [...(reply as string[])].sort();
  if (type !== "hash") return reply;
  const flat = reply as string[];
  return flat
    .map((name, at) => [name, flat[at + 1]] as const)
    .filter((_, at) => at % 2 === 0)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flat();
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
      const profile = { keys: 2, clashRate: 0.1, ttl: true, badRate: 0.08, weights: {} };
      for (let step = 0; step < STEPS; step++) {
        const command = randomCommand(draw, profile);
        // A random choice is the server's own, and short deadlines would race with its clock.
        if (command[0] === "SPOP" || command.some((arg) => /^[125](\d\d\d)?$/.test(arg) && /EX/.test(command.join())))
          continue;
        const [expected, actual] = [await real(command), plain(model.pcall(command[0] ?? "", ...command.slice(1)))];
        expect(agree(actual, expected), `${JSON.stringify(command)}: ${JSON.stringify([actual, expected])}`).toBe(true);
        for (const key of command.slice(1, 3)) {
          const type = plain(model.call("TYPE", key)) as string;
          expect(type, JSON.stringify(command)).toBe(await real(["TYPE", key]));
          const reader = readers[type]?.[0];
          if (!reader) continue;
          const [there, here] = [await real([reader, key]), model.call(reader, key)];
          expect(agree(ordered(type, plain(here)), ordered(type, there)), `${JSON.stringify(command)} ${key}`).toBe(
            true,
          );
          const deadlines = [Number(model.call("PEXPIRETIME", key)), Number(await real(["PEXPIRETIME", key]))];
          expect(Math.abs((deadlines[0] ?? 0) - (deadlines[1] ?? 0)), JSON.stringify(command)).toBeLessThan(1000);
        }
      }
    },
    60000,
  );
}
