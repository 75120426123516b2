/** Integers of more than 15 digits, which a function cannot reply as such, with the real function library. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { seededRandom, testSeed, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";

const run = promisify(execFile);
const LEAST = "-9223372036854775808";
const GREATEST = "9223372036854775807";

const native = await findServerBinary();
let engine: Engine;
let gateway: Gateway;
let raw: RawClient;

async function ask(client: RawClient, ...commands: string[][]): Promise<string> {
  const before = client.received.length;
  client.send(Buffer.concat(commands.map((parts) => command(...parts))));
  const lines = (): number => client.received.slice(before).split("\r\n").length - 1;
  await waitFor(() => lines() >= commands.length, { what: `the replies to ${JSON.stringify(commands)}` });
  return client.received.slice(before);
}

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
  raw = rawClient(gateway.port);
}, 30_000);

beforeEach(() => ask(raw, ["FLUSHALL"]));

afterAll(async () => {
  raw.close();
  await gateway.stop();
  await engine.stop();
});

test.skipIf(native?.kind !== "redis")("redis-cli shows an integer", async () => {
  const { stdout } = await run("redis-cli", ["--no-raw", "-p", String(gateway.port), "INCRBY", "n", GREATEST]);
  expect(stdout).toBe(`(integer) ${GREATEST}\n`);
});

test("ioredis gives an integer", async () => {
  const redis = new Redis(gateway.port, { stringNumbers: true });
  expect(await redis.incrby("n", GREATEST)).toBe(GREATEST);
  expect(await redis.decrby("n", 7)).toBe("9223372036854775800");
  expect(await redis.pipeline().incr("n").hincrby("h", "f", LEAST).incr("n").exec()).toEqual([
    [null, "9223372036854775801"],
    [null, LEAST],
    [null, "9223372036854775802"],
  ]);
  redis.disconnect();
});

test("alone, in a pipeline, and together with what other clients write", async () => {
  const calls = gateway.stats().functionCalls;
  expect(await ask(raw, ["INCRBY", "n", LEAST])).toBe(`:${LEAST}\r\n`);
  expect(await ask(raw, ["INCR", "n"], ["SET", "k", GREATEST], ["INCRBY", "k", "-1"])).toBe(
    ":-9223372036854775807\r\n+OK\r\n:9223372036854775806\r\n",
  );
  expect(await ask(raw, ["SPOP", "none"])).toBe("$-1\r\n"); // on its own connection
  expect(await ask(raw, ["INCR", "k"])).toBe(`:${GREATEST}\r\n`);
  expect(gateway.stats().functionCalls - calls).toBe(4);
});

const SEEDS = [1, 2, testSeed()];

test.each(SEEDS)("as Redis itself counts (seed %i)", async (seed) => {
  const random = seededRandom(seed);
  const plain = rawClient(engine.port);
  for (let round = 0; round < 60; round++) {
    const commands = Array.from({ length: random.integer(1, 4) }, () => {
      const digits = Array.from({ length: random.integer(1, 19) }, () => random.integer(0, 9)).join("");
      const delta = `${random.chance(0.5) ? "-" : ""}${BigInt(digits)}`;
      const key = `key${random.integer(1, 2)}`;
      return random.chance(0.5) ? ["INCRBY", key, delta] : ["HINCRBY", `h${key}`, "field", delta];
    });
    const theirs = await ask(
      plain,
      ...commands.map(([name = "", key, ...rest]) => [name, `plain:${seed}:${key}`, ...rest]),
    );
    expect(await ask(raw, ...commands)).toBe(theirs);
  }
  plain.close();
});
