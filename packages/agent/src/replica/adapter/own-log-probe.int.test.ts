/** What is durable where a real server has a replica: nothing that this has not got. */
import type { Engine } from "@meridian/engine";
import { type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { OwnLogProbe } from "./own-log-probe.js";

const open: SpawnedRedis[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function newServer(): Promise<SpawnedRedis | undefined> {
  const server = await spawnRedis({ native: true });
  if (server !== undefined) open.push(server);
  return server;
}

test("what a replica lacks is not durable", async (context) => {
  const [primary, replica] = [await newServer(), await newServer()];
  if (primary === undefined || replica === undefined) {
    console.warn("SKIPPED: replicas need a native server");
    context.skip();
    return;
  }
  const redis = primary.client();
  const probe = new OwnLogProbe({ redis, root: "mer:{0}" } as unknown as Engine);
  const vector = (stamp: number) => new Map([["us~1", stamp]]);
  expect(await probe.lookAtDisk("us~1", vector(1))).toEqual(vector(1));

  await redis.config("SET", "repl-diskless-sync-delay", "0");
  await replica.client().call("REPLICAOF", "127.0.0.1", String(primary.port));
  const isOnline = async (): Promise<boolean> => (await redis.info("replication")).includes("state=online");
  await waitFor(isOnline, { what: "the replica to be in sync", timeoutMs: 20_000 });
  await redis.set("k", "1");
  const shown = async (stamp: number): Promise<boolean> =>
    (await probe.lookAtDisk("us~1", vector(stamp)))?.get("us~1") === stamp;
  await waitFor(() => shown(2), { what: "what the replica has got to count" });

  process.kill(replica.pid, "SIGSTOP");
  try {
    await redis.set("k", "2");
    for (let look = 0; look < 20; look++) expect(await probe.lookAtDisk("us~1", vector(3))).toBeUndefined();
    expect(probe.onDisk).toEqual(vector(3));
  } finally {
    process.kill(replica.pid, "SIGCONT");
  }
  await waitFor(() => shown(3), { what: "it to count once the replica has got it" });
});
