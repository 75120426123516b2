/** The client beside a plain ioredis on a plain server: whatever ioredis can do gives the same, and goes by the function. */
import { Redis } from "@meridian/client";
import type { Redis as PlainRedis, RedisOptions } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { waitFor } from "@meridian/testkit";
import { type Pair, startPair } from "./servers.js";

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.stop());
beforeEach(async () => {
  await Promise.all([pair.plain().flushall(), pair.client().flushall()]);
});

const errorOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (reply) => `no error: ${JSON.stringify(reply)}`,
    (error: Error) => error.message,
  );

/** What it gives with either client. */
async function alike(use: (client: PlainRedis) => Promise<unknown>, options: RedisOptions = {}): Promise<unknown> {
  const [there, here] = [await use(pair.plain(options)), await use(pair.client(options))];
  expect(here).toEqual(there);
  return here;
}

test("typed methods keep their types and their replies", async () => {
  const client = pair.client();
  const counted: number = await client.incr("n");
  const all: Record<string, string> = (await client.hset("h", { a: 1, b: "2" }), await client.hgetall("h"));
  expect([counted, all, await client.get("n")]).toEqual([1, { a: "1", b: "2" }, "1"]);
  await alike(async (redis) => [
    await redis.set("s", "v", "EX", 100, "NX"),
    await redis.getBuffer("s"),
    await redis.mset(new Map([["x", "1"]])),
    await redis.set("b", Buffer.from([0, 255, 13, 10])),
    await redis.getBuffer("b"),
    await redis.set("b", "é", "GET"),
    await redis.zadd("z", 1, "one", 2.5, "two"),
    await redis.zpopmax("z"),
    await redis.sadd("set", "a", "b"),
    await redis.lpush("l", "1", "2"),
    await redis.lpop("l", 2),
    await redis.lpop("l", 2),
    await redis.call("SET", "called", "1"),
    await redis.exists("s", "b", "nothing"),
  ]);
  expect(await pair.logLength()).toBeGreaterThan(10);
});

test("errors are Redis's", async () => {
  await alike(async (redis) => [
    await redis.set("s", "v"),
    await errorOf(redis.lpush("s", "1")),
    await errorOf(redis.incr("s")),
    await errorOf(redis.call("SET", "s")),
  ]);
});

test("a pipeline gives each command its own reply or error", async () => {
  await alike(async (redis) => {
    const replies = await redis.pipeline().set("a", "1").incr("a").lpush("a", "x").get("a").hgetall("none").exec();
    return replies?.map(([error, reply]) => [error?.message, reply]);
  });
});

test("auto-pipelining", async () => {
  const use = (redis: PlainRedis): Promise<unknown> =>
    Promise.all([redis.set("a", "1"), redis.incr("a"), redis.hset("h", "f", "v"), redis.hgetall("h"), redis.get("a")]);
  await alike(use, { enableAutoPipelining: true });
});

test("key prefixes", async () => {
  await alike(
    async (redis) => {
      await redis.mset("a", "1", "b", "2");
      await redis.multi().incr("a").del("b").exec();
      return [
        await redis.get("a"),
        await redis.keys("*"),
        await redis.eval("return redis.call('GET', KEYS[1])", 1, "a"),
      ];
    },
    { keyPrefix: "app:" },
  );
});

test("scripts, and commands defined by them", async () => {
  const scripts = {
    addTwice: {
      numberOfKeys: 1,
      lua: "redis.call('INCRBY', KEYS[1], ARGV[1]) return redis.call('INCRBY', KEYS[1], ARGV[1])",
    },
  };
  type WithScript = PlainRedis & { addTwice(key: string, by: number): Promise<number> };
  const before = await pair.logLength();
  await alike(
    async (redis) => {
      const add = redis as WithScript;
      const first = [await add.addTwice("n", 2), await add.addTwice("n", 2)];
      await redis.script("FLUSH");
      const afterFlush = await add.addTwice("n", 1);
      const sha = (await redis.script("LOAD", "return redis.call('INCR', KEYS[1])")) as string;
      return [first, afterFlush, await redis.evalsha(sha, 1, "n")];
    },
    { scripts },
  );
  expect(await pair.logLength()).toBe(before + 4);
  expect(await errorOf(pair.client().evalsha("f".repeat(40), 0))).toBe("NOSCRIPT No matching script. Please use EVAL.");
});

test("a transaction is one entry of the log, and gives what Redis's gives", async () => {
  const before = await pair.logLength();
  await alike((redis) => redis.multi().set("a", "1").incr("a").hset("h", { f: "v" }).hgetall("h").get("a").exec());
  expect(await pair.logLength()).toBe(before + 1);
  await alike(async (redis) => {
    const replies = await redis.multi().set("a", "x").incr("a").set("b", "1").exec();
    return replies?.map(([error, reply]) => [error?.message, reply]);
  });
  await alike(async (redis) => {
    const said: unknown[] = [
      await redis.multi({ pipeline: false }),
      await redis.set("c", "1"),
      await redis.hgetall("h"),
    ];
    return [said, await redis.exec()];
  });
  await alike(async (redis) => [
    await errorOf(redis.multi().set("d", "1").call("SET", "d").exec()),
    await redis.get("d"),
  ]);
  await alike((redis) => redis.multi().get("a").hgetall("h").exec());
  await alike(async (redis) => [
    await redis.multi({ pipeline: false }),
    await redis.set("e", "1"),
    await redis.discard(),
    await redis.get("e"),
    await errorOf(redis.exec()),
  ]);
  await alike((redis) =>
    redis.pipeline().get("a").call("multi").set("a", "5").hgetall("h").call("exec").get("a").exec(),
  );
});

test("WATCH sees what others write, and a transaction after it is one step", async () => {
  await alike(async (redis) => {
    const other = redis.duplicate();
    await redis.watch("w");
    await other.set("w", "other");
    const failed = await redis.multi().set("w", "mine").get("w").exec();
    await redis.watch("w");
    const done = await redis.multi().set("w", "mine").hset("h", "f", "v").hgetall("h").exec();
    await redis.watch("w");
    await other.set("w", "other");
    const readsOnly = await redis.multi().get("w").exec();
    await redis.watch("w");
    await other.set("w", "again");
    await redis.unwatch();
    const unwatched = await redis.multi().set("w", "mine").exec();
    other.disconnect();
    return [failed, done, readsOnly, unwatched];
  });
});

test("what is not replicated is refused, and nothing of a transaction with it is done", async () => {
  const client = pair.client();
  expect(await errorOf(client.move("a", 1))).toMatch(/^MERIDIAN_UNSUPPORTED 'move'/i);
  expect(await errorOf(client.call("HEXPIRE", "h", "1", "FIELDS", "1", "f"))).toMatch(/^MERIDIAN_UNSUPPORTED/);
  expect(await errorOf(client.call("JSON.SET", "j", "$", "1"))).toMatch(/^MERIDIAN_UNSUPPORTED/);
  expect(await errorOf(client.select(1))).toMatch(/^MERIDIAN_DATABASE/);
  expect(await errorOf(client.set("mer:{0}", "x"))).toMatch(/^MERIDIAN_RESERVEDKEY/);
  expect(() => new Redis({ port: 1, db: 2, lazyConnect: true })).toThrow(/^MERIDIAN_DATABASE/);
  expect(await errorOf(client.multi().set("a", "1").client("ID").exec())).toMatch(
    /^EXECABORT .*MERIDIAN_BETWEENWRITES/,
  );
  expect(await client.get("a")).toBeNull();
});

test("what the gateway alone knows names it, also in a pipeline; what waits works within MULTI", async () => {
  const client = pair.client();
  expect(await errorOf(client.wait(1, 1))).toMatch(/^MERIDIAN_NEEDSGATEWAY 'WAIT'/);
  const replies = await client.pipeline().lpush("q", "1").wait(1, 1).llen("q").exec();
  expect(replies?.map(([error, reply]) => [error?.message.split(" ")[0], reply])).toEqual([
    [undefined, 1],
    ["MERIDIAN_NEEDSGATEWAY", undefined],
    [undefined, 1],
  ]);
  await alike((redis) => redis.multi().lpush("r", "1").blpop("r", 1).blpop("r", 1).exec());
});

test("Meridian's own keys do not show", async () => {
  const client = pair.client();
  await client.mset("one", "1", "two", "2");
  const found: string[] = [];
  for await (const keys of client.scanStream()) found.push(...(keys as string[]));
  expect(found.toSorted()).toEqual(["one", "two"]);
  expect([(await client.keys("*")).length, await client.dbsize()]).toEqual([2, 2]);
  expect((await client.multi().set("three", "3").keys("*").exec())?.[1]?.[1]).toHaveLength(3);
});

test("messages: what is published goes by the log, subscriptions are the server's", async () => {
  const [client, subscriber] = [pair.client(), pair.client()];
  const heard: string[] = [];
  subscriber.on("message", (_channel, message: string) => heard.push(message));
  await subscriber.subscribe("news");
  const before = await pair.logLength();
  expect(await client.publish("news", "hello")).toBe(1);
  await waitFor(() => heard.length === 1, { what: "the message" });
  expect(await pair.logLength()).toBe(before + 1);
});

test("a duplicate, and what a factory makes, write by the function too", async () => {
  const client = pair.client();
  for (const other of [client.duplicate(), Redis.createClient({ port: pair.regionServer.port })]) {
    const before = await pair.logLength();
    await other.set("a", "1");
    expect(await pair.logLength()).toBe(before + 1);
    other.disconnect();
  }
});

test("commands wait for the connection; a transaction that lost it is not sent again", async () => {
  await alike(async (redis) => {
    const lazy = redis.duplicate({ lazyConnect: true });
    const replies = await Promise.all([
      lazy.set("a", "1"),
      lazy.multi().incr("a").get("a").exec(),
      lazy.pipeline().get("a").exec(),
    ]);
    lazy.disconnect();
    return replies;
  });
  const client = pair.client({ retryStrategy: () => 10, maxRetriesPerRequest: null });
  await client.set("n", "0");
  const mixed = client.pipeline().get("n").call("multi").incr("n").call("exec").exec();
  expect((await mixed)?.at(-1)?.[1]).toEqual([1]);
  const other = pair.client();
  await other.client("PAUSE", 300);
  const lost = [
    errorOf(client.multi().incr("n").exec()),
    errorOf(client.pipeline().get("n").call("multi").incr("n").call("exec").exec()),
  ];
  client.stream.destroy();
  const [alone, inPipeline] = await Promise.all(lost);
  expect(alone).toBe("Command aborted due to connection close");
  expect(inPipeline).toContain("no error");
  expect(await client.get("n")).toBe("1");
});
