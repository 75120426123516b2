/** The gateway in front of a real cluster, for ordinary clients. */
import { rootOfSlot, slotOfKey } from "@meridian/core";
import {
  hasCluster,
  seededRandom,
  spawnCluster,
  type SpawnedCluster,
  spawnRedis,
  testSeed,
  waitFor,
} from "@meridian/testkit";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gateway } from "../index.js";
import { noRegions } from "../region-service.js";
import { type ClusterRegion, openGateway, startClusterRegion } from "../test-support/cluster-gateway.js";
import { gatheredKeys, randomRead, randomValue, repliesOf } from "../test-support/gathered-commands.js";
import { command, rawClient } from "../test-support/raw-client.js";

const native = await hasCluster();

let cluster: SpawnedCluster;
let region: ClusterRegion | undefined;
let gateway: Gateway;
let redis: Redis;

beforeAll(async () => {
  const spawned = await spawnCluster({ nodes: 3, nodeTimeoutMs: 15_000 });
  if (spawned === undefined) return;
  cluster = spawned;
  region = await startClusterRegion(cluster);
  gateway = region.gateway;
  redis = new Redis(gateway.port);
}, 60_000);

afterAll(async () => {
  redis?.disconnect();
  await region?.stop();
  await cluster?.stop();
});

async function exchange(...commands: string[][]): Promise<string> {
  const raw = rawClient(gateway.port);
  for (const one of commands) raw.send(command(...one));
  raw.send(command("QUIT"));
  await waitFor(() => raw.closed, { what: "the end of the connection" });
  return raw.received.replace(/\+OK\r\n$/, "");
}

const CROSSSLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";

describe.skipIf(!native)("a gateway in front of a cluster", () => {
  test("ioredis: a pipeline over many slots, in order", async () => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 300; index++) pipeline.set(`key${index}`, index).incr("n").get(`key${index}`).get("n");
    const replies = (await pipeline.exec()) ?? [];
    const expected = Array.from({ length: 300 }, (_, index) => ["OK", index + 1, `${index}`, `${index + 1}`]).flat();
    expect(replies.map(([error, value]) => error ?? value)).toEqual(expected);
    const owners = Array.from({ length: 300 }, (_, index) => region?.engine.slots?.nodeOf(slotOfKey(`key${index}`)));
    expect(new Set(owners).size).toBe(3);
  });

  test("a token is of the slots in which its connection wrote", async () => {
    const asked: (readonly number[] | undefined)[] = [];
    const token = (slots?: readonly number[]): Promise<string> => {
      asked.push(slots);
      return Promise.resolve("a token");
    };
    const other = await openGateway(region!.engine, { region: { ...noRegions, token } });
    const [client, idle] = [new Redis(other.port), new Redis(other.port)];
    await client.set("a", "1");
    await client.get("read");
    const replies = await client.pipeline().set("b", "1").incr("counter").call("MERIDIAN.TOKEN").get("a").exec();
    expect(replies?.map(([error, reply]) => error ?? reply)).toEqual(["OK", 1, "a token", "1"]);
    await client.watch("w");
    await client.multi().set("w", "1").exec();
    await client.multi().set("m", "1").incr("{m}").exec();
    await client.call("MERIDIAN.TOKEN");
    await idle.call("MERIDIAN.TOKEN");
    const slotsOf = (...keys: string[]): number[] => keys.map(slotOfKey).toSorted((one, next) => one - next);
    expect(asked.map((slots) => slots?.toSorted((one, next) => one - next))).toEqual([
      slotsOf("a", "b", "counter"),
      slotsOf("a", "b", "counter", "w", "m"),
      [],
    ]);
    const many = client.pipeline();
    for (let slot = 0; slot < 1100; slot++) many.set(`${rootOfSlot(slot).slice("mer:".length)}many`, "1");
    await many.exec();
    await expect(client.call("MERIDIAN.TOKEN")).rejects.toThrow(/MERIDIAN_NOSTANDING .* 1024 hash slots/);
    for (const each of [client, idle]) each.disconnect();
    await other.stop();
  });

  test("reads over slots are gathered, writes refused", async () => {
    for (const key of ["a", "b", "c", "d"]) await redis.set(key, key.toUpperCase());
    expect(await redis.mget("d", "a", "none", "c", "a")).toEqual(["D", "A", null, "C", "A"]);
    expect(await redis.exists("a", "b", "none", "a")).toBe(3);
    expect(await redis.touch("a", "b", "none")).toBe(2);
    expect(await exchange(["MSET", "a", "1", "b", "1"], ["DEL", "a", "b"], ["LCS", "a", "b"], ["GET", "a"])).toBe(
      `${CROSSSLOT}${CROSSSLOT}${CROSSSLOT}$1\r\nA\r\n`,
    );
    await redis.del("a");
    expect(await redis.mset("{x}1", 1, "{x}2", 2)).toBe("OK");
    expect(await redis.mget("{x}2", "{x}1")).toEqual(["2", "1"]);
  });

  test("what is gathered is what one server replies", async () => {
    const lone = await spawnRedis({ native: true });
    if (lone === undefined) return;
    await redis.flushall();
    const random = seededRandom(testSeed());
    const values = Array.from({ length: 120 }, () => randomValue(random));
    const reads = Array.from({ length: 400 }, () => randomRead(random));
    expect(new Set(gatheredKeys.map((key) => slotOfKey(key))).size).toBe(gatheredKeys.length);
    for (const hello of [
      ["HELLO", "2"],
      ["HELLO", "3"],
    ]) {
      const [here, there] = await Promise.all(
        [gateway.port, lone.port].map((port) => repliesOf(port, [hello, ...values, ...reads])),
      );
      const told = (index: number): string => `${random.seed}: ${[...values, ...reads][index]?.join(" ")}`;
      for (let index = 0; index < values.length + reads.length; index++)
        expect(here?.[index + 1], told(index)).toBe(there?.[index + 1]);
    }
    await lone.stop();
    await redis.flushall();
  }, 60_000);

  test("more than is put together is refused", async () => {
    const member = "x".repeat(1024 * 1024);
    for (const key of ["a", "b"]) for (let index = 0; index < 9; index++) await redis.sadd(key, `${member}${index}`);
    await expect(redis.sunion("a", "b")).rejects.toThrow(/^MERIDIAN_GATHERLIMIT what SUNION reads/);
    expect(await redis.scard("a")).toBe(9);
    await redis.flushall();
  });

  test("the whole keyspace: DBSIZE, KEYS, SCAN, RANDOMKEY", async () => {
    expect(await redis.flushall()).toBe("OK");
    const names = Array.from({ length: 200 }, (_, index) => `key${index}`).toSorted();
    for (const name of names) await redis.set(name, "x");
    expect(await redis.dbsize()).toBe(200);
    expect((await redis.keys("*")).toSorted()).toEqual(names);
    const found: string[] = [];
    for await (const keys of redis.scanStream({ count: 7 })) found.push(...(keys as string[]));
    expect([...new Set(found)].toSorted()).toEqual(names);
    expect(names).toContain(await redis.randomkey());
    expect(await redis.flushall()).toBe("OK");
    expect(await redis.dbsize()).toBe(0);
    expect(await redis.randomkey()).toBeNull();
  });

  test("transactions in one slot; others are refused", async () => {
    expect(await redis.multi().set("{t}a", 1).incr("{t}a").get("{t}a").exec()).toEqual([
      [null, "OK"],
      [null, 2],
      [null, "2"],
    ]);
    const across = await exchange(["MULTI"], ["SET", "a", "1"], ["SET", "b", "1"], ["EXEC"], ["EXISTS", "a", "b"]);
    expect(across).toBe(
      "+OK\r\n+QUEUED\r\n+QUEUED\r\n-EXECABORT Transaction discarded because of: " + CROSSSLOT.slice(1) + ":0\r\n",
    );
    expect(await exchange(["MULTI"], ["GET", "a"], ["GET", "b"], ["EXEC"])).toBe(
      `+OK\r\n+QUEUED\r\n+QUEUED\r\n${CROSSSLOT}`,
    );
    expect(await exchange(["MULTI"], ["GET", "{t}a"], ["TYPE", "{t}a"], ["EXEC"])).toBe(
      "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n$1\r\n2\r\n+string\r\n",
    );
    expect(await exchange(["MULTI"], ["FLUSHALL"], ["EXEC"])).toMatch(/-MERIDIAN_UNSUPPORTED.*-EXECABORT/s);
  });

  test("WATCH sees what others write in its slot", async () => {
    const other = new Redis(gateway.port);
    await redis.watch("{w}a", "{w}b");
    await other.set("{w}b", 1);
    expect(await redis.multi().set("{w}a", 1).exec()).toBeNull();
    await redis.watch("{w}a");
    expect(await redis.multi().set("{w}a", 1).get("{w}a").exec()).toEqual([
      [null, "OK"],
      [null, "1"],
    ]);
    await redis.watch("{w}a");
    await redis.unwatch();
    await other.set("{w}a", 2);
    expect(await redis.multi().incr("{w}a").exec()).toEqual([[null, 3]]);
    expect(
      await exchange(["WATCH", "a", "b"], ["WATCH", "a"], ["WATCH", "b"], ["MULTI"], ["SET", "b", "1"], ["EXEC"]),
    ).toBe(`${CROSSSLOT}+OK\r\n${CROSSSLOT}+OK\r\n+QUEUED\r\n${CROSSSLOT}`);
    other.disconnect();
  });

  test("node-redis: RESP3, blocking, messages", async () => {
    const client = createClient({ url: `redis://127.0.0.1:${gateway.port}`, RESP: 3 });
    await client.connect();
    await client.hSet("h", { a: "1", b: "2" });
    expect({ ...(await client.hGetAll("h")) }).toEqual({ a: "1", b: "2" });
    const popped = client.duplicate();
    await popped.connect();
    const waiting = popped.blPop("queue", 0);
    await waitFor(() => gateway.stats().clientsWaiting === 1, { what: "a waiting client" });
    await client.rPush("queue", "job");
    expect({ ...(await waiting) }).toEqual({ key: "queue", element: "job" });
    const heard: string[] = [];
    await popped.subscribe("news", (message) => heard.push(`news ${message}`));
    await popped.sSubscribe("shard", (message) => heard.push(`shard ${message}`));
    await client.publish("news", "one");
    await client.sPublish("shard", "two");
    await waitFor(() => heard.length === 2, { what: "two messages" });
    expect(heard.toSorted()).toEqual(["news one", "shard two"]);
    await popped.unsubscribe("news");
    await popped.sUnsubscribe("shard");
    expect(await popped.ping()).toBe("PONG");
    popped.destroy();
    client.destroy();
  });

  test("keyspace events of all nodes, messages once", async () => {
    await redis.config("SET", "notify-keyspace-events", "E$");
    const listener = new Redis(gateway.port);
    const heard: string[] = [];
    listener.on("pmessage", (_pattern, channel: string, message: string) => heard.push(`${channel} ${message}`));
    await listener.psubscribe("*");
    const names = ["a", "b", "c", "d", "e", "f"];
    expect(new Set(await Promise.all(names.map((name) => cluster.ownerOf(slotOfKey(name))))).size).toBe(3);
    await waitFor(
      async () => {
        for (const name of names) await redis.set(name, "x");
        return names.every((name) => heard.includes(`__keyevent@0__:set ${name}`));
      },
      { what: "events of all nodes" },
    );
    await redis.publish("plain", "x");
    await redis.publish("last", "x");
    await waitFor(() => heard.includes("last x"), { what: "the last message" });
    expect(heard.filter((line) => line === "plain x").length).toBe(1);
    listener.disconnect();
    await redis.config("SET", "notify-keyspace-events", "");
  });

  test("what cannot be right in front of a cluster is refused, with the reason", async () => {
    const replies = await exchange(
      ["MONITOR"],
      ["CLIENT", "TRACKING", "ON"],
      ["FCALL", "f", "0"],
      ["CLUSTER", "FAILOVER"],
    );
    expect(replies.match(/MERIDIAN_UNSUPPORTED '(MONITOR|CLIENT TRACKING|FCALL|CLUSTER FAILOVER)'/g)?.length).toBe(4);
    expect(await exchange(["GET", "mer:{0}:x"], ["SET", "mer:{9}", "x"])).toMatch(
      /^-MERIDIAN_RESERVEDKEY .*\r\n-MERIDIAN_RESERVEDKEY .*\r\n$/,
    );
  });
});
