/** What is not known of some hash slots is an error, and no number that is too small: the gateway of a cluster that is not whole. */
import { rootOfSlot, SLOTS } from "@meridian/core";
import { hasCluster, spawnCluster, type SpawnedCluster, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, topologyOf } from "../index.js";
import { type ClusterRegion, openGateway, startClusterRegion } from "../test-support/cluster-gateway.js";

const native = await hasCluster();
const NAMES = Array.from({ length: 60 }, (_, index) => `key${index}`);

let cluster: SpawnedCluster;
let region: ClusterRegion | undefined;
let gateway: Gateway;
let redis: Redis;

beforeAll(async () => {
  const spawned = await spawnCluster({ nodes: 3, nodeTimeoutMs: 15_000 });
  if (spawned === undefined) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  cluster = spawned;
  region = await startClusterRegion(cluster);
  gateway = await openGateway(region.engine);
  redis = new Redis(gateway.port);
  for (const name of NAMES) await redis.set(name, "x");
}, 60_000);

afterAll(async () => {
  redis?.disconnect();
  await gateway?.stop();
  await region?.stop();
  await cluster?.stop();
});

const rootsOf = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => rootOfSlot(from + at));

test.skipIf(!native)("slots that are at no known node", async () => {
  expect(await redis.dbsize()).toBe(NAMES.length);
  const whole = topologyOf(region!.engine.slots!, false);
  gateway.useUpstream({ nodes: whole.nodes.slice(1) });
  for (const read of [["DBSIZE"], ["KEYS", "*"], ["SCAN", "0"], ["RANDOMKEY"]])
    await expect(redis.call(...(read as [string]))).rejects.toThrow(/^CLUSTERDOWN \d+ hash slots are at no node/);
  gateway.useUpstream(whole);
  expect(await redis.dbsize()).toBe(NAMES.length);
});

test.skipIf(!native)("a node is asked to count slots that it has not", async () => {
  const [first, second] = [await cluster.ownerOf(0), await cluster.ownerOf(SLOTS - 1)];
  const count = (...roots: string[]): Promise<unknown> =>
    first.redis.call("FCALL", "mer_show", 0, "mer:{", "DBSIZE", ...roots);
  expect(first).not.toBe(second);
  await expect(count(...rootsOf(SLOTS - 20, 20))).rejects.toThrow(/^TRYAGAIN this node has none of these hash slots/);
  // Of a slot on its way elsewhere what can be seen of it.
  expect(await count(rootOfSlot(SLOTS - 1), rootOfSlot(0))).toBe(0);
});

test.skipIf(!native)("a cluster that is down, all of whose nodes answer", async () => {
  const owner = await cluster.ownerOf(0);
  await owner.redis.call("CLUSTER", "DELSLOTS", 0);
  const isDown = async (): Promise<boolean> => String(await owner.redis.call("CLUSTER", "INFO")).includes("state:fail");
  await waitFor(isDown, { what: "the node to know that the cluster is down" });
  await expect(redis.dbsize()).rejects.toThrow(/^CLUSTERDOWN the cluster is down/);
  await owner.redis.call("CLUSTER", "ADDSLOTS", 0);
  await cluster.settled();
  expect(await redis.dbsize()).toBe(NAMES.length);
});
