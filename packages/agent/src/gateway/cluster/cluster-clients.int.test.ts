/** Clients of clusters against the gateways in front of a cluster, and who clients are on its nodes. */
import { SLOTS } from "@meridian/core";
import { freePorts, hasCluster, spawnCluster, type SpawnedCluster, waitFor } from "@meridian/testkit";
import { Cluster, Redis } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gateway } from "../index.js";
import { type ClusterRegion, openGateway, startClusterRegion } from "../test-support/cluster-gateway.js";

const native = await hasCluster();
const NAMES = Array.from({ length: 60 }, (_, index) => `key${index}`);

let cluster: SpawnedCluster;
let region: ClusterRegion | undefined;
let gateways: Gateway[];
let ports: number[];

beforeAll(async () => {
  const spawned = await spawnCluster({ nodes: 3, nodeTimeoutMs: 15_000 });
  if (spawned === undefined) return;
  cluster = spawned;
  region = await startClusterRegion(cluster);
  const { engine } = region;
  ports = await freePorts(2);
  gateways = await Promise.all(
    ports.map((port, at) => {
      const places = ports.map((one) => ({ host: "127.0.0.1", port: one }));
      const announce = at === 0 ? places : places.toReversed();
      return openGateway(engine, { listen: { host: "127.0.0.1", port }, announce });
    }),
  );
}, 60_000);

afterAll(async () => {
  await Promise.all((gateways ?? []).map((gateway) => gateway.stop()));
  await region?.stop();
  await cluster?.stop();
});

function nodes(): { host: string; port: number }[] {
  return [{ host: "127.0.0.1", port: ports[0] ?? 0 }];
}

describe.skipIf(!native)("clients of clusters", () => {
  test("ioredis Cluster: all gateways have their share, and each takes everything", async () => {
    const client = new Cluster(nodes());
    await Promise.all(NAMES.map((name) => client.set(name, name)));
    expect(await Promise.all(NAMES.map((name) => client.get(name)))).toEqual(NAMES);
    const found = client.nodes("master").map(({ options }) => options.port);
    expect(new Set(found)).toEqual(new Set(ports));
    for (const gateway of gateways) expect(gateway.stats().commandsWritten).toBeGreaterThan(10);
    expect(await client.multi().incr("{t}n").get("{t}n").exec()).toEqual([
      [null, 1],
      [null, "1"],
    ]);
    client.disconnect();
    const [one, other] = ports.map((port) => new Redis(port));
    expect(await one?.cluster("SLOTS")).toEqual(await other?.cluster("SLOTS"));
    expect(await one?.cluster("MYID")).not.toBe(await other?.cluster("MYID"));
    expect((await one?.call("CLUSTER", "SHARDS")) as unknown[]).toHaveLength(2);
    const lines = String(await one?.cluster("NODES")).split("\n");
    expect(lines.filter((line) => line.includes("myself,master"))).toHaveLength(1);
    expect(lines.map((line) => line.split(" ").at(-1)).join()).toBe(`0-${SLOTS / 2 - 1},${SLOTS / 2}-${SLOTS - 1},`);
    await one?.set("{slot}1", 1);
    const slot = Number(await one?.cluster("KEYSLOT", "{slot}"));
    expect(await one?.cluster("COUNTKEYSINSLOT", slot)).toBe(1);
    expect(await one?.cluster("GETKEYSINSLOT", slot, 10)).toEqual(["{slot}1"]);
    expect(await one?.call("READONLY")).toBe("OK");
    one?.disconnect();
    other?.disconnect();
  });

  test("node-redis cluster", async () => {
    const rootNodes = nodes().map(({ host, port }) => ({ url: `redis://${host}:${port}` }));
    const client = createCluster({ rootNodes });
    await client.connect();
    for (const name of NAMES) expect(await client.set(name, "x")).toBe("OK");
    expect(await client.incr("{c}n")).toBe(1);
    expect(await client.get("key7")).toBe("x");
    client.destroy();
  });
});

describe.skipIf(!native)("who a client is", () => {
  test("each client acts as its own user on every node", async () => {
    const [port = 0] = ports;
    const admin = new Redis(port);
    await admin.call("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+ping", "+hello", "+info");
    const reader = new Redis({ port, username: "reader", password: "secret" });
    expect(await reader.mget(NAMES)).toHaveLength(NAMES.length);
    for (const name of NAMES.slice(0, 9)) await expect(reader.set(name, "no")).rejects.toThrow("NOPERM");
    // It becomes somebody else on all of them.
    await reader.call("AUTH", "default", "");
    for (const name of NAMES.slice(0, 9)) expect(await reader.set(name, "yes")).toBe("OK");
    await reader.call("CLIENT", "SETNAME", "somebody");
    await reader.mget(NAMES);
    for (const node of cluster.nodes) expect(await node.redis.client("LIST")).toContain("name=somebody");
    reader.disconnect();
    admin.disconnect();
  });

  test("CLIENT KILL of a client at home closes it", async () => {
    const [port = 0] = ports;
    const victim = new Redis({ port, retryStrategy: null });
    const admin = new Redis(port);
    victim.on("error", () => undefined);
    const id = await victim.client("ID");
    expect(await admin.client("KILL", "ID", id)).toBe(1);
    await waitFor(() => victim.status === "end", { what: "the end of the connection" });
    admin.disconnect();
  });

  test("scripts and settings of all nodes; INFO counts all keys", async () => {
    const redis = new Redis(ports[0] ?? 0);
    await redis.config("SET", "slowlog-max-len", 77);
    for (const node of cluster.nodes) expect(await node.redis.config("GET", "slowlog-max-len")).toContain("77");
    const all = await redis.dbsize();
    const keys = async (): Promise<number> => Number(/db0:keys=(\d+)/.exec(await redis.info("keyspace"))?.[1]);
    await waitFor(async () => (await keys()) === all, { what: "INFO to count all keys" });
    redis.disconnect();
  });
});
