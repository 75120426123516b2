/** Reads in a unit: a pipeline answers as the server's own MULTI and EXEC would, and shows nothing of Meridian's own. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, libraryCode, ROOT, startServer, type Plain, type TestServer } from "./support.js";

/** Writes that the core has had from the start, and every kind of read after them. */
const unit: string[][] = [
  ["SET", "s", "\0\xff\r\n"],
  ["GET", "s"],
  ["INCR", "s"],
  ["INCR", "n"],
  ["get", "n"],
  ["MGET", "s", "none", "n"],
  ["STRLEN", "s"],
  ["GETRANGE", "s", "1", "2"],
  ["GETBIT", "s", "9"],
  ["BITCOUNT", "s"],
  ["LCS", "s", "n"],
  ["HSET", "h", "f", "1", "g", "2"],
  ["HGETALL", "h"],
  ["HMGET", "h", "f", "none"],
  ["HSCAN", "h", "0"],
  ["GET", "h"],
  ["SADD", "e", "1", "2"],
  ["SMEMBERS", "e"],
  ["SINTERCARD", "1", "e"],
  ["SINTERCARD", "2", "e"],
  ["SUNION", "e", "none"],
  ["SISMEMBER", "e", "2"],
  ["SORT", "e", "DESC"],
  ["SORT", "e", "BY", "nosort", "LIMIT", "0"],
  ["SORT_RO", "e", "ALPHA"],
  ["EXPIRE", "h", "100"],
  ["TTL", "h"],
  ["PTTL", "none"],
  ["EXISTS", "h", "e", "h", "none"],
  ["TYPE", "h"],
  ["OBJECT", "ENCODING", "e"],
  ["OBJECT", "REFCOUNT"],
  ["DEL", "e"],
  ["TOUCH", "e", "h"],
  ["XREAD", "BLOCK", "0", "STREAMS", "x", "0"],
  ["XREAD", "COUNT", "1", "BLOCK", "-1", "STREAMS", "x", "0"],
  ["XREAD", "BLOCK", "soon", "STREAMS", "x", "0"],
  ["ZRANGE", "z", "0", "-1"],
  ["ZUNION", "2", "z", "y", "WITHSCORES"],
  ["ZSCORE", "z", "m"],
  ["LRANGE", "l", "0", "-1"],
  ["PFCOUNT", "p"],
  ["GEOSEARCH", "g", "FROMLONLAT", "1", "2", "BYRADIUS", "3", "km"],
  ["GEORADIUS", "g", "1", "2", "3", "km"],
  ["GEORADIUSBYMEMBER", "g", "STORE", "3", "km", "STORE"],
  ["ECHO", "x"],
  ["PING"],
  ["PING", "x"],
  ["SELECT", "0"],
  ["DBSIZE"],
  ["SCAN", "0", "MATCH", "h*", "COUNT", "1000"],
  ["SCAN", "x"],
  ["KEYS", "s*"],
  ["KEYS", "none*"],
];

/** A client that waits on the plain server would wait for ever. */
function withoutWait(command: string[]): string[] {
  const at = command.indexOf("BLOCK");
  return at >= 0 && command[at + 1] === "0" ? command.toSpliced(at, 2) : command;
}

function pipelineOf(commands: string[][]): string[] {
  return ["pipeline", ...commands.flatMap((command) => [String(command.length), ...command])];
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let plain: TestServer;
    let region: TestServer;
    const exec = async (commands: string[][]): Promise<Plain> => await region.call(...pipelineOf(commands));

    beforeAll(async () => {
      plain = await startServer(kind, undefined);
      region = await startServer(kind, libraryCode());
      await region.call("configure", "us", "us,eu");
    });
    afterAll(() => Promise.all([plain.stop(), region.stop()]));

    test("replies and errors are those of plain Redis, each in its place", async () => {
      const replies = (await exec(unit)) as Plain[];
      for (const [at, command] of unit.entries()) {
        expect(replies[at], command.join(" ")).toEqual(await plain.plain(...withoutWait(command)));
      }
    });

    test("too few arguments and unknown subcommands get Redis's words", async () => {
      const commands = [["GET"], ["lrange", "l"], ["OBJECT", "WRONG", "k"], ["XINFO", "WRONG", "k"]];
      const replies = (await exec(commands)) as Plain[];
      for (const [at, command] of commands.entries()) {
        const { err } = (await plain.plain(...command)) as { err: string };
        expect(String((replies[at] as { err: string }).err).toLowerCase()).toBe(err.toLowerCase());
      }
    });

    test("what Meridian keeps beside the data can't be read, listed, counted or found", async () => {
      const own = `${ROOT}:w`;
      const commands = [
        ["GET", own],
        ["MGET", "s", own],
        ["OBJECT", "ENCODING", own],
        ["ZUNION", "2", "z", own],
        ["SINTERCARD", "2", "e", own],
        ["XREAD", "STREAMS", `${ROOT}:log:us`, "0"],
        ["SORT", "h", "GET", `${ROOT}:*`],
        ["SORT", "h", "BY", `${ROOT}:*`],
      ];
      for (const reply of (await exec(commands)) as Plain[]) {
        expect((reply as { err: string }).err).toMatch(/^MERIDIAN_RESERVEDKEY /);
      }
      await region.call("FLUSHALL");
      expect(await exec([["KEYS", "*"], ["DBSIZE"], ["RANDOMKEY"], ["SCAN", "0", "COUNT", "100"]])).toEqual([
        [],
        0,
        false,
        ["0", []],
      ]);
      await region.call("MSET", "a", "1", "b", "2");
      const [keys, size, ...found] = (await exec([
        ["KEYS", "*"],
        ["DBSIZE"],
        ...Array.from({ length: 50 }, () => ["RANDOMKEY"]),
      ])) as Plain[];
      expect([(keys as string[]).toSorted(), size, new Set(found)]).toEqual([["a", "b"], 2, new Set(["a", "b"])]);
    });

    test("thousands of arguments are read in pieces, or refused", async () => {
      const keys = Array.from({ length: 20_000 }, (_, at) => (at % 2 === 0 ? "a" : "none"));
      const one = async (...command: string[]): Promise<Plain> =>
        ((await exec([[...command, ...keys]])) as Plain[])[0] ?? false;
      expect(await one("MGET")).toEqual(keys.map((key) => (key === "a" ? "1" : false)));
      expect(await one("EXISTS")).toBe(10_000);
      expect(await one("SMISMEMBER", "none")).toEqual(keys.map(() => 0));
      expect(await one("SUNION")).toEqual({ err: expect.stringMatching(/^MERIDIAN_TOOMANYKEYS /) as string });
      expect(await one("HMGET", "a")).toEqual({ err: expect.stringMatching(/^WRONGTYPE /) as string });
    });

    test("what is neither a write nor a read is refused by its name", async () => {
      const commands = [["SWAPDB", "0", "1"], ["CONFIG", "GET", "*"], ["WAIT", "1", "0"], ["select", "1"], ["apply"]];
      const errors = ((await exec(commands)) as { err: string }[]).map(({ err }) => err);
      expect(errors[0]).toMatch(/^MERIDIAN_UNSUPPORTED 'SWAPDB'/);
      expect(errors[1]).toMatch(/^MERIDIAN_UNSUPPORTED 'CONFIG'/);
      expect(errors[2]).toMatch(/^MERIDIAN_UNSUPPORTED 'WAIT'/);
      expect(errors[3]).toBe("ERR DB index is out of range");
      expect(errors[4]).toMatch(/^MERIDIAN_UNSUPPORTED 'apply'/);
    });

    test("a unit is one log entry, and one of reads alone is none", async () => {
      const length = async (): Promise<number> => {
        const logs = (await region.plain("KEYS", `${ROOT}:log:*`)) as string[];
        const lengths = await Promise.all(logs.map((log) => region.plain("XLEN", log)));
        return lengths.reduce<number>((sum, count) => sum + Number(count), 0);
      };
      const before = await length();
      await exec([["GET", "a"], ["DBSIZE"]]);
      expect(await length()).toBe(before);
      await exec([
        ["SET", "a", "1"],
        ["GET", "a"],
        ["INCR", "a"],
        ["INCR", "x y z"],
      ]);
      expect(await length()).toBe(before + 1);
    });
  });
}
