/** What becomes of a script around its run: in other regions, half-way, without rights, memory or end. */
import { findServerBinary } from "@meridian/engine";
import { spawnRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { replicate, startRegions, type TestRegion } from "./regions.js";
import { libraryCode, ROOT, type Plain } from "./support.js";

/** Valkey in WebAssembly has one user, one connection at a time and no limit of memory that it would heed. */
const skipped = (await findServerBinary()) === undefined;

function error(pattern: RegExp): { err: string } {
  return { err: expect.stringMatching(pattern) as string };
}

function sha(code: string): string {
  return createHash("sha1").update(code, "latin1").digest("hex");
}

async function logLength(region: TestRegion): Promise<number> {
  const keys = (await region.plain("KEYS", `${ROOT}:log:*`)) as string[];
  const lengths = await Promise.all(keys.map((key) => region.plain("XLEN", key)));
  return lengths.reduce<number>((sum, length) => sum + Number(length), 0);
}

describe("in two regions", () => {
  let us: TestRegion;
  let eu: TestRegion;

  beforeAll(async () => {
    [us, eu] = await startRegions(["us", "eu"]);
  });
  afterAll(() => Promise.all([us?.stop(), eu?.stop()]));

  test("all that a script wrote is one entry, and is there whole", async () => {
    const before = await logLength(us);
    const code = `redis.call('SET', KEYS[1], ARGV[1])
      for i = 1, 100 do redis.call('HINCRBY', KEYS[2], i % 10, i) end
      redis.call('SADD', 'undeclared', unpack(ARGV))
      redis.call('RPUSH', 'list', 1, 2, 3) redis.call('LPOP', 'list')
      redis.call('ZADD', 'zset', 1.5, 'm') redis.call('PEXPIRE', KEYS[1], 1000000)
      return redis.call('GET', KEYS[1])`;
    expect(await us.call("EVAL", code, "2", "k", "h", "\0\xff\r\n", "b")).toBe("\0\xff\r\n");
    expect(await logLength(us)).toBe(before + 1);
    expect(await replicate(us, eu)).toHaveLength(1);
    for (const key of ["k", "h", "undeclared", "list", "zset"]) {
      for (const command of [
        ["DUMP", key],
        ["PEXPIRETIME", key],
      ]) {
        const [here, there] = [await us.plain(...command), await eu.plain(...command)];
        if (key === "undeclared" || key === "h") continue; // no order
        expect(there, command.join(" ")).toEqual(here);
      }
    }
    expect((await eu.plain("HGETALL", "h")) as string[]).toHaveLength(20);
    expect(new Set((await eu.plain("SMEMBERS", "undeclared")) as string[])).toEqual(new Set(["\0\xff\r\n", "b"]));
  });

  test("one that fails half-way leaves what it wrote, here and there, as one entry", async () => {
    const before = await logLength(us);
    const code =
      "redis.call('SET', 'half', 1) redis.call('INCR', 'half') redis.call('INCR', 'k') redis.call('SET', 'half', 9)";
    expect(await us.call("EVAL", code, "0")).toEqual(
      error(new RegExp(`^ERR value is not an integer or out of range script: ${sha(code)}, on @user_script:1\\.$`)),
    );
    expect(await logLength(us)).toBe(before + 1);
    await replicate(us, eu);
    expect(await eu.plain("GET", "half")).toBe("2");
  });

  test("one that wrote nothing is no entry", async () => {
    const before = await logLength(us);
    await us.call("EVAL", "return redis.call('GET', 'k')", "0");
    await us.call("EVAL", "return redis.pcall('INCR', 'k')", "0");
    await us.call("EVAL", "redis.call('DEL', 'none') error('boom')", "0");
    expect(await logLength(us)).toBe(before);
  });

  test("in a pipeline a script is a part of the unit, and its reply an element", async () => {
    const before = await logLength(us);
    const script = ["EVAL", "redis.call('INCR', 'n') return {redis.call('GET', 'n'), false, {err='E'}}", "0"];
    const parts = [["SET", "n", "1"], script, ["EVAL", "return nil", "0"], ["EVAL", "error('x')", "0"], ["GET", "n"]];
    const replies = await us.call("pipeline", ...parts.flatMap((part) => [String(part.length), ...part]));
    expect(replies).toEqual(["OK", ["2", false, { err: "E" }], false, error(/^ERR user_script:1: x script: /), "2"]);
    expect(await logLength(us)).toBe(before + 1);
  });

  test("what a script does to a reply or to its arguments changes nothing that is logged", async () => {
    await us.call("SADD", "members", "a", "b");
    await us.call("EVAL", "local r = redis.call('SPOP', 'members', 2) r[1] = 'x' r[2] = nil return r", "0");
    await us.call("EVAL", "local t = redis.call('SET', 'ok', 1) t.ok = 'CHANGED' KEYS[1] = 'x'", "1", "ok");
    expect(await us.call("SET", "ok", "2")).toBe("OK");
    await us.call("SADD", "members", "c");
    await replicate(us, eu);
    expect(await eu.plain("SMEMBERS", "members")).toEqual(["c"]);
  });

  test("what a script puts where it can stays its own", async () => {
    for (const attempt of ["rawset(redis, 'call', function() return 'mine' end)", "rawset(redis, 'x', 1)"]) {
      await us.call("EVAL", attempt, "0");
    }
    await us.call("EVAL", "getmetatable(redis).__index.call = 1", "0");
    expect(await us.call("EVAL", "return redis.call('ECHO', 'x')", "0")).toBe("x");
    expect(await us.call("EVAL", "return redis.x", "0")).toBe(false);
  });

  test("the keys that it names may not be Meridian's own, and none that it calls with", async () => {
    const own = `${ROOT}:w`;
    const refused = error(/^MERIDIAN_RESERVEDKEY /);
    expect(await us.call("EVAL", "redis.call('SET', 'ran', 1)", "1", own)).toEqual(refused);
    expect(await us.plain("EXISTS", "ran")).toBe(0);
    expect(await us.call("EVAL", `return redis.pcall('SET', '${own}', 1)`, "0")).toEqual(refused);
    expect(await us.call("EVAL", `return redis.pcall('GET', '${own}')`, "0")).toEqual(refused);
    expect(await us.call("EVAL", `return redis.call('KEYS', '${ROOT}*')`, "0")).toEqual([]);
  });

  test("it has no way around Meridian to the server", async () => {
    const ways = [
      "return _G.redis.call('SET', 'way', 1)",
      "return _G._G['redis'].call('SET', 'way', 1)",
      `return loadstring("return redis.call('SET', 'way', 1)")()`,
      `return loadstring("return _G.redis.call('SET', 'way', 1)")()`,
      `return load(function() if x then return nil end return nil end)()`,
      `local done = false return load(function() if done then return nil end done = true return "return redis.call('SET', 'way', 1)" end)()`,
      `return loadstring("return loadstring([[return redis.call('SET', 'way', 1)]])()")()`,
    ];
    for (const way of ways) {
      await us.call("DEL", "way");
      const before = await logLength(us);
      await us.call("EVAL", way, "0");
      if ((await us.plain("EXISTS", "way")) === 1) expect(await logLength(us), way).toBe(before + 1);
    }
    expect(await us.call("EVAL", "return getfenv", "0")).toEqual(error(/nonexistent global variable 'getfenv'/));
    expect(await us.call("EVAL", "return debug", "0")).toEqual(error(/nonexistent global variable 'debug'/));
  });

  test("replies of any size and depth pass, and what is too deep is an error", async () => {
    const wide = (await us.call("EVAL", "local t = {} for i = 1, 200000 do t[i] = i end return t", "0")) as Plain[];
    expect(wide).toHaveLength(200_000);
    expect(await us.call("EVAL", "return ('x'):rep(20000000)", "0")).toHaveLength(20_000_000);
    const deep = "local function f() return 1 + f() end return f()";
    expect(await us.call("EVAL", deep, "0")).toEqual(error(/stack overflow/));
    const nested = "local t = {} for i = 1, 100 do t = {t} end return t";
    expect(JSON.stringify(await us.call("EVAL", nested, "0"))).toBe(`${"[".repeat(101)}${"]".repeat(101)}`);
  });

  test("what is raised without a text is an error", async () => {
    for (const raised of [
      "{}",
      "{ok = 'x'}",
      "{err = {}}",
      "setmetatable({}, {__tostring = function() return 'x' end})",
    ]) {
      expect(await us.call("EVAL", `error(${raised})`, "0")).toEqual(error(/^ERR the script raised a table without/));
    }
    expect(await us.plain("PING")).toBe("PONG");
  });

  test("the cache knows what was run or loaded, until it is flushed", async () => {
    const code = "return 'cached'";
    expect(await us.call("EVALSHA", sha(code), "0")).toEqual({ err: "NOSCRIPT No matching script. Please use EVAL." });
    expect(await us.call("EVAL", code, "0")).toBe("cached");
    expect(await us.call("EVALSHA", sha(code).toUpperCase(), "0")).toBe("cached");
    expect(await eu.call("EVALSHA", sha(code), "0")).toEqual(error(/^NOSCRIPT /));
    expect(await eu.call("SCRIPT", "LOAD", code)).toBe(sha(code));
    expect(await eu.call("EVALSHA_RO", sha(code), "0")).toBe("cached");
    expect(await eu.call("SCRIPT", "EXISTS", sha(code), sha("other"))).toEqual([1, 0]);
    expect(await eu.call("SCRIPT", "LOAD", "return (")).toEqual(error(/^ERR Error compiling script/));
    expect(await eu.call("SCRIPT", "EXISTS", sha("return ("))).toEqual([0]);
    expect(await eu.call("SCRIPT", "FLUSH")).toBe("OK");
    expect(await eu.call("EVALSHA", sha(code), "0")).toEqual(error(/^NOSCRIPT /));
    for (let at = 0; at < 1200; at++) await eu.call("EVAL", `return ${at}`, "0");
    expect(await eu.call("EVALSHA", sha("return 7"), "0")).toBe(7);
    for (const [command, text] of [
      ["KILL", /FUNCTION KILL/],
      ["DEBUG", /debugger/],
    ] as const) {
      const words = command === "DEBUG" ? [command, "YES"] : [command];
      expect(await eu.call("SCRIPT", ...words)).toEqual(error(text));
    }
  });
});

describe.skipIf(skipped)("on a server", () => {
  let region: TestRegion;
  let other: Redis;

  beforeAll(async () => {
    [region] = await startRegions(["us"]);
    other = region.redis.duplicate({ enableReadyCheck: false });
    other.on("error", () => undefined); // each command is rejected anyway
    await other.ping();
    // The first call of a process writes down who it is, and what has written can't be killed.
    await region.call("state");
  });
  afterAll(async () => {
    other?.disconnect();
    await region?.stop();
  });

  async function isBusy(): Promise<boolean> {
    return await other.call("GET", "x").then(
      () => false,
      (reason: Error) => reason.message.startsWith("BUSY"),
    );
  }

  async function kill(): Promise<unknown> {
    return await other.call("FUNCTION", "KILL").catch((reason: Error) => reason.message);
  }

  test("a looping script is killed by FUNCTION KILL until it writes, and not after", async () => {
    await region.plain("CONFIG", "SET", "busy-reply-threshold", "50");
    for (const loop of [
      "while true do end",
      "while true do pcall(function() while true do redis.call('GET', 'x') end end) end",
    ]) {
      const looping = region.call("EVAL", loop, "0");
      await waitFor(isBusy, { what: "the script to be seen as slow" });
      expect(await kill()).toBe("OK");
      expect(await looping).toEqual(error(/Script killed by user/));
    }
    const code = `redis.call('SET', 'x', 1) redis.call('SET', 'looping', 1)
      repeat local now = redis.call('TIME') until tonumber(now[1]) * 1000 + now[2] / 1000 > tonumber(ARGV[1])
      redis.call('SET', 'x', 2) return 'done'`;
    const looping = region.call("EVAL", code, "0", String(Date.now() + 1500));
    await waitFor(isBusy, { what: "the script to be seen as slow" });
    expect(await kill()).toMatch(/^UNKILLABLE /);
    expect(await looping).toBe("done");
    expect(await region.call("INCR", "x")).toBe(3);
    await region.plain("CONFIG", "SET", "busy-reply-threshold", "5000");
  });

  test("a user's script does what the user may", async () => {
    const rules = ["reset", "on", "nopass", "~app:*", `~${ROOT}*`, "+@all", "-@dangerous", "+info", "-incr"];
    await region.plain("ACL", "SETUSER", "app", ...rules);
    const app = region.redis.duplicate({ username: "app", password: "any" });
    const run = (code: string, ...rest: string[]): Promise<unknown> =>
      app.call("FCALL", "mer", "1", ROOT, "EVAL", code, ...rest).catch((reason: Error) => reason.message);
    expect(await run("return redis.call('SET', KEYS[1], 1)", "1", "app:1")).toBe("OK");
    expect(await run("redis.call('SET', 'app:ran', 1)", "1", "other")).toMatch(/^NOPERM .*'eval'/);
    expect(await run("redis.call('SET', 'app:2', 1) return redis.call('SET', 'other', 1)", "0")).toMatch(
      /^NOPERM .*'set'/,
    );
    expect(await run("return redis.call('GET', 'other')", "0")).toMatch(/can't access at least one of the keys/);
    expect(await run("return redis.pcall('INCR', 'app:1')", "0")).toMatch(/^NOPERM .*'incr'/);
    expect(await region.redis.mget("app:1", "app:2", "app:ran", "other")).toEqual(["1", "1", null, null]);
    app.disconnect();
  });

  test("on a full server a script reads and frees, and what needs memory is refused", async () => {
    const full = (...command: string[]): Promise<Plain> => region.plain("FCALL", "mer_free", "1", ROOT, ...command);
    await region.call("SET", "full", "1");
    await region.plain("CONFIG", "SET", "maxmemory", "1");
    const refused = error(/^OOM command not allowed when used memory > 'maxmemory'\./);
    expect(await region.call("EVAL", "return 1", "0")).toEqual(error(/^OOM /));
    expect(await full("EVAL", "return redis.call('GET', 'full')", "0")).toBe("1");
    expect(await full("EVAL", "return redis.call('SET', 'full', 2)", "0")).toEqual(refused);
    expect(await full("EVAL", "return redis.call('DEL', 'full')", "0")).toBe(1);
    expect(await full("EVAL", "#!lua\nreturn 1", "0")).toEqual(error(/^OOM allow-oom flag is not set on the script/));
    expect(await full("EVAL", "#!lua flags=no-writes\nreturn 1", "0")).toBe(1);
    expect(await full("EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET', 'full', 3)", "0")).toBe("OK");
    expect(await full("FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('f', print)")).toEqual(refused);
    expect(await full("pipeline", "3", "SET", "a", "1", "2", "DEL", "full", "2", "GET", "full")).toEqual([
      refused,
      1,
      false,
    ]);
    await region.plain("CONFIG", "SET", "maxmemory", "0");
    expect(await full("EVAL", "return redis.call('SET', 'full', 2)", "0")).toBe("OK");
  });
});

function connect(port: number): Redis {
  const redis = new Redis({ host: "127.0.0.1", port, maxRetriesPerRequest: null });
  redis.on("error", () => undefined); // each command is rejected anyway
  return redis;
}

test.skipIf(skipped)("scripts are forgotten with the process, and libraries are not", async () => {
  const server = await spawnRedis({ aof: true });
  if (server === undefined) throw new Error("no server of its own to restart");
  let redis = connect(server.port);
  const call = (...command: string[]): Promise<unknown> => redis.call("FCALL", "mer", "1", ROOT, ...command);
  try {
    await redis.call("FUNCTION", "LOAD", libraryCode());
    await call("configure", "us", "us");
    await call("FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('f', function() return 'kept' end)");
    await call("EVAL", "return 1", "0");
    redis.disconnect();
    await server.restart();
    redis = connect(server.port);
    await expect(call("EVALSHA", sha("return 1"), "0")).rejects.toThrow(/^NOSCRIPT /);
    expect(await call("FCALL", "f", "0")).toBe("kept");
  } finally {
    redis.disconnect();
    await server.stop();
  }
});
