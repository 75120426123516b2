/** Bits, parts and common parts of strings in the model keyspace against a real server. */
import { test } from "vitest";
import { compareCommand } from "./test-support/comparison.js";
import { families, randomCommand, randomRead } from "./index.js";
import { only, racesWithClock, seededModel, serverUnderTest, withoutServer } from "./test-support/server-under-test.js";

const STEPS = 4000;
const READ_RATE = 0.4;
const server = serverUnderTest();

for (const seed of [1, 2, 3]) {
  test.skipIf(withoutServer)(
    `bits answer as Redis's, seed ${seed}`,
    async () => {
      await server.redis.flushall();
      const { draw, model } = seededModel(seed);
      const weights = only(families, { bits: 20, string: 0.5, key: 0.5, ttl: 1 });
      const profile = { keys: 3, clashRate: 0.03, ttl: true, badRate: 0.06, weights };
      for (let step = 0; step < STEPS; step++) {
        const command = (draw.chance(READ_RATE) ? randomRead : randomCommand)(draw, profile);
        if (!racesWithClock(command)) await compareCommand(server.redis, model, command);
      }
    },
    120_000,
  );
}
