/** The cluster of tests does what tests rely on: it forms, moves slots with their keys, fails over, and comes back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { slotOfKey } from "@meridian/core";
import { spawnCluster, type SpawnedCluster } from "./spawn-cluster.js";

let cluster: SpawnedCluster | undefined;

beforeAll(async () => {
  cluster = await spawnCluster({ nodes: 3, replicas: 1, aof: true });
});
afterAll(() => cluster?.stop());

test("forms, moves a slot, fails over, and gets a killed node back", async ({ skip }) => {
  if (cluster === undefined) return skip("no native server on the PATH");
  const slot = slotOfKey("a");
  const from = await cluster.ownerOf(slot);
  const to = cluster.nodes.slice(0, 3).find((node) => node !== from)!;
  for (let index = 0; index < 250; index++) await from.redis.set(`{a}${index}`, String(index));
  await cluster.moveSlots(from, to, [slot]);
  expect(await cluster.ownerOf(slot)).toBe(to);
  expect(await to.redis.call("CLUSTER", "COUNTKEYSINSLOT", slot)).toBe(250);

  const replica = cluster.nodes.find((_, at, nodes) => at === 3 + nodes.indexOf(to))!;
  await cluster.failover(replica);
  expect(await cluster.ownerOf(slot)).toBe(replica);
  expect(await replica.redis.get("{a}7")).toBe("7");

  const pid = replica.pid;
  await cluster.kill(replica);
  expect(replica.running).toBe(false);
  expect(await cluster.ownerOf(slot)).toBe(to); // elected by the others
  await cluster.restart(replica);
  expect(replica.pid).not.toBe(pid);
});
