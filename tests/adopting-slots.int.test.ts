/** A cluster full of plain keys becomes the first region of a deployment of hash slots, while clients write and its agent is killed; the other gets all. */
import { once } from "node:events";
import { freePorts, hasCluster, spawnCluster, type SpawnedCluster, waitFor } from "@meridian/testkit";
import { Cluster } from "ioredis";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "./local-start.js";
import { configOf, newServer, runConfigured, stopAgents, type RunningAgent } from "./running-agent.js";

const isPossible = await hasCluster();
if (!isPossible) console.warn("SKIPPED: a cluster needs valkey-server or redis-server on the PATH");

let cluster: SpawnedCluster | undefined;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  await stopAgents();
  await cluster?.stop();
});

async function agentOf(region: string, links: readonly number[], url: string, more = ""): Promise<RunningAgent> {
  const [gateway = 0, admin = 0] = await freePorts(2);
  const config = `${configOf(region, links, { gateway, admin }, url, "", more)}partitions: slots\n`;
  return await runConfigured(region, { gateway, admin }, config);
}

const KEYS = 120;
const LARGE = Array.from({ length: 5000 }, (_, at) => String(at));

async function fill({ nodes }: SpawnedCluster): Promise<void> {
  const plain = new Cluster(nodes.map(({ host, port }) => ({ host, port })));
  const writes: Promise<unknown>[] = Array.from({ length: KEYS }, (_, at) => plain.set(`key:${at}`, at));
  for (let at = 0; at < 20; at++) writes.push(plain.rpush(`list:${at}`, "a", "b"), plain.hset(`hash:${at}`, "f", "1"));
  writes.push(plain.sadd("large", LARGE), plain.xadd("stream", "1-1", "f", "v"));
  await Promise.all(writes);
  plain.disconnect();
}

test.skipIf(!isPossible)(
  "an agent adopts what its cluster holds, goes on after it was killed, and the other region converges",
  async () => {
    const links = await freePorts(2);
    cluster = await spawnCluster({ nodes: 3 });
    const server = await newServer();
    await fill(cluster!);
    const first = await agentOf("us", links, cluster!.url, ", adopt: true");
    expect(await first.gateway.incr("key:41")).toBe(42);
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const us = await agentOf("us", links, cluster!.url);
    const eu = await agentOf("eu", links, server.url);
    expect(await us.gateway.srem("large", "7")).toBe(1);
    expect(await us.gateway.get("key:1")).toBe("1");
    expect(await us.gateway.lpop("list:3")).toBe("a");
    await waitFor(async () => (await us.status()).regions.every(({ adoption }) => adoption === null), {
      what: "the end of adopting",
      timeoutMs: 90_000,
    });
    await waitFor(async () => (await eu.gateway.dbsize()) === KEYS + 42, { what: "the state", timeoutMs: 90_000 });
    await eu.gateway.incr("key:41");
    await waitFor(async () => (await us.gateway.get("key:41")) === "43", { what: "their increment" });
    expect(await eu.gateway.scard("large")).toBe(LARGE.length - 1);
    expect(us.log()).not.toContain("adoption-failed");
  },
  180_000,
);
