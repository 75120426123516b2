/** A server over `maxmemory`: writes are refused with Redis's error, and what frees memory still works. */
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";

const native = await findServerBinary();
let engine: Engine | undefined;
let gateway: Gateway | undefined;

beforeAll(async () => {
  if (native === undefined) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
});

afterAll(async () => {
  await gateway?.stop();
  await engine?.stop();
});

test.skipIf(native === undefined)("deletes are taken when the memory is full", async () => {
  const redis = new Redis(gateway?.port ?? 0);
  await redis.set("k", "v");
  await engine?.redis.config("SET", "maxmemory", "1");
  await expect(redis.set("k", "w")).rejects.toThrow(/^OOM /);
  const removed = await waitFor(() => redis.del("k").catch(() => 0), { what: "a delete to be taken" });
  expect(removed).toBe(1);
  expect(await redis.multi().del("k").exists("k").exec()).toEqual([
    [null, 0],
    [null, 0],
  ]);
  await expect(redis.set("k", "w")).rejects.toThrow(/^OOM /);
  expect(await redis.call("EVAL_RO", "return redis.call('GET', KEYS[1])", 1, "k")).toBeNull();
  expect(await redis.eval("return redis.call('DEL', KEYS[1])", 1, "k")).toBe(0);
  await expect(redis.eval("return redis.call('SET', KEYS[1], 1)", 1, "k")).rejects.toThrow(/^OOM /);
  const mixed = await redis.pipeline().del("k").set("k", "w").exec();
  expect(mixed?.map(([error, reply]) => error?.message.slice(0, 4) ?? reply)).toEqual([0, "OOM "]);
  await engine?.redis.config("SET", "maxmemory", "0");
  expect(await redis.set("k", "w")).toBe("OK");
  redis.disconnect();
});

test.skipIf(native === undefined)(
  "scripts, functions and reads are told apart at once where the limit was set here",
  async () => {
    const redis = new Redis(gateway?.port ?? 0);
    await redis.set("k", "v");
    const library =
      "#!lua name=lib\nredis.register_function('drop', function(keys) return redis.call('DEL', keys[1]) end)";
    await redis.call("FUNCTION", "LOAD", library);
    await redis.config("SET", "maxmemory", "1");
    expect(await redis.eval("return redis.call('GET', KEYS[1])", 1, "k")).toBe("v");
    await expect(redis.fcall("drop", 1, "k")).rejects.toThrow(/^OOM allow-oom flag/);
    expect(await redis.multi().get("k").ping().exec()).toEqual([
      [null, "v"],
      [null, "PONG"],
    ]);
    await expect(redis.call("FUNCTION", "LOAD", "REPLACE", library)).rejects.toThrow(/^OOM /);
    expect(await redis.call("FUNCTION", "FLUSH")).toBe("OK");
    await redis.config("SET", "maxmemory", "0");
    redis.disconnect();
  },
);
