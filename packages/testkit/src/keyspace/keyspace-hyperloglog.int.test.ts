/** HyperLogLogs of the model keyspace against a real server: replies, errors, and in dense form every byte. */
import { expect, test } from "vitest";
import { denseOf, isHyperLogLog } from "./hyperloglog.js";
import { plain, real } from "./test-support/comparison.js";
import { families, randomCommand, randomRead, type ModelKeyspace } from "./index.js";
import { only, seededModel, serverUnderTest, withoutServer } from "./test-support/server-under-test.js";

const STEPS = 4000;
const READ_RATE = 0.25;
const server = serverUnderTest();

/** In dense form, as the model keeps all but empty ones. */
function denseValue(value: unknown): unknown {
  return typeof value === "string" && isHyperLogLog(value) ? (denseOf(value)?.toString("latin1") ?? value) : value;
}

function keysOf(command: string[]): string[] {
  return [...new Set(command.slice(1).filter((arg) => /^[a-z][0-9]$/.test(arg)))];
}

/** `keys` are compared whole, in dense form. */
async function compare(model: ModelKeyspace, command: string[], keys = keysOf(command)): Promise<void> {
  const [name = "", ...args] = command;
  const what = JSON.stringify(command);
  expect(plain(model.pcall(name, ...args)), what).toEqual(await real(server.redis, command));
  for (const key of keys) {
    expect(plain(model.call("TYPE", key)), what).toBe(await real(server.redis, ["TYPE", key]));
    const [here, there] = [plain(model.pcall("GET", key)), await real(server.redis, ["GET", key])];
    expect(denseValue(here) === denseValue(there), `${what}: bytes of ${key}`).toBe(true);
  }
}

for (const seed of [1, 2, 3]) {
  test.skipIf(withoutServer)(
    `HyperLogLogs answer as Redis's, seed ${seed}`,
    async () => {
      await server.redis.flushall();
      await server.redis.config("SET", "hll-sparse-max-bytes", "0");
      const { draw, model } = seededModel(seed);
      const weights = only(families, { hll: 20, string: 0.2, key: 0.5 });
      const profile = { keys: 3, clashRate: 0.03, ttl: false, badRate: 0.06, weights };
      for (let step = 0; step < STEPS; step++) {
        await compare(model, (draw.chance(READ_RATE) ? randomRead : randomCommand)(draw, profile));
      }
    },
    120_000,
  );
}

test.skipIf(withoutServer)("reads the sparse form, whatever the number of elements", async () => {
  const { model } = seededModel(1);
  await server.redis.flushall();
  await server.redis.config("SET", "hll-sparse-max-bytes", "3000");
  for (const count of [0, 1, 2, 10, 100, 400, 1000, 3000]) {
    const elements = Array.from({ length: count }, (_, at) => `element ${at}`);
    await real(server.redis, ["DEL", "p0", "p1"]);
    await real(server.redis, ["PFADD", "p0", ...elements]);
    model.call("SET", "p0", String(await real(server.redis, ["GET", "p0"])));
    expect(model.call("PFCOUNT", "p0"), String(count)).toBe(await real(server.redis, ["PFCOUNT", "p0"]));
    await compare(model, ["PFMERGE", "p1", "p0"], ["p1"]);
    await compare(model, ["PFADD", "p0", "one more"]);
    await compare(model, ["PFCOUNT", "p0", "p1"]);
  }
});

test.skipIf(withoutServer)("estimates as Redis does, up to 100,000 elements", async () => {
  const { model } = seededModel(1);
  await server.redis.flushall();
  for (let chunk = 0; chunk < 50; chunk++) {
    await compare(model, ["PFADD", "p0", ...Array.from({ length: 2000 }, (_, at) => `${chunk}/${at}`)]);
    await compare(model, ["PFCOUNT", "p0"]);
  }
});

test.skipIf(withoutServer)("refuses broken run lengths", async () => {
  const { model } = seededModel(1);
  await server.redis.flushall();
  const header = "HYLL\x01".padEnd(15, "\0") + "\x80";
  for (const runs of ["", "\x7f\xfe", "\x7f\xff\x00", "\x7f\xfe\x81", "\x7f"]) {
    await real(server.redis, ["SET", "p0", header + runs]);
    model.call("SET", "p0", header + runs);
    for (const command of [
      ["PFCOUNT", "p0"],
      ["PFCOUNT", "p0", "p1"],
      ["PFMERGE", "p1", "p0"],
    ]) {
      const [name = "", ...args] = command;
      expect(plain(model.pcall(name, ...args)), JSON.stringify(runs)).toEqual(await real(server.redis, command));
    }
  }
});
