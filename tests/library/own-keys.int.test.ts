/** Nothing of Meridian's own is shown, counted, drawn or reached by a pattern; whoever asks needs no right beyond the command's. */
import { findServerBinary } from "@meridian/engine";
import { Draw, randomCommand, seededRandom, testSeed } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kinds, ROOT, startPair, type Plain, type TestServer } from "./support.js";

const native = await findServerBinary();
const SEED = testSeed();
const RANDOM_PROFILE = { keys: 3, clashRate: 0.15, ttl: false, badRate: 0.1, weights: {}, isPortable: false };

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let plain: TestServer;
    let region: TestServer;
    const show = (...command: string[]): Promise<Plain> => region.plain("FCALL", "mer_show", "0", ROOT, ...command);
    const both = async (...command: string[]): Promise<void> => {
      expect(await region.call(...command)).toEqual(await plain.plain(...command));
    };

    beforeAll(async () => {
      ({ plain, region } = await startPair(kind));
    });
    beforeEach(() => both("FLUSHALL"));
    afterAll(() => Promise.all([plain.stop(), region.stop()]));

    test("an empty keyspace is empty", async () => {
      expect(await show("DBSIZE")).toBe(0);
      expect(await show("RANDOMKEY")).toBe(false);
      expect(await show("KEYS", "*")).toEqual([]);
      expect(await show("SCAN", "0", "COUNT", "1000")).toEqual(["0", []]);
    });

    test("no option stores into one of ours", async () => {
      await both("GEOADD", "g", "1", "1", "m");
      const own = `${ROOT}:t`;
      for (const command of [
        ["GEORADIUS", "g", "1", "1", "9", "m", "STORE", own],
        ["GEORADIUSBYMEMBER", "g", "m", "9", "m", "STOREDIST", own],
        ["SORT", "g", "BY", "nosort", "STORE", own],
      ]) {
        expect(await region.call(...command)).toEqual({
          err: expect.stringContaining("MERIDIAN_RESERVEDKEY") as string,
        });
      }
    });

    test("replies are those of plain Redis", async () => {
      await both("MSET", "a", "1", "b", "2", `${ROOT}x`, "a user's key", "mer:{1}:w", "too");
      await both("HSET", "h", "f", "v");
      await both("RPUSH", "l", "1", "2");
      for (const command of [
        ["DBSIZE"],
        ["dbsize"],
        ["KEYS", "mer:*"],
        ["KEYS", "?"],
        ["KEYS", "h"],
        ["KEYS"],
        ["SCAN", "0", "COUNT", "1000", "TYPE", "list"],
        ["SCAN", "0", "MATCH", "mer*", "COUNT", "1000"],
        ["SCAN", "none"],
        ["SCAN", "0", "COUNT", "0"],
        ["SCAN", "0", "WRONG"],
        ["DBSIZE", "x"],
        ["SORT_RO", "l", "DESC"],
      ]) {
        const [ours, theirs] = [await show(...command), await plain.plain(...command)];
        expect(sorted(ours), command.join(" ")).toEqual(sorted(theirs));
      }
      const drawn = new Set<Plain>();
      for (let draws = 0; draws < 200; draws++) drawn.add(await show("RANDOMKEY"));
      expect(drawn).toEqual(new Set(["a", "b", `${ROOT}x`, "mer:{1}:w", "h", "l"]));
    });

    test("SORT looks at no key that is ours, and at every other", async () => {
      await both("RPUSH", "l", "a", "w", ":w", "er:{0}:w", "}:none");
      await both("SET", "mer:{0}a", "a user's");
      for (const options of [
        ["GET", "mer:{0}*"],
        ["GET", "m*"],
        ["GET", "mer:{0*"],
        ["BY", "mer:{0}*->region"],
        ["GET", "#", "GET", "m*->f"],
      ]) {
        const refused = { err: expect.stringMatching(/^MERIDIAN_RESERVEDKEY /) as string };
        expect(await show("SORT_RO", "l", "ALPHA", ...options), options.join(" ")).toEqual(refused);
        const [inUnit] = (await region.call("pipeline", ...counted("SORT", "l", "ALPHA", ...options))) as Plain[];
        expect(inUnit).toEqual(refused);
        expect(await region.call("SORT", "l", "ALPHA", ...options, "STORE", "to")).toEqual(refused);
        const code = "return redis.call('SORT_RO', KEYS[1], 'ALPHA', unpack(ARGV))";
        expect(await region.call("EVAL", code, "1", "l", ...options)).toEqual(refused);
      }
      for (const options of [
        ["GET", "*"],
        ["GET", "mer:{*"],
        ["BY", "nosort", "GET", "x*"],
      ]) {
        const command = ["l", "ALPHA", ...options];
        expect(await show("SORT_RO", ...command)).toEqual(await plain.plain("SORT_RO", ...command));
      }
      await both("DEL", "l");
      await both("RPUSH", "l", "a");
      await both("SORT", "l", "ALPHA", "GET", "mer:{0}*", "STORE", "to");
      expect(await show("SORT_RO", "l", "ALPHA", "GET", "mer:{0}*")).toEqual(["a user's"]);
    });

    test("other commands are not run this way", async () => {
      for (const command of [["SET", "k", "v"], ["GET", "k"], ["configure"], []]) {
        expect(await show(...command)).toEqual({ err: expect.stringMatching(/^MERIDIAN_NO/) as string });
      }
    });
  });
}

describe.skipIf(native === undefined)("on a server with", () => {
  let plain: TestServer;
  let region: TestServer;
  const show = (...command: string[]): Promise<Plain> => region.plain("FCALL", "mer_show", "0", ROOT, ...command);
  const as = async (name: string, ...rules: string[]): Promise<Redis> => {
    await region.plain("ACL", "SETUSER", name, "reset", "on", "nopass", ...rules);
    return region.redis.duplicate({ username: name, password: "any" });
  };
  const fill = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 1000) {
      const pairs = Array.from({ length: 1000 }, (_, index) => [`key:${at + index}`, "v"]).flat();
      expect(await region.call("MSET", ...pairs)).toBe("OK");
    }
  };

  beforeAll(async () => {
    ({ plain, region } = await startPair("native"));
  });
  beforeEach(() => region.call("FLUSHALL"));
  afterAll(() => Promise.all([plain.stop(), region.stop()]));

  test("many keys: each that comes and goes is counted, by all ways that it may", async () => {
    await fill(0, 12_000);
    expect(await region.plain("DBSIZE")).toBeGreaterThan(20_000);
    const size = (): Promise<Plain> => show("DBSIZE");
    expect(await size()).toBe(12_000);
    await fill(11_000, 13_000);
    expect(await size()).toBe(13_000);
    for (const command of [
      ["SADD", "set", "m"],
      ["RPUSH", "list", "a"],
      ["ZADD", "zset", "1", "m"],
      ["HSET", "hash", "f", "v"],
      ["XADD", "stream", "*", "f", "v"],
      ["PFADD", "hll", "a"],
    ]) {
      await region.call(...command);
    }
    expect(await size()).toBe(13_006);
    for (const command of [
      ["LPOP", "list"],
      ["SREM", "set", "m"],
      ["DEL", "key:1", "key:2", "key:none", "stream"],
      ["RENAME", "zset", "set"],
      ["SET", "hash", "text"],
      ["GETDEL", "key:3"],
    ]) {
      await region.call(...command);
    }
    expect(await size()).toBe(13_000);
    const [inUnit] = (await region.call("pipeline", ...counted("DBSIZE"))) as Plain[];
    expect(inUnit).toBe(13_000);
    await region.call("FLUSHALL");
    expect(await size()).toBe(0);
    await fill(0, 12_000);
    expect(await size()).toBe(12_000);
  });

  test(`any commands, SEED=${SEED}`, { timeout: 60_000 }, async () => {
    await fill(0, 12_000);
    expect(await show("DBSIZE")).toBe(12_000);
    const random = seededRandom(SEED);
    const draw = new Draw(() => random.real());
    for (let step = 0; step < 1500; step++) {
      const command = randomCommand(draw, RANDOM_PROFILE);
      if (/EX|RESTORE|FLUSH/i.test(command.join(" "))) continue; // a key that expired is counted for a while
      await region.call(...command);
      if (step % 25 > 0) continue;
      const keys = (await show("KEYS", "*")) as string[];
      expect(await show("DBSIZE"), `after step ${step}, ${JSON.stringify(command)}`).toBe(keys.length);
    }
  });

  test("users of few rights: the command's own right is what they need", async () => {
    await fill(0, 12_000);
    const reader = await as("reader", "~app:*", "+fcall", "+scan", "+randomkey", "+dbsize");
    const ask = (...command: string[]): Promise<unknown> => reader.call("FCALL", "mer_show", "0", ROOT, ...command);
    expect(await ask("SCAN", "0", "COUNT", "1")).toEqual([expect.anything(), expect.anything()]);
    expect(await ask("RANDOMKEY")).toMatch(/^key:/);
    await expect(ask("KEYS", "*")).rejects.toThrow("NOPERM this user has no permissions to run the 'keys' command");
    await expect(ask("DBSIZE")).rejects.toThrow(/^NOPERM .*%R~mer:\{0\}\*/);
    await region.call("FLUSHALL");
    await region.call("SET", "k", "v");
    expect(await ask("DBSIZE")).toBe(1);
    reader.disconnect();
  });

  test("no memory left", async () => {
    await fill(0, 1000);
    await region.plain("CONFIG", "SET", "maxmemory", "1mb");
    expect(await region.call("SET", "k", "v")).toEqual({ err: expect.stringMatching(/^OOM /) as string });
    expect(await show("DBSIZE")).toBe(1000);
    await region.plain("CONFIG", "SET", "maxmemory", "0");
  });
});

function counted(...command: string[]): string[] {
  return [String(command.length), ...command];
}

/** The order of keys is the server's own. */
function sorted(reply: Plain): Plain {
  if (!Array.isArray(reply)) return reply;
  return reply.map(sorted).toSorted((one, other) => (String(one) < String(other) ? -1 : 1));
}
