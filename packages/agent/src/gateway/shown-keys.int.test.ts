/** Meridian's own keys do not show through the gateway, whichever way a client looks. */
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";

const native = await findServerBinary();

let engine: Engine;
let gateway: Gateway;
let redis: Redis;

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
  redis = new Redis(gateway.port);
}, 30_000);

beforeEach(() => redis.flushall());

afterAll(async () => {
  redis.disconnect();
  await gateway.stop();
  await engine.stop();
});

/** Each way in which a client may run a command: by itself, in a pipeline, in transactions, in a script. */
const ways: readonly [string, (name: string, ...args: string[]) => Promise<unknown>][] = [
  ["by itself", (name, ...args) => redis.call(name, ...args)],
  [
    "in a pipeline",
    async (name, ...args) =>
      last(
        await redis
          .pipeline()
          .ping()
          .call(name, ...args)
          .exec(),
      ),
  ],
  [
    "in a transaction",
    async (name, ...args) =>
      last(
        await redis
          .multi()
          .ping()
          .call(name, ...args)
          .exec(),
      ),
  ],
  [
    "in a transaction that writes",
    async (name, ...args) =>
      last(
        await redis
          .multi()
          .set("w", "v")
          .del("w")
          .call(name, ...args)
          .exec(),
      ),
  ],
  [
    "in a watched transaction",
    async (name, ...args) => {
      await redis.watch("watched");
      return last(
        await redis
          .multi()
          .client("ID")
          .call(name, ...args)
          .exec(),
      );
    },
  ],
  ["in a script", (name, ...args) => redis.eval("return redis.call(unpack(ARGV))", 0, name, ...args)],
];

function last(replies: [error: Error | null, result: unknown][] | null): unknown {
  const [error, result] = replies?.at(-1) ?? [new Error("no reply"), undefined];
  if (error !== null) throw error;
  return result;
}

describe.each(ways)("%s", (_way, run) => {
  test("an empty database is empty", async () => {
    expect(await run("DBSIZE")).toBe(0);
    expect(await run("KEYS", "*")).toEqual([]);
    expect(await run("RANDOMKEY")).toBeNull();
    expect(await run("SCAN", "0", "COUNT", "1000")).toEqual(["0", []]);
  });

  test("what clients wrote is listed, counted and drawn, and no more", async () => {
    await redis.mset("a", "1", "mer:b", "2", "mer:{0}c", "3");
    await redis.rpush("l", "x");
    const all = ["a", "l", "mer:b", "mer:{0}c"];
    expect(await run("dbsize")).toBe(4);
    expect(((await run("keys", "*")) as string[]).toSorted()).toEqual(all);
    expect(((await run("KEYS", "mer*")) as string[]).toSorted()).toEqual(["mer:b", "mer:{0}c"]);
    const [cursor, found] = (await run("SCAN", "0", "COUNT", "1000")) as [string, string[]];
    expect([cursor, found.toSorted()]).toEqual(["0", all]);
    expect(await run("SCAN", "0", "COUNT", "1000", "TYPE", "list")).toEqual(["0", ["l"]]);
    expect(await run("SCAN", "0", "COUNT", "1000", "MATCH", "mer:{0}:*")).toEqual(["0", []]);
    for (let draws = 0; draws < 20; draws++) expect(all).toContain(await run("RANDOMKEY"));
  });

  // What can be told when a command would be queued lets EXEC refuse everything.
  test("Redis's words, and ours for a pattern that reaches an own key", async () => {
    await redis.rpush("l", "w", "er:{0}");
    await expect(run("KEYS")).rejects.toThrow(/wrong number of arg|^EXECABORT/i);
    await expect(run("SCAN", "x")).rejects.toThrow(/^ERR invalid cursor/);
    for (const name of ["SORT", "SORT_RO"]) {
      await expect(run(name, "l", "ALPHA", "GET", "mer:{0}:*")).rejects.toThrow(/MERIDIAN_RESERVEDKEY|^EXECABORT/);
      await expect(run(name, "l", "ALPHA", "BY", "m*->region")).rejects.toThrow(/MERIDIAN_RESERVEDKEY|^EXECABORT/);
      expect(await run(name, "l", "ALPHA", "GET", "#", "GET", "n*")).toEqual(["er:{0}", null, "w", null]);
    }
    for (const command of [
      ["GET", "mer:{0}:w"],
      ["TYPE", "mer:{0}"],
      ["DUMP", "mer:{0}"],
      ["OBJECT", "ENCODING", "mer:{0}"],
      ["MEMORY", "USAGE", "mer:{0}"],
      ["TTL", "mer:{0}:w"],
      ["TOUCH", "a", "mer:{0}:w"],
      ["DEL", "mer:{0}"],
      ["RENAME", "mer:{0}", "mine"],
      ["COPY", "mer:{0}", "mine"],
      ["SORT", "l", "STORE", "mer:{0}:x"],
    ]) {
      const [name = "", ...args] = command;
      await expect(run(name, ...args), command.join(" ")).rejects.toThrow(/MERIDIAN_RESERVEDKEY|^EXECABORT/);
    }
  });
});

test("a scan finds each key once, however many pages it takes", async () => {
  const keys = Array.from({ length: 3000 }, (_, index) => `k${index}`);
  await redis.mset(Object.fromEntries(keys.map((key) => [key, "v"])));
  const found: string[] = [];
  for await (const page of redis.scanStream({ count: 50 })) found.push(...(page as string[]));
  expect(found.toSorted()).toEqual(keys.toSorted());
  expect(await redis.dbsize()).toBe(3000);
  expect(await redis.info("keyspace")).toContain("db0:keys=3000,expires=0");
});

test("in RESP3 too", async () => {
  const client = createClient({ url: `redis://127.0.0.1:${gateway.port}`, RESP: 3 });
  await client.connect();
  expect(await client.randomKey()).toBeNull();
  await client.set("a", "1");
  expect([await client.keys("*"), await client.dbSize(), await client.randomKey()]).toEqual([["a"], 1, "a"]);
  expect(await client.multi().keys("*").dbSize().exec()).toEqual([["a"], 1]);
  client.destroy();
});

test.skipIf(native === undefined)("a user who may not, may not here; one who only may scan, may", async () => {
  await engine.redis.call(
    "ACL",
    "SETUSER",
    "scanner",
    "on",
    ">secret",
    "~app:*",
    "+fcall",
    "+scan",
    "+dbsize",
    "+info",
  );
  const user = new Redis(gateway.port, { username: "scanner", password: "secret" });
  await redis.set("app:1", "v");
  expect(await user.scan(0, "COUNT", 1000)).toEqual(["0", ["app:1"]]);
  expect(await user.dbsize()).toBe(1);
  await expect(user.keys("*")).rejects.toThrow("NOPERM this user has no permissions to run the 'keys' command");
  user.disconnect();
});
