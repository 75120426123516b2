/** Streams of the model keyspace against a real server: the same random commands, the same replies and all that shows. */
import { expect, test } from "vitest";
import { plain, real } from "./test-support/comparison.js";
import { families, randomCommand, randomRead, type ModelKeyspace } from "./index.js";
import { only, seededModel, serverUnderTest, withoutServer } from "./test-support/server-under-test.js";

const STEPS = 4000;
const READ_RATE = 0.25;
const TIME_TOLERANCE_MS = 2000;
const server = serverUnderTest();

/** Takes the times, which differ by what the clock moved, out of the reply, and what the model does not have. */
function withoutTimes(reply: unknown, times: number[]): unknown {
  if (!Array.isArray(reply)) return reply;
  const isPending = typeof reply[0] === "string" && (reply.length === 3 || reply.length === 4);
  return reply.map((item: unknown, at) => {
    const before: unknown = reply[at - 1];
    if (typeof item !== "number") return withoutTimes(item, times);
    if (before === "radix-tree-keys" || before === "radix-tree-nodes") return "any";
    const isTime = before === "idle" || before === "seen-time" || (isPending && at === reply.length - 2);
    return isTime ? (times.push(item), "a time") : Number.isSafeInteger(item) ? item : item.toPrecision(15);
  });
}

function expectSame(there: unknown, here: unknown, what: string): void {
  const times: [number[], number[]] = [[], []];
  const bare = [withoutTimes(there, times[0]), withoutTimes(here, times[1])];
  expect(bare[1], what).toEqual(bare[0]);
  const apart = times[0].map((time, at) => Math.abs(time - (times[1][at] ?? Infinity)));
  expect(Math.max(0, ...apart), `${what}: times`).toBeLessThan(TIME_TOLERANCE_MS);
}

/** The id that the server made of "*" goes to the model as it is. */
function withId(command: readonly string[], reply: unknown): string[] {
  const isAdded = command[0] === "XADD" && typeof reply === "string" && /^[0-9]+-[0-9]+$/.test(reply);
  const place = command.indexOf("*");
  return command.map((arg, at) => (isAdded && at === place ? reply : arg));
}

async function compare(model: ModelKeyspace, command: string[]): Promise<void> {
  const there = await real(server.redis, command);
  const [name = "", ...args] = withId(command, there);
  const what = JSON.stringify(command);
  expectSame(there, plain(model.pcall(name, ...args)), what);
  for (const key of new Set(args.filter((arg) => /^x[0-9]$/.test(arg)))) {
    const [type, ...whole] = await Promise.all([
      real(server.redis, ["TYPE", key]),
      real(server.redis, ["XINFO", "STREAM", key, "FULL", "COUNT", "0"]),
      real(server.redis, ["XINFO", "GROUPS", key]),
    ]);
    expect(plain(model.call("TYPE", key)), what).toBe(type);
    expectSame(whole[0], plain(model.pcall("XINFO", "STREAM", key, "FULL", "COUNT", "0")), `${what}: ${key}`);
    expectSame(whole[1], plain(model.pcall("XINFO", "GROUPS", key)), `${what}: groups of ${key}`);
  }
}

for (const seed of [1, 2, 3]) {
  test.skipIf(withoutServer)(
    `streams answer as Redis's, seed ${seed}`,
    async () => {
      await server.redis.flushall();
      const { draw, model } = seededModel(seed);
      const weights = only(families, { stream: 20, string: 0.2, key: 0.5 });
      const profile = { keys: 2, clashRate: 0.03, ttl: false, badRate: 0.06, weights };
      for (let step = 0; step < STEPS; step++) {
        await compare(model, (draw.chance(READ_RATE) ? randomRead : randomCommand)(draw, profile));
      }
    },
    120_000,
  );
}
