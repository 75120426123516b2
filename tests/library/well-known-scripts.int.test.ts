/**
 * Scripts as they are found in the wild, unchanged: locks, rate limiters, and those of BullMQ, recorded while its own
 * queues and workers run on a plain server. What was recorded is then done to a plain server and to a region, one by one.
 */
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { libraryCode, startServer, type Plain, type TestServer } from "./support.js";

const skipped = (await findServerBinary()) === undefined;
const load = createRequire(import.meta.url);

const releaseLock = `if redis.call("get", KEYS[1]) == ARGV[1] then
  return redis.call("del", KEYS[1])
else
  return 0
end`;

const extendLock = `if redis.call("get", KEYS[1]) == ARGV[1] then
  return redis.call("pexpire", KEYS[1], ARGV[2])
end
return 0`;

const slidingWindow = `local key, now, window, limit = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', key, 0, now - window)
local count = redis.call('ZCARD', key)
if count >= limit then
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return {0, count, tonumber(oldest[2]) + window - now}
end
redis.call('ZADD', key, now, ARGV[4])
redis.call('PEXPIRE', key, window)
return {1, count + 1, 0}`;

const tokenBucket = `local rate, capacity, now, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local fields = redis.call("hmget", KEYS[1], "tokens", "at")
local tokens = tonumber(fields[1]) or capacity
local filled = math.min(capacity, tokens + math.max(0, now - (tonumber(fields[2]) or now)) * rate)
local isAllowed = filled >= wanted
if isAllowed then filled = filled - wanted end
redis.call("hset", KEYS[1], "tokens", filled, "at", now)
redis.call("expire", KEYS[1], math.ceil(capacity / rate * 2))
return {isAllowed, tostring(filled)}`;

const leaderboard = `local added = redis.call('ZINCRBY', KEYS[1], ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], cjson.encode({score = tonumber(added), at = ARGV[3]}))
local rank = redis.call('ZREVRANK', KEYS[1], ARGV[1])
redis.call('LPUSH', KEYS[3], cmsgpack.pack({ARGV[1], tonumber(ARGV[2])}))
redis.call('LTRIM', KEYS[3], 0, 9)
return {rank, added, cmsgpack.unpack(redis.call('LINDEX', KEYS[3], 0))[1]}`;

type Call = [code: string, keys: string[], ...args: string[]];

const calls: Call[] = [
  ["return redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])", ["lock"], "mine", "100000"],
  ["return redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])", ["lock"], "other", "100000"],
  [extendLock, ["lock"], "other", "200000"],
  [extendLock, ["lock"], "mine", "200000"],
  [releaseLock, ["lock"], "other"],
  [releaseLock, ["lock"], "mine"],
  ...[1000, 1001, 1002, 1003, 2100, 2101].map((now): Call => [
    slidingWindow,
    ["window"],
    `${now}`,
    "1000",
    "3",
    `${now}`,
  ]),
  ...[0, 0, 1, 2, 9].map((now): Call => [tokenBucket, ["bucket"], "0.5", "10", `${now}`, "4"]),
  ...["ann", "bob", "ann", "cid"].map((name, at): Call => [
    leaderboard,
    ["board", "details", "latest"],
    name,
    `${at + 0.5}`,
    "now",
  ]),
];

interface Recorded {
  readonly name: string;
  readonly args: string[];
}

/** Everything that ioredis sends in this process meanwhile. */
async function recording(run: () => Promise<void>): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  const prototype = Redis.prototype as unknown as { sendCommand: (command: SentCommand, stream?: unknown) => unknown };
  const original = prototype.sendCommand;
  prototype.sendCommand = function (this: unknown, command, stream) {
    const args = command.args.map((argument) =>
      Buffer.isBuffer(argument) ? argument.toString("latin1") : Buffer.from(String(argument)).toString("latin1"),
    );
    recorded.push({ name: command.name.toUpperCase(), args });
    return original.call(this, command, stream);
  };
  try {
    await run();
  } finally {
    prototype.sendCommand = original;
  }
  return recorded;
}

interface SentCommand {
  readonly name: string;
  readonly args: unknown[];
}

/** Queues and a worker at work: every kind of job, and most of what can be done to a queue. */
async function useQueues(port: number): Promise<void> {
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  const queue = new Queue("work", { connection });
  await queue.add("plain", { text: "é\0" });
  await queue.addBulk([1, 2, 3].map((n) => ({ name: "bulk", data: { n }, opts: { priority: n } })));
  await queue.add("later", {}, { delay: 50 });
  await queue.add("fails", {}, { attempts: 2, backoff: { type: "fixed", delay: 10 } });
  await queue.add("once", {}, { jobId: "own-id", removeOnComplete: true });
  await queue.add("once", {}, { jobId: "own-id" });
  await queue.upsertJobScheduler("often", { every: 3_600_000 }, { name: "often", data: {} });
  await queue.pause();
  await queue.resume();
  let done = 0;
  const worker = new Worker(
    "work",
    async (job) => {
      await job.updateProgress(50);
      await job.log("a line");
      if (job.name === "fails") throw new Error("as it should");
      return { done: job.name };
    },
    { connection, concurrency: 2, limiter: { max: 100, duration: 1000 } },
  );
  worker.on("completed", () => done++);
  const failed = async (): Promise<number> => await queue.getFailedCount();
  await waitFor(async () => done >= 7 && (await failed()) === 1, { what: "the jobs to be done" });
  const [job] = await queue.getFailed();
  await job?.retry();
  await waitFor(async () => (await job?.isFailed()) === true, { what: "the job to fail again" });
  await worker.close();
  await queue.getJobs();
  await queue.getJobCounts();
  await queue.removeJobScheduler("often");
  const last = await queue.add("last", {});
  await last.updateData({ changed: true });
  await last.changePriority({ priority: 5 });
  await last.remove();
  await queue.clean(0, 100, "completed");
  await queue.drain(true);
  await queue.obliterate({ force: true });
  await queue.add("fresh", {});
  await queue.close();
}

/** BullMQ's scripts by their SHA1. */
function bullScripts(): Map<string, string> {
  const folder = `${load.resolve("bullmq").replace(/dist\/cjs\/.*$/, "")}dist/cjs/scripts`;
  const scripts = new Map<string, string>();
  for (const file of readdirSync(folder)) {
    if (!/-\d+\.js$/.test(file)) continue;
    for (const value of Object.values(load(`${folder}/${file}`) as Record<string, { content?: string }>)) {
      if (value.content !== undefined)
        scripts.set(createHash("sha1").update(value.content).digest("hex"), value.content);
    }
  }
  return scripts;
}

const unasked = /^(INFO|CLIENT|CONFIG|SUBSCRIBE|UNSUBSCRIBE|QUIT|MULTI|EXEC|HELLO|AUTH|SELECT|SCRIPT)$/;

/** What is worth doing again: scripts by their text, and nothing that waits. */
function repeatable(recorded: Recorded[], scripts: Map<string, string>): string[][] {
  const commands: string[][] = [];
  for (const { name, args } of recorded) {
    const [first = "", ...rest] = args;
    if (name === "EVALSHA") commands.push(["EVAL", Buffer.from(scripts.get(first) ?? "").toString("latin1"), ...rest]);
    else if (name === "BZPOPMIN") commands.push(["ZPOPMIN", first]);
    else if (name !== "EVAL" && !unasked.test(name)) commands.push([name, ...args]);
  }
  return commands;
}

const readers: Record<string, string[]> = {
  string: ["GET"],
  hash: ["HGETALL"],
  set: ["SMEMBERS"],
  list: ["LRANGE", "0", "-1"],
  zset: ["ZRANGE", "0", "-1", "WITHSCORES"],
  stream: ["XRANGE", "-", "+"],
};

/** Every key with its value; ids of streams are the servers' own. */
async function keyspace(server: TestServer): Promise<Record<string, Plain>> {
  const all: Record<string, Plain> = {};
  for (const key of ((await server.plain("KEYS", "*")) as string[]).toSorted()) {
    if (key.startsWith("mer:{0}")) continue;
    const type = (await server.plain("TYPE", key)) as string;
    const [reader = "", ...rest] = readers[type] ?? [];
    const value = (await server.plain(reader, key, ...rest)) as Plain[];
    if (type === "stream") all[key] = value.map((entry) => (entry as Plain[])[1] ?? false);
    else all[key] = type === "hash" || type === "set" ? value.map(String).toSorted() : value;
  }
  return all;
}

/** Large hashes come in each server's own order. */
function sorted(reply: Plain): Plain {
  if (!Array.isArray(reply)) return reply;
  return reply.map(sorted).toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

describe.skipIf(skipped)("on a server", () => {
  let plain: TestServer;
  let region: TestServer;

  beforeAll(async () => {
    plain = await startServer("native", undefined);
    region = await startServer("native", libraryCode());
    await region.call("configure", "us", "us,eu");
  });
  afterAll(() => Promise.all([plain?.stop(), region?.stop()]));

  test("locks, rate limiters and a leader board", async () => {
    for (const [code, keys, ...args] of calls) {
      const command = ["EVAL", code, String(keys.length), ...keys, ...args];
      expect(await region.call(...command), command.join(" ")).toEqual(await plain.plain(...command));
    }
    expect(await keyspace(region)).toEqual(await keyspace(plain));
  });

  test("BullMQ's scripts all compile", async () => {
    const scripts = bullScripts();
    expect(scripts.size).toBeGreaterThan(45);
    for (const [sha, code] of scripts) {
      expect(await region.call("SCRIPT", "LOAD", Buffer.from(code).toString("latin1")), code.slice(0, 200)).toBe(sha);
    }
  });

  test("what BullMQ's queues and workers do", async () => {
    const scripts = bullScripts();
    const recorded = await recording(() => useQueues(plain.redis.options.port ?? 0));
    const commands = repeatable(recorded, scripts);
    const used = new Set(commands.filter(([name]) => name === "EVAL").map(([, code]) => code));
    expect(used.size).toBeGreaterThan(20);
    await Promise.all([plain.plain("FLUSHALL"), region.call("FLUSHALL")]);
    for (const [at, command] of commands.entries()) {
      const what = `${at}: ${command.join(" ").slice(0, 300)}`;
      const single = (await region.call("pipeline", String(command.length), ...command)) as Plain[];
      expect(sorted(single[0] ?? false), what).toEqual(sorted(await plain.plain(...command)));
    }
    expect(await keyspace(region)).toEqual(await keyspace(plain));
  }, 60_000);
});
