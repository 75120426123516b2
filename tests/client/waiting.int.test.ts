/** Commands that wait, by the client: what a plain ioredis on a plain server gets, without holding up what is sent after them. */
import type { Redis as PlainRedis } from "ioredis";
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

const errorOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (reply) => `no error: ${JSON.stringify(reply)}`,
    (error: Error) => error.message,
  );

/** The client of keys that wait here asks of each once it found nothing: from then on its changes are told. */
async function isWatching(): Promise<void> {
  const look = pair.client();
  await waitFor(async () => /tracking_clients:[1-9]/.test(await look.info("clients")), { what: "somebody to watch" });
  look.disconnect();
}

type Write = [string, ...string[]];

test.each<[Write, Write]>([
  [
    ["blpop", "l", "m", "0"],
    ["rpush", "m", "a", "b"],
  ],
  [
    ["brpop", "l", "0"],
    ["rpush", "l", "a", "b"],
  ],
  [
    ["blmove", "l", "m", "LEFT", "RIGHT", "0"],
    ["rpush", "l", "a", "b"],
  ],
  [
    ["brpoplpush", "l", "m", "0"],
    ["rpush", "l", "a", "b"],
  ],
  [
    ["blmpop", "0", "2", "m", "l", "LEFT", "COUNT", "5"],
    ["rpush", "l", "a", "b"],
  ],
  [
    ["bzpopmin", "z", "y", "0"],
    ["zadd", "y", "2", "b", "1", "a"],
  ],
  [
    ["bzpopmax", "z", "0"],
    ["zadd", "z", "2", "b", "1", "a"],
  ],
  [
    ["bzmpop", "0", "2", "z", "y", "MAX"],
    ["zadd", "y", "2", "b", "1", "a"],
  ],
  [
    ["xreadgroup", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"],
    ["xadd", "s", "1-1", "f", "v"],
  ],
])("%j gets what comes by %j", async (wait, write) => {
  const use = async (client: PlainRedis, other: PlainRedis, ready: () => Promise<void>): Promise<unknown> => {
    if (wait[0] === "xreadgroup") await other.xgroup("CREATE", "s", "g", "$", "MKSTREAM");
    const got = client.call(...wait);
    await ready();
    await other.call(...write);
    return [await got, await other.exists("l", "m", "y", "z")];
  };
  const there = await use(pair.plain(), pair.plain(), async () => undefined);
  expect(await use(pair.client(), pair.client(), isWatching)).toEqual(there);
});

test("what is there is had at once; what does not come within the time is null; errors are Redis's", async () => {
  const client = pair.client();
  await client.rpush("l", "a");
  expect([await client.blpop("l", 0), await client.blpop("l", 0.05), await client.bzpopmin("z", 0.05)]).toEqual([
    ["l", "a"],
    null,
    null,
  ]);
  const use = async (redis: PlainRedis): Promise<unknown> => [
    await redis.set("s", "v"),
    await errorOf(redis.blpop("s", 1)),
    await errorOf(redis.blpop("l", "x" as unknown as number)),
    await errorOf(redis.xreadgroup("GROUP", "g", "c", "BLOCK", 10, "STREAMS", "none", ">")),
  ];
  expect(await use(client)).toEqual(await use(pair.plain()));
});

test("who came first is served first, and others are not held up", async () => {
  const client = pair.client();
  const served: string[] = [];
  const waits = ["first", "second", "third"].map((name) =>
    client.blpop("l", 0).then((got) => served.push(`${name} ${got?.[1]}`)),
  );
  const replies = await client.pipeline().set("k", "v").blpop("p", 0.05).get("k").exec();
  expect(replies?.map(([, reply]) => reply)).toEqual(["OK", null, "v"]);
  await isWatching();
  await pair.client().rpush("l", "a", "b", "c");
  await Promise.all(waits);
  expect(served).toEqual(["first a", "second b", "third c"]);
  client.disconnect();
});

test("a client that ends rejects what waits, and takes nothing any more", async () => {
  const client = pair.client();
  const waiting = errorOf(client.blpop("l", 0));
  await client.ping(); // the try before it is answered
  await isWatching();
  client.disconnect();
  expect(await waiting).toBe("Connection is closed.");
  const other = pair.client();
  await other.rpush("l", "a");
  expect(await other.lrange("l", 0, -1)).toEqual(["a"]);
});

test("connections that are lost are made again, and what came meanwhile is had", async () => {
  const client = pair.client();
  const waiting = client.blpop("l", 0);
  await isWatching();
  const other = pair.client();
  await other.client("KILL", "TYPE", "pubsub", "SKIPME", "yes");
  await other.rpush("l", "a");
  expect(await waiting).toEqual(["l", "a"]);
});

test("where the user may not watch, the error says what to grant", async () => {
  const admin = pair.plain().duplicate({ port: pair.regionServer.port });
  await admin.call("ACL", "SETUSER", "few", "on", ">secret", "~*", "&*", "+@all", "-client|tracking");
  const client = pair.client({ username: "few", password: "secret" });
  expect(await errorOf(client.blpop("l", 0))).toMatch(/^MERIDIAN_CANNOTWAIT .*\+client\|tracking/);
  admin.disconnect();
});
