/**
 * Positions of the model keyspace against a real server: the same random commands, the same replies and values.
 * Distances that were stored may differ in the last digits, as sines and cosines do between the two.
 */
import { test } from "vitest";
import { compareCommand } from "./test-support/comparison.js";
import { families, randomCommand, randomRead } from "./index.js";
import { only, seededModel, serverUnderTest, withoutServer } from "./test-support/server-under-test.js";

const STEPS = 4000;
const READ_RATE = 0.4;
const server = serverUnderTest();

for (const seed of [1, 2, 3]) {
  test.skipIf(withoutServer)(
    `positions equal Redis's, seed ${seed}`,
    async () => {
      await server.redis.flushall();
      const { draw, model } = seededModel(seed);
      const weights = only(families, { geo: 20, zset: 1, key: 1, flush: 0.1 });
      const profile = { keys: 2, clashRate: 0.05, ttl: false, badRate: 0.08, weights };
      for (let step = 0; step < STEPS; step++) {
        const command = (draw.chance(READ_RATE) ? randomRead : randomCommand)(draw, profile);
        await compareCommand(server.redis, model, command, { distances: true });
      }
    },
    120000,
  );
}
