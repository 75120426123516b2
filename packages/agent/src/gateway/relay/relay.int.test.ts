/** Reads at the region's own server and all else at the primary, over real servers: order, identity, holding, changes of role. */
import { type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Relay, startRelay } from "../gateway.js";
import type { RelayRouting } from "./relay-routing.js";

let near: SpawnedRedis;
let far: SpawnedRedis;
let relay: Relay;
let staleMs: number | undefined = 0;
const clients: Redis[] = [];
const native = await spawnRedis({ native: true });
const isMissing = native === undefined;

beforeAll(async () => {
  if (native === undefined) {
    console.warn("SKIPPED: replicas need a native server");
    return;
  }
  near = native;
  far = (await spawnRedis({ native: true }))!;
  const replica = near.client();
  await far.client().config("SET", "repl-diskless-sync-delay", "0");
  await replica.replicaof("127.0.0.1", far.port);
  await waitFor(async () => (await replica.info("replication")).includes("master_link_status:up"), { what: "a link" });
  replica.disconnect();
  relay = await startRelay({
    listen: { host: "127.0.0.1", port: 0 },
    routing: routing(),
    staleness: () => staleMs,
    bound: { stalenessMsMax: 1000, otherwise: "error" },
  });
});

afterAll(async () => {
  for (const client of clients) client.disconnect();
  if (isMissing) return;
  await relay.stop();
  await far.kill9(); // it would wait for its replica
  await far.stop();
  await near.stop();
});

function routing(more: Partial<RelayRouting> = {}): RelayRouting {
  return {
    near: { host: "127.0.0.1", port: near.port },
    primary: { host: "127.0.0.1", port: far.port },
    primaryRegion: "far",
    held: false,
    ...more,
  };
}

function client(options = {}): Redis {
  const made = new Redis(relay.port, { retryStrategy: () => null, maxRetriesPerRequest: 0, ...options });
  made.on("error", () => undefined);
  clients.push(made);
  return made;
}

test.skipIf(isMissing)("reads are near, writes and scripts at the primary, in the order of the commands", async () => {
  const redis = client();
  expect(await redis.config("GET", "port")).toEqual(["port", String(near.port)]);
  expect(await redis.set("k", "v")).toBe("OK");
  await waitFor(async () => (await redis.get("k")) === "v", { what: "the value near by" });
  const script = "return redis.call('info', 'replication')";
  expect(await redis.call("EVAL", script, "0")).toMatch(/role:master/);
  expect(await redis.call("EVAL_RO", script, "0")).toMatch(/role:slave/);
  const replies: unknown[] = [];
  for (let index = 0; index < 500; index++) {
    replies.push(redis.echo(String(index)), redis.incr("n"));
  }
  const all = await Promise.all(replies);
  expect(all).toEqual(Array.from({ length: 500 }, (_, index) => [String(index), index + 1]).flat());
});

test.skipIf(isMissing)("a transaction, and what it watches, is read at the primary", async () => {
  const redis = client();
  const behind = near.client();
  clients.push(behind);
  await redis.watch("stock");
  expect(await redis.config("GET", "port")).toEqual(["port", String(far.port)]);
  expect(await redis.multi().set("stock", "5").get("stock").exec()).toEqual([
    [null, "OK"],
    [null, "5"],
  ]);
  expect(await redis.config("GET", "port")).toEqual(["port", String(near.port)]);
  await redis.watch("stock");
  const other = client();
  await other.set("stock", "6");
  expect(await redis.multi().set("stock", "7").exec()).toBeNull();
  await expect(redis.call("REPLICAOF", "NO", "ONE")).rejects.toThrow(/MERIDIAN_UNSUPPORTED/);
});

test.skipIf(isMissing)("database, name and protocol hold for both connections", async () => {
  const redis = await createClient({ RESP: 3, socket: { port: relay.port }, database: 3, name: "ann" }).connect();
  expect(await redis.set("in-three", "1")).toBe("OK");
  expect(await redis.eval("return redis.call('dbsize')")).toBe(1);
  const direct = far.client({ db: 3 });
  clients.push(direct);
  expect(await direct.get("in-three")).toBe("1");
  expect(await direct.client("LIST")).toMatch(/name=ann/);
  await waitFor(async () => (await redis.hGetAll("h3")).field === undefined, { what: "a map" });
  await redis.close();
});

test.skipIf(isMissing)("messages reach who listens here, and are published at the primary", async () => {
  const [listener, redis] = [client(), client()];
  const seen: string[] = [];
  listener.on("message", (_channel: string, text: string) => seen.push(text));
  await listener.subscribe("news");
  await redis.publish("news", "hello");
  await waitFor(() => seen.length === 1, { what: "the message" });
  expect(seen).toEqual(["hello"]);
});

test.skipIf(isMissing)("what goes to the primary waits while it is held, and then goes where it is", async () => {
  const redis = client();
  await redis.set("h", "1");
  relay.use(routing({ held: true }));
  let done = false;
  const written = redis.set("h", "2").then(() => (done = true));
  const read = redis.config("GET", "port");
  const free = client();
  expect(await free.config("GET", "port")).toEqual(["port", String(near.port)]);
  expect(done).toBe(false);
  expect(relay.unanswered).toBe(0);
  relay.use(routing());
  await written;
  expect(await read).toEqual(["port", String(near.port)]);
});

test.skipIf(isMissing)("a waiting client does not hold up others, and hears of its value", async () => {
  const [redis, other] = [client(), client()];
  const popped = redis.blpop("queue", 0);
  await waitFor(async () => /cmd=blpop/.test(await far.client().client("LIST").then(String)), { what: "BLPOP" });
  expect(relay.unanswered).toBe(0);
  await other.rpush("queue", "job");
  expect(await popped).toEqual(["queue", "job"]);
});

test.skipIf(isMissing)("old data are refused where the bound says so", async () => {
  const redis = client();
  expect(await redis.get("k")).toBe("v");
  staleMs = 2000;
  await expect(redis.get("k")).rejects.toThrow(/MERIDIAN_STALE/);
  staleMs = undefined;
  await expect(redis.get("k")).rejects.toThrow(/MERIDIAN_STALE/);
  staleMs = 0;
  expect(await redis.get("k")).toBe("v");
});

test.skipIf(isMissing)("a primary that is away: reads go on, writes are told that nothing was done", async () => {
  const redis = client();
  relay.use(routing({ primary: { host: "127.0.0.1", port: 1 } }));
  const [written, read] = await Promise.allSettled([redis.set("k", "x"), redis.get("k")]);
  expect(written).toMatchObject({
    status: "rejected",
    reason: { message: expect.stringMatching(/MERIDIAN_UNREACHED/) },
  });
  expect(read).toEqual({ status: "fulfilled", value: "v" });
  relay.use(routing({ primary: undefined }));
  await expect(redis.set("k", "x")).rejects.toThrow(/MERIDIAN_NOPRIMARY/);
  relay.use(routing());
  expect(await redis.set("k", "v")).toBe("OK");
});

test.skipIf(isMissing)("a transaction that began at the former primary ends with its connection", async () => {
  const redis = client();
  await redis.watch("k");
  relay.use(routing({ primary: { host: "127.0.0.1", port: near.port } }));
  await waitFor(() => redis.status === "end", { what: "the client to be closed" });
  relay.use(routing());
});
