/** An engine whose server has a replica, with passwords on servers and Sentinel: it follows, and says what is wrong. */
import { type SpawnedRedis, spawnRedis, type SpawnedSentinel, spawnSentinel, waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { findServerBinary, startEngine, type Engine } from "../index.js";

const SECRET = "servers-secret";
const SENTINEL_SECRET = "sentinel-secret";
const open: { stop(): Promise<void> }[] = [];
const native = await findServerBinary();

beforeAll(() => {
  if (native === undefined) console.warn("SKIPPED: Sentinel needs a native server");
});
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.stop();
});

async function server(): Promise<SpawnedRedis> {
  const spawned = await spawnRedis({ native: true });
  if (spawned === undefined) throw new Error("no native server");
  open.push(spawned);
  const client = spawned.client();
  await client.config("SET", "repl-diskless-sync-delay", "0");
  await client.config("SET", "masterauth", SECRET);
  await client.config("SET", "requirepass", SECRET);
  client.disconnect();
  return spawned;
}

async function watched(): Promise<{ first: SpawnedRedis; second: SpawnedRedis; sentinel: SpawnedSentinel }> {
  const [first, second] = [await server(), await server()];
  const client = second.client({ password: SECRET });
  await client.call("REPLICAOF", "127.0.0.1", String(first.port));
  const isUp = async (): Promise<boolean> => (await client.info("replication")).includes("master_link_status:up");
  await waitFor(isUp, { what: "the replica to be in sync" });
  const passwords = { servers: SECRET, own: SENTINEL_SECRET };
  const options = { name: "cache", primaryPort: first.port, quorum: 1, downAfterMs: 1000, passwords };
  const sentinel = await spawnSentinel(options);
  if (sentinel === undefined) throw new Error("no native server");
  open.push(sentinel);
  return { first, second, sentinel };
}

test.skipIf(native === undefined)(
  "follows, with all its connections, and comes to the former primary",
  async () => {
    const { first, second, sentinel } = await watched();
    const urlOf = (secret: string) => `sentinel://default:${secret}@127.0.0.1:${sentinel.port}/cache`;
    const common = { region: "a", regions: ["a", "b"], sentinel: { password: SENTINEL_SECRET } };
    await expect(startEngine({ ...common, url: urlOf("wrong") })).rejects.toThrow(/is the primary.*WRONGPASS/);
    const engine: Engine = await startEngine({ ...common, url: urlOf(SECRET) });
    open.push(engine);
    const events: string[] = [];
    for (const event of ["moved", "down", "restarted", "up"] as const) {
      engine.on(event, () => events.push(event === "moved" ? `moved:${engine.hasPrimary ? engine.port : ""}` : event));
    }
    const blocking = engine.duplicate();
    let lost: unknown;
    blocking.call("XREAD", "BLOCK", "0", "STREAMS", "nothing", "$").catch((error: unknown) => (lost = error));
    expect(engine).toMatchObject({ kind: "attached", port: first.port, hasPrimary: true });
    expect(engine.former()).toBeUndefined();
    expect((await engine.findings()).map(({ code }) => code)).not.toContain("SENTINELS");

    const known = async (): Promise<boolean> =>
      JSON.stringify(await sentinel.client.call("SENTINEL", "REPLICAS", "cache")).includes(`"${second.port}"`);
    await waitFor(known, { what: "the Sentinel to know the replica", timeoutMs: 20_000 });
    await waitFor(async () => (await sentinel.client.call("SENTINEL", "FAILOVER", "cache")) === "OK", {
      what: "a failover",
    });
    await waitFor(() => events.includes("up"), { what: "the engine to be up again", timeoutMs: 20_000 });
    // Long before the former primary is made a replica.
    await waitFor(() => lost !== undefined, { what: "a read that was under way to be given up", timeoutMs: 2000 });
    expect(events.filter((event) => event !== "down")).toEqual(["moved:", `moved:${second.port}`, "restarted", "up"]);
    expect(engine.port).toBe(second.port);
    for (const redis of [engine.redis, blocking]) {
      expect(await redis.config("GET", "port")).toEqual(["port", String(second.port)]);
    }
    expect(await engine.former()?.config("GET", "port")).toEqual(["port", String(first.port)]);

    await sentinel.stop();
    expect(await engine.call("SET", "k", "v")).toBe("OK");
    const isTold = async (): Promise<boolean> => (await engine.findings()).some(({ code }) => code === "SENTINELS");
    await waitFor(isTold, { what: "a finding about the Sentinel" });
    expect(engine.hasPrimary).toBe(true);
  },
  60_000,
);
