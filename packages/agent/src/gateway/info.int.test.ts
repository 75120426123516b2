/** INFO through the gateway: what the server says, and what only the gateway knows. */
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { noRegions } from "./region-service.js";

const native = await findServerBinary();

const SECTION = "# Meridian\r\nmeridian_region:eu\r\n";

let engine: Engine;
let gateway: Gateway;
let redis: Redis;

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  const upstream = { host: engine.host, port: engine.port };
  const region = { ...noRegions, infoSection: () => SECTION };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root, region });
  redis = new Redis(gateway.port);
}, 30_000);

beforeEach(() => redis.flushall());

afterAll(async () => {
  redis.disconnect();
  await gateway.stop();
  await engine.stop();
});

/** The headings, in their order. */
function headings(text: string): string[] {
  return [...text.matchAll(/^# (.*)\r$/gm)].map(([, name = ""]) => name);
}

test("the section about Meridian ends the default, and is there alone and beside others", async () => {
  const theirs = await engine.redis.info();
  for (const sections of [[], ["default"], ["DEFAULT"]]) {
    const text = (await redis.call("INFO", ...sections)) as string;
    // A database that shows no key has no line; the heading stays.
    expect(headings(text)).toEqual([...headings(theirs), "Meridian"]);
    expect(text.endsWith(`\r\n\r\n${SECTION}`)).toBe(true);
  }
  expect(await redis.info("meridian")).toBe(SECTION);
  expect(headings((await redis.call("INFO", "server", "Meridian")) as string)).toEqual(["Server", "Meridian"]);
  expect(headings(await redis.info("everything"))).toEqual([
    ...headings(await engine.redis.info("everything")),
    "Meridian",
  ]);
  expect(headings(await redis.info("server"))).toEqual(["Server"]);
  expect(await redis.info("nothing")).toBe("");
  const replies = await redis.pipeline().set("k", "v").info("meridian").get("k").info("server").exec();
  expect(replies?.map(([, reply]) => reply).slice(0, 3)).toEqual(["OK", SECTION, "v"]);
});

test.skipIf(native === undefined)("the count of keys is that of what shows; none, no line", async () => {
  expect(await redis.info("keyspace")).toBe("# Keyspace\r\n");
  await redis.mset("a", "1", "b", "2");
  await redis.expire("a", 100);
  expect(await redis.info("keyspace")).toMatch(/^# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=\d+\r\n$/);
  expect(await redis.info()).toContain("\r\ndb0:keys=2,expires=1,");
});

test("clients that wait here are blocked clients", async () => {
  expect(await redis.info("clients")).toContain("\r\nblocked_clients:0\r\n");
  const waiter = redis.duplicate();
  const popped = waiter.blpop("l", 0);
  await waitFor(() => gateway.stats().clientsWaiting === 1, { what: "a waiting client" });
  expect(await redis.info("clients")).toContain("\r\nblocked_clients:1\r\n");
  await redis.rpush("l", "v");
  expect(await popped).toEqual(["l", "v"]);
  waiter.disconnect();
});

test("in RESP3 it is a verbatim string, as Redis's; within a transaction it is the server's own", async () => {
  const client = createClient({ url: `redis://127.0.0.1:${gateway.port}`, RESP: 3 });
  await client.connect();
  await client.set("a", "1");
  expect(await client.info("meridian")).toBe(SECTION);
  expect(await client.info("keyspace")).toMatch(/db0:keys=1,/);
  expect(headings(await client.info())).toContain("Meridian");
  client.destroy();
  const [[, text] = []] = (await redis.multi().info("server").exec()) ?? [];
  expect(headings(String(text))).toEqual(["Server"]);
});

test.skipIf(native === undefined)(
  "a user who may not ask gets the server's words, one of few rights the server's count",
  async () => {
    await engine.redis.call("ACL", "SETUSER", "none", "on", ">secret", "+ping");
    await engine.redis.call("ACL", "SETUSER", "some", "on", ">secret", "+info");
    const login = { password: "secret", enableReadyCheck: false };
    const [none, some] = [
      new Redis(gateway.port, { ...login, username: "none" }),
      new Redis(gateway.port, { ...login, username: "some" }),
    ];
    await expect(none.info()).rejects.toThrow("NOPERM this user has no permissions to run the 'info' command");
    expect(await none.ping()).toBe("PONG");
    expect(await some.info("keyspace")).toMatch(/^# Keyspace\r\ndb0:keys=\d+,/);
    expect(await some.info("meridian")).toBe(SECTION);
    none.disconnect();
    some.disconnect();
  },
);
