/** Users' function libraries in a region against those of a plain server; and that they reach the other regions. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { replicate, startRegions } from "./regions.js";
import { isError, kinds, startPair, type Plain, type TestServer } from "./support.js";

function library(name: string, body: string): string {
  return `#!lua name=${name}\n${body}`;
}

const noFunction = "redis.register_function('f', function() end)";

/** Each is loaded where nothing else is. */
const loads = [
  library("x", "redis.register_function()"),
  library("x", "redis.register_function('f')"),
  library("x", "redis.register_function('f', function() end, {})"),
  library("x", "redis.register_function({})"),
  library("x", "redis.register_function{function_name='f'}"),
  library("x", "redis.register_function{callback=function() end}"),
  library("x", "redis.register_function{function_name='f', callback=1}"),
  library("x", "redis.register_function{function_name=1, callback=function() end}"),
  library("x", "redis.register_function{function_name={}, callback=function() end}"),
  library("x", "redis.register_function{function_name='f', callback=function() end, flags={'foo'}}"),
  library("x", "redis.register_function{function_name='f', callback=function() end, flags='foo'}"),
  library("x", "redis.register_function{function_name='f', callback=function() end, flags={1}}"),
  library("x", "redis.register_function{function_name='f', callback=function() end, foo=1}"),
  library("x", "redis.register_function{function_name='f', callback=function() end, description={}}"),
  library("x", "redis.register_function{1}"),
  library("x", "redis.register_function({}, function() end)"),
  library("x", "redis.register_function('f', 1)"),
  library("x", "redis.register_function('f-2', function() end)"),
  library("x", "redis.register_function('', function() end)"),
  library("x", `${noFunction} ${noFunction}`),
  library("x", "redis.log(redis.LOG_DEBUG, 'hi') redis.register_function('f', function() end)"),
  library("x", "local v = redis.REDIS_VERSION redis.register_function('f', function() end)"),
  library("x", "local v = redis.sha1hex redis.register_function('f', function() end)"),
  library("x", "redis.call('GET','x')"),
  library("x", "redis.foo = 1"),
  library("x", "x = 1"),
  library("x", "local function f() return f() + 1 end f()"),
  library("x", "foo("),
  library("x", "return 1"),
  library("x", ""),
  "#!lua name=x",
  noFunction,
  `#!lua\n${noFunction}`,
  `#!js name=x\n${noFunction}`,
  `#!lua name=x y=z\n${noFunction}`,
  `#!lua name=x name=y\n${noFunction}`,
  `#!lua name=x-y\n${noFunction}`,
  `#!lua name=\n${noFunction}`,
  `#!LUA NAME=x\n${noFunction}`,
];

const counting = library(
  "counting",
  `local n = 0
redis.register_function('count', function(keys, args) n = n + 1 return n end)
redis.register_function('wrong', function(keys, args)
  local reply = redis.call('INCR', 'str') return reply end)
redis.register_function('globals', function(keys, args) return KEYS end)
redis.register_function('again', function(keys, args) redis.register_function('x', function() end) end)
redis.register_function('assign', function(keys, args) x = 1 end)
redis.register_function('seal', function(keys, args)
  local sealed = setmetatable(_G, {}) return sealed end)
redis.register_function('raise', function(keys, args) error({err='MINE raised'}) end)
redis.register_function('log', function(keys, args) return redis.log(1) end)
redis.register_function('has', function() return {type(redis.breakpoint), type(redis.replicate_commands)} end)
redis.register_function{function_name='look', callback=function(keys, args) return redis.call('GET', keys[1]) end,
  flags={'no-writes', 'allow-oom'}, description='reads'}
redis.register_function{function_name='cheat', callback=function(keys, args)
  local reply = redis.call('SET', keys[1], 1) return reply end,
  flags={'no-writes'}}
redis.register_function('both', function(keys, args) redis.call('SET', keys[1], args[1]) return {keys, args} end)`,
);

/** One after the other. */
const session: string[][] = [
  ["FUNCTION", "LOAD", counting],
  ["FUNCTION", "LOAD", counting],
  ["FUNCTION", "LOAD", library("other", "redis.register_function('COUNT', function() end)")],
  ["FUNCTION", "LOAD", library("other", "redis.register_function('f', function() return 'f' end)")],
  ["SET", "str", "v"],
  ...["count", "COUNT", "wrong", "globals", "again", "assign", "seal", "raise", "log", "has"].map((name) => [
    "FCALL",
    name,
    "0",
  ]),
  ["FCALL", "both", "2", "a", "b", "\0\xff", "y"],
  ["FCALL", "look", "1", "a"],
  ["FCALL_RO", "look", "1", "a"],
  ["FCALL_RO", "both", "1", "a", "b"],
  ["FCALL", "cheat", "1", "a"],
  ["FCALL_RO", "cheat", "1", "a"],
  ["FCALL", "nope", "x"],
  ["FCALL", "f", "x"],
  ["FCALL", "f", "1"],
  ["FCALL", "f", "-1"],
  ["FCALL", "f"],
  ["FUNCTION", "LIST", "LIBRARYNAME", "COUNT*", "WITHCODE"],
  ["FUNCTION", "LIST", "LIBRARYNAME", "[n-p]th?r"],
  ["FUNCTION", "LIST", "LIBRARYNAME", "[^n-p]*"],
  ["FUNCTION", "LIST", "LIBRARYNAME", "none*"],
  ["FUNCTION", "LIST", "LIBRARYNAME"],
  ["FUNCTION", "LIST", "foo"],
  ["FUNCTION", "LIST", "WITHCODE", "WITHCODE"],
  ["FUNCTION", "STATS"],
  ["FUNCTION", "LOAD", "REPLACE", library("other", "redis.register_function('count', function() end)")],
  ["FUNCTION", "LOAD", "REPLACE", library("other", "redis.register_function('g', function() return 'g' end)")],
  ["FCALL", "f", "0"],
  ["FCALL", "g", "0"],
  ["FCALL", "count", "0"],
  ["FUNCTION", "LOAD", "foo", "bar"],
  ["FUNCTION", "DELETE", "nope"],
  ["FUNCTION", "DELETE", "OTHER"],
  ["FUNCTION", "DELETE", "other"],
  ["FCALL", "g", "0"],
  ["FUNCTION", "DELETE"],
  ["FUNCTION", "FLUSH", "x"],
  ["FUNCTION", "FLUSH", "SYNC", "x"],
  ["FUNCTION", "KILL"],
  ["FUNCTION", "foo"],
  ["FUNCTION"],
  ["FUNCTION", "FLUSH"],
  ["FUNCTION", "LIST"],
  ["FCALL", "count", "0"],
];

/** Functions and libraries are listed in no order. */
function ordered(reply: Plain): Plain {
  if (!Array.isArray(reply)) return reply;
  const parts = reply.map(ordered);
  return parts.every((part) => Array.isArray(part) && (part[0] === "name" || part[0] === "library_name"))
    ? parts.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
    : parts;
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let plain: TestServer;
    let region: TestServer;

    beforeAll(async () => {
      ({ plain, region } = await startPair(kind));
    });
    afterAll(() => Promise.all([plain.stop(), region.stop()]));
    beforeEach(() => Promise.all([plain.plain("FUNCTION", "FLUSH"), region.call("FUNCTION", "FLUSH")]));

    async function compare(command: string[]): Promise<void> {
      const [expected, actual] = [await plain.plain(...command), await region.call(...command)];
      // Valkey words its errors otherwise.
      if (kind === "wasm" && isError(expected) && isError(actual)) return;
      expect(ordered(actual), command.join(" ")).toEqual(ordered(expected));
    }

    test("what can't be loaded is refused in Redis's words", async () => {
      for (const code of loads) {
        // Valkey in WebAssembly (0.1.1) traps there.
        if (kind === "wasm" && code.includes("redis.log")) continue;
        await compare(["FUNCTION", "LOAD", code]);
        await Promise.all([plain.plain("FUNCTION", "FLUSH"), region.call("FUNCTION", "FLUSH")]);
      }
    });

    test("libraries are loaded, called, listed, replaced and deleted as in Redis", async () => {
      for (const command of session) await compare(command);
    });

    test("the names of Meridian's own functions are taken", async () => {
      for (const name of ["mer", "mer_free", "MER"]) {
        const code = library("x", `redis.register_function('${name}', function() end)`);
        expect(await region.call("FUNCTION", "LOAD", code)).toEqual({ err: `ERR Function ${name} already exists` });
      }
      expect(await region.call("FUNCTION", "LOAD", library("meridian", noFunction))).toEqual({
        err: "ERR Library 'meridian' already exists",
      });
    });

    test("libraries are dumped and restored as in Redis, to and from a plain server, compressed or not", async () => {
      const long = library("long", `-- ${"said again and again ".repeat(1000)}\n${noFunction}`);
      const other = library("other", "redis.register_function('g', function() return 2 end)");
      for (const code of [long, other]) await compare(["FUNCTION", "LOAD", code]);
      const dumps = [await plain.plain("FUNCTION", "DUMP"), await region.call("FUNCTION", "DUMP")] as string[];
      for (const dump of dumps) {
        await compare(["FUNCTION", "RESTORE", dump, "REPLACE"]);
        await compare(["FUNCTION", "LIST", "WITHCODE"]);
        await compare(["FUNCTION", "FLUSH"]);
        await compare(["FUNCTION", "LOAD", library("own", "redis.register_function('h', function() return 3 end)")]);
        await compare(["FUNCTION", "RESTORE", dump, "append"]);
        await compare(["FCALL", "g", "0"]);
        await compare(["FUNCTION", "LIST", "WITHCODE"]);
        await compare(["FUNCTION", "RESTORE", dump, "FLUSH"]);
        await compare(["FUNCTION", "LIST", "WITHCODE"]);
        for (const at of [0, 1, 40, dump.length - 9, dump.length - 1]) {
          const broken = `${dump.slice(0, at)}${String.fromCharCode(dump.charCodeAt(at) ^ 1)}${dump.slice(at + 1)}`;
          await compare(["FUNCTION", "RESTORE", broken, "REPLACE"]);
        }
      }
    });

    test("what can't be restored changes nothing", async () => {
      await compare(["FUNCTION", "LOAD", library("one", noFunction)]);
      const dump = (await plain.plain("FUNCTION", "DUMP")) as string;
      await compare(["FUNCTION", "LOAD", "REPLACE", library("one", "redis.register_function('g', function() end)")]);
      await compare(["FUNCTION", "LOAD", library("two", noFunction)]);
      await plain.plain("SET", "a string", "x");
      const value = (await plain.plain("DUMP", "a string")) as string;
      for (const rest of [[dump], [dump, "REPLACE"], ["x"], [""], [dump, "y"], [dump, "FLUSH", "z"], [value], []]) {
        await compare(["FUNCTION", "RESTORE", ...rest]);
        await compare(["FUNCTION", "LIST", "WITHCODE"]);
      }
    });

    test("a library may look around as far as it needs to, and no further", async () => {
      const around = library(
        "around",
        `local load = loadstring
redis.register_function('loaded', function(keys) return load('return redis.call("SET", "loaded", 1)')() end)
redis.register_function('through', function(keys) return _G.redis == redis end)`,
      );
      await region.call("FUNCTION", "LOAD", around);
      expect(await region.call("FCALL", "loaded", "0")).toBe("OK");
      expect(await region.call("FCALL", "through", "0")).toBe(1);
      expect(JSON.parse((await region.call("inspect", "loaded")) as string)).toMatchObject({ type: "string" });
    });
  });
}

describe("in two regions", () => {
  const makes = (name: string, reply: string): string =>
    library(name, `redis.register_function('${name}', function() return '${reply}' end)`);

  test("a library follows the data, and so do its replacement and its end", async () => {
    const [us, eu] = await startRegions(["us", "eu"]);
    try {
      await us.call("FUNCTION", "LOAD", makes("greet", "hello"));
      await replicate(us, eu);
      expect(await eu.call("FCALL", "greet", "0")).toBe("hello");
      await eu.call("FUNCTION", "LOAD", "REPLACE", makes("greet", "good day"));
      await us.call("FLUSHALL");
      await replicate(us, eu);
      expect(await us.call("FCALL", "greet", "0")).toBe("good day");
      await us.call("FUNCTION", "DELETE", "greet");
      await replicate(us, eu);
      expect(await eu.call("FCALL", "greet", "0")).toEqual({ err: "ERR Function not found" });
      expect(await eu.plain("EXISTS", "mer:{0}:f")).toBe(0);
    } finally {
      await Promise.all([us.stop(), eu.stop()]);
    }
  });

  test("of concurrent loads the later shows; a delete takes away what it saw", async () => {
    const [us, eu] = await startRegions(["us", "eu"]);
    try {
      await us.call("FUNCTION", "LOAD", makes("greet", "first"));
      await eu.waitForLaterMillisecond();
      await eu.call("FUNCTION", "LOAD", makes("greet", "second"));
      await eu.call("FUNCTION", "LOAD", makes("other", "other"));
      await replicate(us, eu);
      for (const region of [us, eu]) expect(await region.call("FCALL", "greet", "0")).toBe("second");

      await us.call("FUNCTION", "FLUSH");
      await eu.call("FUNCTION", "LOAD", "REPLACE", makes("greet", "third"));
      await replicate(us, eu);
      for (const region of [us, eu]) {
        expect(await region.call("FCALL", "greet", "0")).toBe("third");
        expect(await region.call("FCALL", "other", "0")).toEqual({ err: "ERR Function not found" });
      }
    } finally {
      await Promise.all([us.stop(), eu.stop()]);
    }
  });

  test("of functions of one name in libraries that met later, the later library's is called", async () => {
    const [us, eu] = await startRegions(["us", "eu"]);
    const named = (name: string): string =>
      library(name, `redis.register_function('same', function() return '${name}' end)`);
    try {
      await eu.call("FUNCTION", "LOAD", named("a"));
      await us.waitForLaterMillisecond();
      await us.call("FUNCTION", "LOAD", named("b"));
      await replicate(us, eu);
      for (const region of [us, eu]) expect(await region.call("FCALL", "same", "0")).toBe("b");
      await eu.call("FUNCTION", "DELETE", "b");
      await replicate(us, eu);
      for (const region of [us, eu]) expect(await region.call("FCALL", "same", "0")).toBe("a");
    } finally {
      await Promise.all([us.stop(), eu.stop()]);
    }
  });
});
