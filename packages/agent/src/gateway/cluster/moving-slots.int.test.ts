/** The gateway in front of a cluster whose slots move and whose nodes are lost, while clients go on. */
import { slotOfKey, SLOTS } from "@meridian/core";
import { hasCluster, spawnCluster, type SpawnedCluster, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gateway } from "../index.js";
import { type ClusterRegion, startClusterRegion } from "../test-support/cluster-gateway.js";

const native = await hasCluster();
const SLOT = slotOfKey("{m}");
const KEYS = 200;

let cluster: SpawnedCluster;
let region: ClusterRegion | undefined;
let gateway: Gateway;
let redis: Redis;

beforeAll(async () => {
  const spawned = await spawnCluster({ nodes: 3, aof: true, nodeTimeoutMs: 15_000 });
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

test.skipIf(!native)("a slot moves to and fro under pipelines of writes and reads: exact, and in order", async () => {
  const home = await cluster.ownerOf(SLOT);
  const other = cluster.nodes.find((node) => node !== home)!;
  for (let index = 0; index < KEYS; index++) await redis.set(`{m}${index}`, "x");
  let moving = true;
  const moves = (async () => {
    for (let round = 0; round < 2; round++) {
      await cluster.moveSlots(home, other, [SLOT]);
      await cluster.moveSlots(other, home, [SLOT]);
    }
    moving = false;
  })();
  let count = 0;
  while (moving) {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 20; index++) pipeline.incr("{m}n").get("{m}n").exists("{m}1", "{m}2").incr("elsewhere");
    const values = ((await pipeline.exec()) ?? []).map(([error, value]) => error?.message ?? value);
    const expected = Array.from({ length: 20 }, (_, at) => [count + at + 1, `${count + at + 1}`, 2, count + at + 1]);
    expect(values).toEqual(expected.flat());
    count += 20;
    expect(await redis.multi().incr("{m}t").get("{m}t").exec()).toEqual([
      [null, count / 20],
      [null, `${count / 20}`],
    ]);
  }
  await moves;
  expect(await redis.get("{m}n")).toBe(`${count}`);
});

test.skipIf(!native)("a client that waits for a value gets it where its slot went", async () => {
  const waiting = new Redis(gateway.port);
  const popped = waiting.blpop("{m}queue", 0);
  await waitFor(() => gateway.stats().clientsWaiting === 1, { what: "a waiting client" });
  const home = await cluster.ownerOf(SLOT);
  const other = cluster.nodes.find((node) => node !== home)!;
  await cluster.moveSlots(home, other, [SLOT]);
  await redis.rpush("{m}queue", "job");
  expect(await popped).toEqual(["{m}queue", "job"]);
  waiting.disconnect();
});

test.skipIf(!native)("a watched slot that moved fails the transaction, and a shard channel goes along", async () => {
  const home = await cluster.ownerOf(SLOT);
  const other = cluster.nodes.find((node) => node !== home)!;
  const listener = new Redis(gateway.port);
  const heard: string[] = [];
  listener.on("smessage", (_channel, message: string) => heard.push(message));
  await listener.ssubscribe("{m}news");
  await redis.set("{m}w", 1);
  await redis.watch("{m}w");
  await cluster.moveSlots(home, other, [SLOT]);
  expect(await redis.multi().set("{m}w", 2).exec()).toBeNull();
  expect(await redis.get("{m}w")).toBe("1");
  await waitFor(async () => (await redis.spublish("{m}news", "hello"), heard.length > 0), { what: "a message" });
  listener.disconnect();
});

async function scanned(): Promise<string[]> {
  const found: string[] = [];
  for await (const keys of redis.scanStream({ count: 500 })) found.push(...(keys as string[]));
  return found;
}

test.skipIf(!native)("a node that is lost is an error for its slots only", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `k${index}`);
  for (const name of names) await redis.set(name, name);
  const [, lost] = cluster.nodes;
  if (lost === undefined) throw new Error("no second node");
  const owners = await Promise.all(names.map((name) => cluster.ownerOf(slotOfKey(name))));
  const theirs = names.filter((_, at) => owners[at] === lost);
  await cluster.kill(lost);
  const replies = await Promise.all(names.map((name) => redis.get(name).catch((error: Error) => error.message)));
  for (const [at, name] of names.entries()) {
    const reply = replies[at];
    if (theirs.includes(name)) expect(reply).toMatch(/^MERIDIAN_SERVERDOWN/);
    else expect(reply).toMatch(new RegExp(`^(${name}$|CLUSTERDOWN)`));
  }
  expect(theirs.length).toBeGreaterThan(0);
  await expect(redis.dbsize()).rejects.toThrow(/^(MERIDIAN_SERVERDOWN|CLUSTERDOWN)/);
  await expect(redis.keys("*")).rejects.toThrow(/^MERIDIAN_SERVERDOWN/);
  await expect(scanned()).rejects.toThrow(/^MERIDIAN_SERVERDOWN/);
  await cluster.restart(lost);
  await waitFor(() => region?.engine.slots?.upCount === SLOTS, { what: "all slots", timeoutMs: 30_000 });
  for (const name of names) await redis.set(name, "again");
  expect(await redis.mget(names)).toEqual(names.map(() => "again"));
});
