/** The model keyspace against a real server: the same random commands, the same replies, errors and values. */
import { test } from "vitest";
import { compareCommand } from "./comparison.js";
import { randomCommand, randomRead } from "./index.js";
import { seededModel, serverUnderTest, withoutServer } from "./test-support/server-under-test.js";

const STEPS = 4000;
const READ_RATE = 0.3;
const server = serverUnderTest();

/** A random choice is the server's own, and short deadlines would race with its clock. */
function isComparable([name = "", , ...args]: string[]): boolean {
  if (name === "SPOP" || name === "RANDOMKEY") return false;
  return !/^(SET|P?SETEX|GETEX|P?EXPIRE)$/.test(name) || !args.some((arg) => /^[125](\d\d\d)?$/.test(arg));
}

for (const seed of [1, 2, 3]) {
  test.skipIf(withoutServer)(
    `replies and values equal Redis's, seed ${seed}`,
    async () => {
      await server.redis.flushall();
      const { draw, model } = seededModel(seed);
      const profile = { keys: 2, clashRate: 0.1, ttl: true, badRate: 0.08, weights: { list: 12, zset: 16 } };
      for (let step = 0; step < STEPS; step++) {
        const command = (draw.chance(READ_RATE) ? randomRead : randomCommand)(draw, profile);
        if (isComparable(command)) await compareCommand(server.redis, model, command);
      }
    },
    60000,
  );
}
