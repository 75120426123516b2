/** The client on a cluster of three nodes with Meridian's library: each write is a call in its own slot, wherever that is. */
import { Cluster, type ClusterOptions, Redis } from "@meridian/client";
import { rootOfSlot, slotOfKey } from "@meridian/core";
import { type SpawnedCluster, spawnCluster, waitFor } from "@meridian/testkit";
import { Redis as PlainRedis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { libraryCode } from "../library/support.js";
import { type Pair, startPair } from "./servers.js";

let cluster: SpawnedCluster | undefined;
const open: Cluster[] = [];

beforeAll(async () => {
  cluster = await spawnCluster({ nodes: 3 });
  if (cluster === undefined) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  const code = libraryCode();
  for (const { redis } of cluster.nodes) await redis.call("FUNCTION", "LOAD", "REPLACE", code);
}, 60_000);
afterAll(async () => {
  for (const client of open) client.disconnect();
  await cluster?.stop();
});

/** A client, once the slots of these keys are configured as an agent does it. */
async function clientFor(keys: readonly string[], options: ClusterOptions = {}): Promise<Cluster> {
  for (const slot of new Set([...keys, "0"].map((key) => slotOfKey(key)))) {
    const { redis } = await cluster!.ownerOf(slot);
    await redis.call("FCALL", "mer", "1", rootOfSlot(slot), "configure", "us", "us,eu", "", "slots");
  }
  const client = new Cluster([{ host: "127.0.0.1", port: cluster!.nodes[0]!.port }], options);
  client.on("error", () => undefined);
  open.push(client);
  return client;
}

/** How many entries the log of the key's slot has. */
async function logLength(key: string): Promise<number> {
  const slot = slotOfKey(key);
  const { redis } = await cluster!.ownerOf(slot);
  const logs = await redis.keys(`${rootOfSlot(slot).replace(/[{}]/g, "\\$&")}:log:*`);
  const lengths = await Promise.all(logs.map((key) => redis.xlen(key)));
  return lengths.reduce((sum, length) => sum + length, 0);
}

const errorOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (reply) => `no error: ${JSON.stringify(reply)}`,
    (error: Error) => error.message,
  );

/** Of three nodes each has some. */
const KEYS = ["a", "b", "c", "d", "e", "f"].map((name) => `{${name}}`);

test("typed methods, scripts and messages go to the slots of their keys", async ({ skip }) => {
  if (cluster === undefined) return skip();
  const client = await clientFor([...KEYS, "app:n"]);
  for (const key of KEYS) {
    const before = await logLength(key);
    expect(await client.hset(`${key}h`, { a: 1, b: "2" })).toBe(2);
    expect(await client.hgetall(`${key}h`)).toEqual({ a: "1", b: "2" });
    expect(await client.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, `${key}n`, 3)).toBe(3);
    expect(await client.xgroup("CREATE", `${key}s`, "g", "$", "MKSTREAM")).toBe("OK");
    expect(await client.call("MERIDIAN.BOUNDED", "CREATE", `${key}stock`, 5)).toBe("OK");
    expect(await logLength(key)).toBe(before + 4);
  }
  const prefixed = await clientFor([], {
    keyPrefix: "app:",
    scripts: { addOne: { numberOfKeys: 1, lua: "return redis.call('INCR', KEYS[1])" } },
  });
  type WithScript = Cluster & { addOne(key: string): Promise<number> };
  expect([await (prefixed as WithScript).addOne("n"), await client.get("app:n")]).toEqual([1, "1"]);

  const heard: string[] = [];
  client.on("message", (_channel, message: string) => heard.push(message));
  await client.subscribe("news");
  const before = await logLength("0");
  await client.publish("news", "hello");
  await waitFor(() => heard.length === 1, { what: "the message" });
  expect(await logLength("0")).toBe(before + 1);
});

test("pipelines, auto-pipelines and transactions: each call in its slot, a transaction in one step", async ({
  skip,
}) => {
  if (cluster === undefined) return skip();
  const client = await clientFor(KEYS);
  const [first = ""] = KEYS;
  const replies = await client
    .pipeline()
    .set(`${first}p`, "1")
    .incr(`${first}p`)
    .lpush(`${first}p`, "x")
    .publish("c", "m")
    .exec();
  expect(replies?.map(([error, reply]) => error?.message.split(" ")[0] ?? reply)).toEqual(["OK", 2, "WRONGTYPE", 0]);

  const before = await logLength(first);
  const done = await client
    .multi()
    .set(`${first}t`, "1")
    .incr(`${first}t`)
    .hset(`${first}u`, { f: "v" })
    .hgetall(`${first}u`)
    .exec();
  expect(done?.map(([, reply]) => reply)).toEqual(["OK", 2, 1, { f: "v" }]);
  expect(await logLength(first)).toBe(before + 1);
  const node = await cluster.ownerOf(slotOfKey(first));
  const near = `{${await sibling(node.port)}}`;
  await clientFor([near]);
  expect(await errorOf(client.multi().set(`${first}x`, "1").set(`${near}x`, "1").exec())).toMatch(/CROSSSLOT/);
  expect([await client.get(`${first}x`), await client.get(`${near}x`)]).toEqual([null, null]);
  expect(await errorOf(Promise.resolve(client.multi({ pipeline: false })))).toMatch(/^MERIDIAN_CLUSTERMULTI/);

  const auto = await clientFor(KEYS, { enableAutoPipelining: true });
  const counted = await Promise.all(KEYS.flatMap((key) => [auto.incr(`${key}auto`), auto.incr(`${key}auto`)]));
  expect(counted).toEqual(KEYS.flatMap(() => [1, 2]));
});

/** A tag of another slot of the same node. */
async function sibling(port: number): Promise<string> {
  for (let tag = 0; ; tag++) {
    const slot = slotOfKey(String(tag));
    if (slot !== slotOfKey("a") && (await cluster!.ownerOf(slot)).port === port) return String(tag);
  }
}

test("a slot that moves: what was written meanwhile is there, once each", async ({ skip }) => {
  if (cluster === undefined) return skip();
  const key = "{moving}";
  const client = await clientFor([key]);
  for (let index = 0; index < 300; index++) await client.set(`${key}${index}`, "v");
  const from = await cluster.ownerOf(slotOfKey(key));
  const to = cluster.nodes.find((node) => node !== from)!;
  let isMoving = true;
  let sent = 0;
  const write = async (): Promise<void> => {
    while (isMoving) {
      await client.incr(`${key}n`);
      await client.pipeline().incr(`${key}p`).exec();
      await client.multi().incr(`${key}t`).get(`${key}t`).exec();
      sent++;
    }
  };
  const writers = [write(), write(), write()];
  for (const [source, target] of [
    [from, to],
    [to, from],
  ] as const)
    await cluster.moveSlots(source, target, [slotOfKey(key)]);
  isMoving = false;
  await Promise.all(writers);
  expect(await client.mget(`${key}n`, `${key}p`, `${key}t`)).toEqual([sent, sent, sent].map(String));
  expect(await client.get(`${key}299`)).toBe("v");
});

test("a transaction whose node was lost before its reply is not sent again", async ({ skip }) => {
  if (cluster === undefined) return skip();
  const client = await clientFor(["{a}"]);
  await client.set("{a}once", "0");
  const owner = await cluster.ownerOf(slotOfKey("a"));
  await owner.redis.client("PAUSE", 300);
  const lost = errorOf(client.multi().incr("{a}once").exec());
  const node = client.nodes("master").find(({ options }) => options.port === owner.port)!;
  node.stream.destroy();
  expect(await lost).toBe("Command aborted due to connection close");
  expect(["0", "1"]).toContain(await client.get("{a}once"));
});

test("what is about every slot is refused, and nodes by themselves write by the function as well", async ({ skip }) => {
  if (cluster === undefined) return skip();
  const client = await clientFor(KEYS);
  expect(await errorOf(client.flushall())).toMatch(/^MERIDIAN_ALLSLOTS 'FLUSHALL'/);
  await client.set("{a}seen", "1");
  const shown = await Promise.all(client.nodes("master").map((node) => node.keys("*")));
  expect(shown.flat()).toContain("{a}seen");
  expect(shown.flat().filter((key) => key.startsWith("mer:"))).toEqual([]);
  const owner = await cluster.ownerOf(slotOfKey("a"));
  const node = client.nodes("master").find(({ options }) => options.port === owner.port)!;
  const before = await logLength("a");
  await node.set("{a}by-node", "1");
  expect(await logLength("a")).toBe(before + 1);
  expect(client.duplicate()).toBeInstanceOf(Cluster);
  open.push(client.duplicate());
});

let pair: Pair | undefined;
afterAll(() => pair?.stop());

test("one server: what it was not made for is an error that says so, and nothing is written", async () => {
  pair = await startPair();
  const slotted = pair.client({ partitions: "slots" });
  expect(await errorOf(slotted.set("k", "v"))).toMatch(/^MERIDIAN_PARTITIONS .*leave/);
  expect(await errorOf(slotted.multi().set("k", "v").exec())).toMatch(/MERIDIAN_PARTITIONS .*leave/);
  const admin = new PlainRedis(pair.plainServer.port);
  await admin.call("FUNCTION", "LOAD", "REPLACE", libraryCode());
  for (const key of ["k", "0"]) {
    await admin.call("FCALL", "mer", "1", rootOfSlot(slotOfKey(key)), "configure", "us", "us,eu", "", "slots");
  }
  const [whole, right] = [new Redis(pair.plainServer.port), new Redis(pair.plainServer.port, { partitions: "slots" })];
  expect(await errorOf(whole.set("k", "v"))).toMatch(/^MERIDIAN_PARTITIONS .*partitions: "slots"/);
  expect(await errorOf(whole.multi().set("k", "v").exec())).not.toContain("OK");
  expect(await admin.get("k")).toBeNull();
  expect([await right.set("k", "v"), await right.get("k"), await right.dbsize()]).toEqual(["OK", "v", 1]);
  const other = right.duplicate();
  expect(await other.append("k", "w")).toBe(2);
  for (const client of [admin, whole, right, other]) client.disconnect();
});
