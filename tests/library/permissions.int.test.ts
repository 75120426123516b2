/** Users with part of the rights: what they may not do is refused before anything is written. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Redis } from "ioredis";
import { findServerBinary } from "@meridian/engine";
import { libraryCode, ROOT, startServer, type TestServer } from "./support.js";

/** Valkey in WebAssembly has one user. */
const skipped = (await findServerBinary()) === undefined;
let server: TestServer;

beforeAll(async () => {
  if (skipped) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  server = await startServer("native", libraryCode());
  await server.call("configure", "us", "us,eu");
});
afterAll(() => server?.stop());

async function as(name: string, ...rules: string[]): Promise<Redis> {
  await server.plain("ACL", "SETUSER", name, "reset", "on", "nopass", ...rules);
  return server.redis.duplicate({ username: name, password: "any" });
}

function fcall(client: Redis, ...args: string[]): Promise<unknown> {
  return client.call("FCALL", "mer", "1", ROOT, ...args);
}

async function logLength(): Promise<number> {
  const keys = (await server.plain("KEYS", `${ROOT}:log:*`)) as string[];
  const lengths = await Promise.all(keys.map((key) => server.plain("XLEN", key)));
  return lengths.reduce<number>((sum, length) => sum + Number(length), 0);
}

test.skipIf(skipped)("a key that is not the user's stops the whole command", async () => {
  const app = await as("app", `~app:*`, `~${ROOT}*`, "+@all", "-@dangerous", "+info", "&news");
  expect(await fcall(app, "SET", "app:1", "v")).toBe("OK");
  const before = await logLength();
  await expect(fcall(app, "MSET", "app:2", "v", "other", "v")).rejects.toThrow(/^NOPERM /);
  await expect(fcall(app, "DEL", "app:1", "other")).rejects.toThrow(/^NOPERM /);
  await expect(fcall(app, "SADD", "other", "m")).rejects.toThrow(/^NOPERM /);
  await expect(fcall(app, "PUBLISH", "secret", "m")).rejects.toThrow(/^NOPERM /);
  expect(await server.redis.mget("app:1", "app:2", "other")).toEqual(["v", null, null]);
  expect(await logLength()).toBe(before);
  const replies = (await fcall(app, "pipeline", "3", "SET", "app:3", "v", "3", "SET", "other", "v")) as unknown[];
  expect(replies[0]).toBe("OK");
  expect(String(replies[1])).toContain("NOPERM");
  expect(await server.redis.mget("app:3", "other")).toEqual(["v", null]);
  for (const last of [
    ["3", "SET", "other", "v"],
    ["2", "GET", "other"],
  ]) {
    await expect(fcall(app, "transaction", "3", "SET", "app:4", "v", ...last)).rejects.toThrow(/^NOPERM /);
  }
  expect(await server.redis.mget("app:4", "other")).toEqual([null, null]);
  expect(await fcall(app, "transaction", "3", "SET", "app:4", "v", "2", "GET", "app:4")).toEqual(["OK", "v"]);
  app.disconnect();
});

test.skipIf(skipped)("the rights that the gateway's page names are enough", async () => {
  const app = await as("recipe", "+fcall", "+time", "+info", "+@read", "+@write", "+@scripting", "~app:*", `~${ROOT}*`);
  const groups = [
    ["SET", "app:1", "v"],
    ["INCR", "app:n"],
    ["HSET", "app:h", "f", "v"],
    ["RPUSH", "app:l", "v"],
    ["XADD", "app:x", "*", "f", "v"],
    ["EVAL", "return redis.call('GET', KEYS[1])", "1", "app:1"],
    ["FUNCTION", "LOAD", "#!lua name=recipe\nredis.register_function('f', function() return 1 end)"],
    ["EXPIRE", "app:1", "100"],
    ["DEL", "app:1"],
  ];
  for (const group of groups) expect(await fcall(app, ...group)).toBeTruthy();
  app.disconnect();
});

test.skipIf(skipped)("a user without what every write needs is told what to ask for", async () => {
  const poor = await as("poor", "~*", "&*", "+@all", "-@admin", "-xadd");
  const before = await logLength();
  await expect(fcall(poor, "SET", "k", "v")).rejects.toThrow(/^NOPERM .*'xadd'.*grant/);
  expect(await server.redis.get("k")).toBeNull();
  expect(await logLength()).toBe(before);
  poor.disconnect();
});

test.skipIf(skipped)("a command that the user may not run is refused by its name, whatever it is made of", async () => {
  const noIncr = await as("noincr", "~*", "&*", "+@all", "-incr");
  await expect(fcall(noIncr, "INCR", "n")).rejects.toThrow(/^NOPERM .*'incr'/);
  expect(await fcall(noIncr, "SET", "n", "1")).toBe("OK");
  noIncr.disconnect();
});
