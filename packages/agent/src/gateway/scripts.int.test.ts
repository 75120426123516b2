/** Users' scripts and functions through the gateway, with the real function library, beside a plain server. */
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";

const native = await findServerBinary();
const LIBRARY = `#!lua name=users
redis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
redis.register_function{function_name='look', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}
`;

let engine: Engine;
let plain: SpawnedRedis;
let gateway: Gateway;
let ours: Redis;
let theirs: Redis;

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  plain = await spawnRedis();
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
  [ours, theirs] = [new Redis(gateway.port), plain.client()];
}, 30_000);

beforeEach(() => Promise.all([ours.flushall(), theirs.flushall()]));

afterAll(async () => {
  ours.disconnect();
  await gateway.stop();
  await engine.stop();
  await plain.stop();
});

type Answer = { reply: unknown } | { error: string };

async function answer(redis: Redis, [name = "", ...args]: readonly string[]): Promise<Answer> {
  try {
    return { reply: await redis.call(name, ...args) };
  } catch (error) {
    // Valkey's words are others here and there.
    const { message } = error as Error;
    return { error: native?.kind === "redis" ? message : (message.split(" ")[0] ?? "") };
  }
}

const SHA = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"; // of "return 1"

test.each([
  [
    ["EVAL", "return redis.call('INCRBY', KEYS[1], ARGV[1])", "1", "n", "5"],
    ["GET", "n"],
  ],
  [["EVAL", "return {1, 'a', false, {2}, redis.status_reply('FINE')}", "0"]],
  [["EVAL", "return redis.call('NOSUCH')", "0"]],
  [
    ["EVALSHA", SHA, "0"],
    ["EVAL", "return 1", "0"],
    ["EVALSHA", SHA, "0"],
    ["SCRIPT", "EXISTS", SHA],
  ],
  [
    ["SCRIPT", "LOAD", "return 1"],
    ["EVALSHA_RO", SHA, "0"],
  ],
  [
    ["EVAL_RO", "return redis.call('SET', KEYS[1], 1)", "1", "k"],
    ["GET", "k"],
  ],
  [
    ["FUNCTION", "LOAD", LIBRARY],
    ["FCALL", "put", "1", "k", "v"],
    ["FCALL_RO", "look", "1", "k"],
  ],
  [
    ["FUNCTION", "LOAD", "REPLACE", LIBRARY],
    ["FUNCTION", "DELETE", "users"],
    ["FCALL", "put", "1", "k", "v"],
  ],
  [["EVAL"], ["SCRIPT"], ["SCRIPT", "KILL"], ["FUNCTION", "KILL"]],
])("%j is answered as by Redis", async (...commands: string[][]) => {
  for (const command of commands) {
    const mine = await answer(ours, command);
    const other = await answer(theirs, command);
    if (command[1] === "KILL") expect(mine).toMatchObject({ error: expect.stringMatching(/^NOTBUSY/) as string });
    else expect(mine).toEqual(other);
  }
});

test("within MULTI they are part of it", async () => {
  const results = await ours
    .multi()
    .set("a", "1")
    .eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, "a", "9007199254740993")
    .get("a")
    .exec();
  expect(results?.[2]).toEqual([null, "9007199254740994"]);
});

// Without processes of its own, a server that is busy is the test's own process.
test.skipIf(native === undefined)("SCRIPT KILL ends one that runs for ever", async () => {
  await ours.ping();
  await engine.redis.config("SET", "busy-reply-threshold", "50");
  const killer = new Redis(gateway.port);
  await killer.ping();
  const ended = answer(ours, ["EVAL", "while true do end", "0"]);
  const killed = await waitFor(() => killer.call("SCRIPT", "KILL").catch(() => undefined), { what: "it to be killed" });
  expect(killed).toBe("OK");
  expect(await ended).toMatchObject({ error: expect.stringMatching(/killed by user/i) as string });
  expect(await ours.set("k", "v")).toBe("OK");
  killer.disconnect();
});
