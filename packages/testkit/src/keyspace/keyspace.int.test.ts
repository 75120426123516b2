/** The model keyspace against a real server: the same random commands, the same replies, errors and values. */
import { test } from "vitest";
import { compareCommand } from "./test-support/comparison.js";
import { families, randomCommand, randomRead, type ModelKeyspace } from "./index.js";
import { only, seededModel, serverUnderTest, withoutServer } from "./test-support/server-under-test.js";

const STEPS = 4000;
const READ_RATE = 0.3;
/** The other families have tests of their own. */
const usual = { string: 5, counter: 5, hash: 5, set: 5, store: 1, key: 3, ttl: 3, flush: 0.2, list: 12, zset: 16 };
const server = serverUnderTest();

/** A random choice is the server's own, and short deadlines would race with its clock. */
function isComparable(command: string[], model: ModelKeyspace): boolean {
  const [name = "", , ...args] = command;
  if (name === "SPOP" || name === "RANDOMKEY" || isLexOverScores(command, model)) return false;
  return !/^(SET|P?SETEX|GETEX|P?EXPIRE)$/.test(name) || !args.some((arg) => /^[125](\d\d\d)?$/.test(arg));
}

/** Where a large set has several scores, what a range of bytes finds depends on the levels that its skip list drew. */
function isLexOverScores(command: string[], model: ModelKeyspace): boolean {
  if (!command.some((arg) => /LEX$/i.test(arg) || arg === "ZLEXCOUNT")) return false;
  return command.slice(1).some((key) => {
    const value = model.slot(key)?.value;
    if (value?.type !== "zset" || value.set.packed) return false;
    return value.set.members[0]?.score !== value.set.members.at(-1)?.score;
  });
}

for (const seed of [1, 2, 3]) {
  test.skipIf(withoutServer)(
    `replies and values equal Redis's, seed ${seed}`,
    async () => {
      await server.redis.flushall();
      const { draw, model } = seededModel(seed);
      const weights = only(families, usual);
      const profile = { keys: 2, clashRate: 0.1, ttl: true, badRate: 0.08, weights };
      for (let step = 0; step < STEPS; step++) {
        const command = (draw.chance(READ_RATE) ? randomRead : randomCommand)(draw, profile);
        if (isComparable(command, model)) await compareCommand(server.redis, model, command);
      }
    },
    120000,
  );
}
