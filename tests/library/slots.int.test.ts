/**
 * Hash slots as partitions, on a real cluster: a call does nothing while its slot is on the way to another node, and nothing with
 * keys of another slot, whatever the command.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands, rootOfSlot, slotOfKey } from "@meridian/core";
import { spawnCluster, type ClusterNode, type SpawnedCluster } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { kinds, libraryCode, startServer, type TestServer } from "./support.js";

const HERE = "{a}";
const SLOT = slotOfKey(HERE);
const ROOT = rootOfSlot(SLOT);
/** Another slot of the same node, and one of another node. */
const NEAR = "{d}";
const FAR = "{b}";

let cluster: SpawnedCluster | undefined;
let node: ClusterNode;
let other: ClusterNode;
/** The same partition on a server that is no node of a cluster. */
let lone: TestServer;

const call = (redis: Redis, ...command: string[]): Promise<unknown> =>
  redis.call("FCALL", "mer", "1", ROOT, ...command);
const textOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => (error instanceof Error ? error.message : String(error)));

beforeAll(async () => {
  const code = libraryCode();
  lone = await startServer(kinds[0] ?? "wasm", code);
  await call(lone.redis, "configure", "us", "us,eu", "", "slots");
  cluster = await spawnCluster({ nodes: 2 });
  if (cluster === undefined) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  for (const { redis } of cluster.nodes) await redis.call("FUNCTION", "LOAD", "REPLACE", code);
  node = await cluster.ownerOf(SLOT);
  other = cluster.nodes.find((one) => one !== node)!;
  await call(node.redis, "configure", "us", "us,eu", "", "slots");
});
afterAll(async () => {
  await lone.stop();
  await cluster?.stop();
});

/** One of each command that names keys: `k` and `l` are keys. */
const SAMPLES =
  `SET k v | SETNX k v | SETEX k 9 v | PSETEX k 9 v | GETSET k v | GETDEL k | GETEX k | APPEND k v | SETRANGE k 1 v
MSET k v l v | MSETNX k v l v | INCR k | DECR k | INCRBY k 1 | DECRBY k 1 | INCRBYFLOAT k 1 | MERIDIAN.BOUNDED CREATE k 9 | SETBIT k 1 1 | BITOP AND k l
BITFIELD k SET u8 0 1 | PFADD k e | PFMERGE k l | HSET k f v | HMSET k f v | HSETNX k f v | HDEL k f | HINCRBY k f 1
HINCRBYFLOAT k f 1 | SADD k m | SREM k m | SPOP k | SMOVE k l m | SINTERSTORE k l | SUNIONSTORE k l | SDIFFSTORE k l
ZADD k 1 m | ZINCRBY k 1 m | ZREM k m | ZPOPMIN k | ZPOPMAX k | ZREMRANGEBYRANK k 0 1 | ZREMRANGEBYSCORE k 0 1
ZREMRANGEBYLEX k - + | ZUNIONSTORE k 1 l | ZINTERSTORE k 1 l | ZDIFFSTORE k 1 l | ZRANGESTORE k l 0 1 | ZMPOP 2 k l MIN
BZMPOP 0 2 k l MIN | BZPOPMIN k l 0 | BZPOPMAX k l 0 | GEOADD k 1 1 m | GEOSEARCHSTORE k l FROMLONLAT 1 1 BYRADIUS 1 m
GEORADIUS k 1 1 1 m STORE l | GEORADIUSBYMEMBER k m 1 m STOREDIST l | LPUSH k e | RPUSH k e | LPUSHX k e | RPUSHX k e | LPOP k
RPOP k | BLPOP k l 0 | BRPOP k l 0 | LMPOP 2 k l LEFT | BLMPOP 0 2 k l LEFT | LMOVE k l LEFT LEFT | BLMOVE k l LEFT LEFT 0
RPOPLPUSH k l | BRPOPLPUSH k l 0 | LINSERT k BEFORE p e | LSET k 0 e | LREM k 0 e | LTRIM k 0 1 | SORT k STORE l | RESTORE k 0 x
MERIDIAN.BOUNDED CREATE k 1 | DEL k l | UNLINK k l | EXPIRE k 9 | PEXPIRE k 9 | EXPIREAT k 9 | PEXPIREAT k 9 | PERSIST k | RENAME k l | RENAMENX k l | COPY k l
XADD k * f v | XDEL k 1-1 | XTRIM k MAXLEN 1 | XSETID k 1-1 | XACK k g 1-1 | XCLAIM k g c 0 1-1 | XAUTOCLAIM k g c 0 0
XGROUP CREATE k g $ MKSTREAM | XREADGROUP GROUP g c STREAMS k l > > | SPUBLISH k m | EVAL return{KEYS[1]} 2 k l | EVAL_RO return 2 k l
MERIDIAN.BOUNDED CREATE k 5 | MERIDIAN.CONFLICT READ k`
    .split(/[|\n]/)
    .map((text) => text.trim().split(" "));

/** The sample with these in the places of its keys. */
function named(sample: readonly string[], k: string, l: string): string[] {
  return sample.map((word) => (word === "k" ? k : word === "l" ? l : word));
}

/** Whatever was written, by anybody, anywhere: by key its digest. */
async function contents(redis: Redis): Promise<unknown> {
  const keys = (await redis.keys("*")).sort();
  return Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)]));
}

const CROSSING = "CROSSSLOT Keys in request don't hash to the same slot";

async function expectRefused(redis: Redis, elsewhere: string): Promise<void> {
  await call(redis, "SET", `${HERE}before`, "v");
  const before = await contents(redis);
  for (const sample of SAMPLES) {
    for (const [k, l] of [
      ["k", "l"].map((key) => elsewhere + key),
      [`${HERE}k`, `${elsewhere}l`],
      [`${elsewhere}k`, `${HERE}l`],
    ]) {
      const command = named(sample, k!, l!);
      if (!command.some((word) => word.startsWith(elsewhere))) continue;
      expect(await textOf(call(redis, ...command)), command.join(" ")).toBe(CROSSING);
      const piped = [String(command.length), ...command];
      expect(String(await call(redis, "pipeline", ...piped)), command.join(" ")).toContain("CROSSSLOT");
    }
  }
  expect(await contents(redis)).toEqual(before);
}

test("the samples are of all commands that name keys", () => {
  const keyless = [
    "FLUSHALL",
    "FLUSHDB",
    "PUBLISH",
    "SCRIPT",
    "FUNCTION",
    "FCALL",
    "FCALL_RO",
    "EVALSHA",
    "EVALSHA_RO",
  ];
  const sampled = new Set(SAMPLES.map(([name]) => name!));
  expect(Object.keys(commands).filter((name) => !sampled.has(name) && !keyless.includes(name))).toEqual([]);
});

test("keys of another slot are refused before anything is written, whatever the command", async ({ skip }) => {
  await expectRefused(lone.redis, FAR);
  if (cluster === undefined) return skip("no native server on the PATH");
  expect((await cluster.ownerOf(slotOfKey(NEAR))).id).toBe(node.id);
  expect((await cluster.ownerOf(slotOfKey(FAR))).id).toBe(other.id);
  await expectRefused(node.redis, NEAR);
  await expectRefused(node.redis, FAR);
});

test("the samples are no misuse: with keys of the slot none is refused for that", async ({ skip }) => {
  if (cluster === undefined) return skip("no native server on the PATH");
  for (const { redis } of [node, lone]) {
    for (const sample of SAMPLES) {
      const reply = await textOf(call(redis, ...named(sample, `${HERE}k`, `${HERE}l`)));
      expect(String(reply), sample.join(" ")).not.toMatch(/CROSSSLOT|script|arguments|syntax/);
    }
    await call(redis, "FLUSHALL");
  }
});

test("what goes before in a pipeline or a script is one unit, and stays", async ({ skip }) => {
  if (cluster === undefined) return skip("no native server on the PATH");
  const { redis } = node;
  const [key, elsewhere] = [`${HERE}unit`, `${NEAR}unit`];
  expect(String(await call(redis, "pipeline", "2", "INCR", key, "2", "INCR", elsewhere, "2", "INCR", key))).toBe(
    `1,ReplyError: ${CROSSING},2`,
  );
  const script = `redis.call('INCR', '${key}') redis.call('INCR', '${elsewhere}') redis.call('INCR', '${key}')`;
  expect(await textOf(call(redis, "EVAL", script, "0"))).toContain(CROSSING);
  expect(await redis.get(key)).toBe("3");
  const origin = (await redis.hget(ROOT, "origin"))!;
  const [, frames] = (await call(redis, "read", origin, "0", "1000", "100000")) as string[];
  expect(frames).toContain(key);
  expect(await redis.exists(`${ROOT}:m`)).toBe(0);
  expect(await textOf(call(redis, "pipeline", "2", "GET", elsewhere))).toEqual([
    expect.objectContaining({ message: CROSSING }),
  ]);
  expect(await textOf(call(redis, "FUNCTION", "LOAD", "#!lua name=x\n"))).toContain("EVALSHA");
  expect(await textOf(call(redis, "FCALL", "f", "0"))).toContain("EVALSHA");
});

test("a node shows and counts what its slots have, and none of their own keys", async ({ skip }) => {
  if (cluster === undefined) return skip("no native server on the PATH");
  const roots = [ROOT, rootOfSlot(slotOfKey(NEAR))];
  for (const redis of [node.redis, lone.redis]) {
    const show = (...command: string[]) => redis.call("FCALL", "mer_show", "0", "mer:{", ...command);
    await redis.call("FCALL", "mer", "1", roots[1]!, "configure", "us", "us,eu", "", "slots");
    await call(redis, "FLUSHALL");
    await call(redis, "MSET", `${HERE}shown`, "1", `${HERE}too`, "2");
    await redis.call("FCALL", "mer", "1", roots[1]!, "SET", `${NEAR}shown`, "3");
    const all = [`${HERE}shown`, `${HERE}too`, `${NEAR}shown`];
    expect(((await show("KEYS", "*")) as string[]).sort()).toEqual(all);
    expect(((await show("SCAN", "0", "COUNT", "1000")) as [string, string[]])[1].sort()).toEqual(all);
    expect(all).toContain(await show("RANDOMKEY"));
    expect(await show("DBSIZE")).toBe(3);
    expect(await show("DBSIZE", ...roots)).toBe(3);
    await call(redis, "DEL", `${HERE}too`);
    expect(await show("DBSIZE", ...roots)).toBe(2);
    expect(await textOf(call(redis, "SET", `${roots[1]!}:x${HERE}`, "v"))).toContain("MERIDIAN_RESERVEDKEY");
    await call(redis, "FLUSHALL");
    expect(((await show("KEYS", "*")) as string[]).sort()).toEqual([`${NEAR}shown`]);
    await redis.call("FCALL", "mer", "1", roots[1]!, "FLUSHALL");
  }
});

test("an entry that names a key of another slot is refused whole", async ({ skip }) => {
  if (cluster === undefined) return skip("no native server on the PATH");
  const near = rootOfSlot(slotOfKey(NEAR));
  const at = (redis: Redis, ...command: (string | Buffer)[]) => redis.callBuffer("FCALL", "mer", "1", near, ...command);
  await at(lone.redis, "configure", "us", "us,eu", "", "slots");
  await at(lone.redis, "SET", `${NEAR}sent`, "v");
  const origin = (await lone.redis.hget(near, "origin"))!;
  const log = `${near}:log:${origin}`;
  const [[, fields]] = (await lone.redis.xrevrangeBuffer(log, "+", "-", "COUNT", 1)) as unknown as [[Buffer, Buffer[]]];
  const before = await contents(node.redis);
  const applied = node.redis.call("FCALL", "mer", "1", ROOT, "apply", origin, fields[1]!);
  expect(await textOf(applied)).toContain("MERIDIAN_BADENTRY");
  expect(await contents(node.redis)).toEqual(before);
});

test("a partition stays what it was configured as", async () => {
  expect(await textOf(call(lone.redis, "configure", "us", "us,eu"))).toContain("MERIDIAN_PARTITIONS");
  expect(await call(lone.redis, "configure", "us", "us,eu", "", "slots")).toBe("OK");
  await lone.redis.set(`${HERE}stray`, "v");
  await call(lone.redis, "SET", `${HERE}known`, "v");
  const asked = [`${HERE}stray`, `${HERE}known`, `${HERE}none`];
  expect(await call(lone.redis, "digest", "unknown", ...asked)).toEqual([`${HERE}stray`]);
});

/** Each of these reads or writes, of users and of agents. */
const CALLS = [
  ["SET", `${HERE}moving`, "other"],
  ["pipeline", "2", "GET", `${HERE}moving`],
  ["EVAL_RO", "return 1", "0"],
  ["EVAL", "redis.call('SET', KEYS[1], 'other')", "1", `${HERE}moving`],
  ["FLUSHALL"],
  ["state"],
  ["read", "us~x", "0", "10", "1000"],
  ["export", "0", "10", "1000", "eu"],
  ["sweep", "0", "64"],
  ["configure", "us", "us,eu", "", "slots"],
];

async function expectWaits(to: Redis, isAsking: boolean): Promise<void> {
  for (const command of CALLS) {
    const pipeline = to.pipeline();
    if (isAsking) pipeline.call("ASKING");
    pipeline.call("FCALL", "mer", "1", ROOT, ...command);
    const replies = (await pipeline.exec())!;
    expect(String(replies.at(-1)![0] ?? replies.at(-1)![1]), command.join(" ")).toMatch(/TRYAGAIN/);
  }
}

test("while the slot moves nothing is read or written, on either node, and nothing is lost", async ({ skip }) => {
  if (cluster === undefined) return skip("no native server on the PATH");
  for (const [key, value] of Object.entries({ moving: "v", counter: "7", gone: "x" })) {
    await call(node.redis, "SET", HERE + key, value);
  }
  await call(node.redis, "INCRBY", `${HERE}counter`, "5");
  const before = await call(node.redis, "state");
  await other.redis.call("CLUSTER", "SETSLOT", SLOT, "IMPORTING", node.id);
  await expectWaits(other.redis, true);
  await node.redis.call("CLUSTER", "SETSLOT", SLOT, "MIGRATING", other.id);
  await expectWaits(node.redis, false);
  const move = (...keys: string[]) => node.redis.call("MIGRATE", "127.0.0.1", other.port, "", 0, 5000, "KEYS", ...keys);
  const keys = (await node.redis.call("CLUSTER", "GETKEYSINSLOT", SLOT, 1000)) as string[];
  const own = [ROOT, `${ROOT}:w`];
  for (const key of [...keys.filter((one) => !own.includes(one)), `${ROOT}:w`]) {
    await move(key);
    if (key.endsWith("moving") || key.endsWith(":w")) {
      await expectWaits(node.redis, false);
      await expectWaits(other.redis, true);
    }
  }
  await move(ROOT);
  await expectWaits(other.redis, true);
  expect(await textOf(call(node.redis, "state"))).toMatch(/^ASK /);
  for (const { redis } of [other, node]) await redis.call("CLUSTER", "SETSLOT", SLOT, "NODE", other.id);
  expect(await call(other.redis, "INCR", `${HERE}counter`)).toBe(13);
  expect(await other.redis.mget(`${HERE}moving`, `${HERE}gone`)).toEqual(["v", "x"]);
  const after = await call(other.redis, "state");
  expect(after).not.toEqual(before); // another process: another incarnation
  await cluster.moveSlots(other, node, [SLOT]);
  expect(await call(node.redis, "INCR", `${HERE}counter`)).toBe(14);
});

test("FLUSHALL of a slot without keys is no entry of its log, and one of a slot with keys is", async () => {
  const entries = async (): Promise<number> => {
    const state = (await call(lone.redis, "state")) as [number, string, string];
    return lone.redis.xlen(`${ROOT}:log:${state[2]}`);
  };
  await call(lone.redis, "FLUSHALL");
  const before = await entries();
  expect(await call(lone.redis, "FLUSHALL")).toBe("OK");
  expect(await entries()).toBe(before);
  await call(lone.redis, "SET", HERE, "v");
  expect(await call(lone.redis, "FLUSHALL")).toBe("OK");
  expect(await entries()).toBe(before + 2);
  expect(await lone.redis.exists(HERE)).toBe(0);
});
