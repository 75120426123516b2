/**
 * Digests, copies and repairs by the library on real servers: regions that know one another's origins by other numbers and
 * hold the same in other encodings have the same digests; whatever is written past the function shows.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { replicate, startRegions, type TestRegion } from "./regions.js";
import { isError, type Plain } from "./support.js";

const BUCKETS = 65_536;
let us: TestRegion;
let eu: TestRegion;
let ap: TestRegion;

beforeAll(async () => {
  [us, eu, ap] = await startRegions(["us", "eu", "ap"]);
}, 60_000);
/** Empty, as at first: a new incarnation begins. */
async function empty(): Promise<void> {
  for (const region of [us, eu, ap]) {
    await region.plain("FLUSHALL");
    await region.call("configure", region.name, "us,eu,ap");
  }
}
beforeEach(empty);
afterAll(() => Promise.all([us, eu, ap].map((region) => region.stop())));

interface Walk {
  keys: number;
  tallies: string;
  problems: Record<string, string>;
  large: string[];
  calls: number;
}

async function walk(region: TestRegion, budget = 5000): Promise<Walk> {
  const found: Walk = { keys: 0, tallies: "", problems: {}, large: [], calls: 0 };
  for (let at = 0; at < BUCKETS; found.calls++) {
    const reply = await region.call("digest", "buckets", String(at), String(budget));
    const [next, keys, tallies, problems, large] = reply as [number, number, string, string[], string[]];
    at = next;
    found.keys += keys;
    found.tallies += tallies;
    found.large.push(...large);
    for (let index = 0; index < problems.length; index += 2) {
      found.problems[problems[index] ?? ""] = problems[index + 1] ?? "";
    }
  }
  return found;
}

interface Whole {
  tally: string[];
  problem: string;
  pages: number;
}

/** A key page by page; tallies of pages as they came. */
async function whole(region: TestRegion, key: string): Promise<Whole> {
  const found: Whole = { tally: [], problem: "", pages: 0 };
  for (let cursor = "", isFirst = true; isFirst || cursor !== ""; isFirst = false) {
    const reply = await region.call("digest", "key", key, cursor);
    const [, tally, , problem, , next] = reply as [Plain, string, string, string, string, string];
    found.tally.push(tally);
    if (isFirst) found.problem = problem;
    found.pages++;
    cursor = next;
  }
  return found;
}

async function strays(region: TestRegion): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = "0", isFirst = true; isFirst || cursor !== "0"; isFirst = false) {
    const [next, , keys] = (await region.call("digest", "strays", cursor, "100")) as [string, number, string[]];
    found.push(...keys);
    cursor = next;
  }
  return found.toSorted();
}

async function writeEverything(region: TestRegion): Promise<void> {
  const many = Array.from({ length: 3000 }, (_, at) => `part ${at}`);
  for (const command of [
    ["SET", "string", "text"],
    ["SET", "empty", ""],
    ["SET", "timed", "text", "EX", "1000"],
    ["SET", "long", "x".repeat(2_500_000)],
    ["SET", "piece", "y".repeat(65_536)],
    ["INCRBY", "counter", "5"],
    ["INCRBYFLOAT", "float", "1.5"],
    ["HSET", "hash", "a", "1", "b", "2"],
    ["HINCRBY", "hash", "c", "3"],
    ["HSET", "large hash", ...many.flatMap((name) => [name, `value of ${name}`])],
    ["SADD", "set", "a", "b", "c"],
    ["SADD", "large set", ...many],
    ["ZADD", "zset", "1", "a", "2.5", "b"],
    ["ZINCRBY", "zset", "0.1", "c"],
    ["RPUSH", "list", "a", "b", "a"],
    ["LSET", "list", "1", "written"],
    ["RPUSH", "large list", ...many],
    ["XADD", "stream", "*", "field", "value"],
    ["XGROUP", "CREATE", "stream", "group", "0"],
    ["XREADGROUP", "GROUP", "group", "me", "COUNT", "1", "STREAMS", "stream", ">"],
    ["PFADD", "small sketch", "a", "b", "c"],
    ["PFADD", "large sketch", ...many],
    ["EXPIRE", "set", "5000"],
  ]) {
    const reply = await region.call(...command);
    if (isError(reply)) throw new Error(`${command.slice(0, 2).join(" ")}: ${reply.err}`);
  }
}

const LARGE = ["large hash", "large list", "large set", "long", "piece"];

test("digests of all types are the same wherever all is applied, in bounded calls", async () => {
  // So that origins have other numbers in each region.
  await ap.call("SET", "first of ap", "1");
  await replicate(ap, us);
  await eu.call("SET", "first of eu", "1");
  await writeEverything(us);
  // Concurrent: losers, and two types under a key.
  await eu.call("SET", "string", "of eu");
  await eu.call("HSET", "hash", "a", "of eu");
  await eu.call("SADD", "counter", "a set");
  await eu.call("PFADD", "small sketch", "other");
  await ap.call("INCRBY", "counter", "7");
  await replicate(us, eu, ap);
  await replicate(us, eu, ap); // What had to wait for another's.
  const [inUs, inEu, inAp] = [await walk(us), await walk(eu), await walk(ap)];
  expect(inUs.keys).toBe(19);
  expect(inUs.problems).toEqual({});
  expect(inUs.large.toSorted()).toEqual(LARGE);
  expect(inEu.tallies === inUs.tallies && inAp.tallies === inUs.tallies).toBe(true);
  for (const key of LARGE) {
    const [here, there] = [await whole(us, key), await whole(eu, key)];
    expect(here.pages, key).toBeGreaterThan(key === "piece" ? 0 : 1);
    expect(sumOf(there.tally), key).toBe(sumOf(here.tally));
  }
  expect(await strays(us)).toEqual([]);
  // Small budgets: the same tallies in more calls.
  const bySmallSteps = await walk(us, 2000);
  expect(bySmallSteps.tallies === inUs.tallies).toBe(true);
  expect(bySmallSteps.calls).toBeGreaterThan(inUs.calls);
});

/** As digest/tally.ts adds them up. */
function sumOf(tallies: readonly string[]): bigint {
  return tallies.reduce(
    (sum, tally) => (sum + BigInt(`0x${Buffer.from(tally, "latin1").toString("hex")}`)) % 2n ** 48n,
    0n,
  );
}

test("the registers of a sketch count, not its bytes", async () => {
  await us.call("PFADD", "sketch", "a", "b", "c", "d");
  await replicate(us, eu);
  const many = Array.from({ length: 3000 }, (_, at) => `element ${at}`);
  await us.call("PFADD", "dense", ...many);
  await us.call("PFMERGE", "dense", "sketch");
  await replicate(us, eu);
  await eu.plain("PFCOUNT", "dense"); // Keeps its count in the header.
  const bytes = (region: TestRegion) => region.plain("GET", "dense");
  expect(await bytes(us)).not.toEqual(await bytes(eu));
  expect((await walk(eu)).tallies === (await walk(us)).tallies).toBe(true);
});

const PAST: [problem: string, key: string, ...command: string[]][] = [
  ["value", "string", "DEL", "string"],
  ["type", "hash", "SET", "hash", "text"],
  ["type", "string", "LPUSH", "string", "element"],
  ["parts", "hash", "HSET", "hash", "new", "field"],
  ["parts", "hash", "HDEL", "hash", "a"],
  ["parts", "set", "SADD", "set", "new"],
  ["parts", "zset", "ZREM", "zset", "a"],
  ["parts", "list", "RPUSH", "list", "new"],
  ["parts", "stream", "XADD", "stream", "*", "field", "value"],
  ["value", "small sketch", "DEL", "small sketch"],
  ["deadline", "string", "EXPIRE", "string", "1000"],
  ["deadline", "timed", "PERSIST", "timed"],
  ["count", "counter", "INCRBY", "counter", "1"],
];

test("what was written past the function is named, and differs", async () => {
  for (const [problem, key, name = "", ...rest] of PAST) {
    await empty();
    await writeEverything(us);
    await replicate(us, eu);
    const command = [name, ...rest];
    if (problem === "type") await us.plain("DEL", key);
    const reply = await us.plain(...command);
    if (isError(reply)) throw new Error(`${command.join(" ")}: ${reply.err}`);
    const found = await walk(us);
    expect(found.problems, command.join(" ")).toEqual({ [key]: problem });
    expect(found.tallies === (await walk(eu)).tallies, command.join(" ")).toBe(false);
  }
}, 60_000);

test("a value of the same size that was written past the function differs, though nothing is known about it", async () => {
  await writeEverything(us);
  await replicate(us, eu);
  for (const [key, ...command] of [
    ["string", "SET", "string", "tex!"],
    ["hash", "HSET", "hash", "a", "9"],
    ["zset", "ZADD", "zset", "9", "a"],
    ["list", "LSET", "list", "0", "z"],
    ["small sketch", "PFADD", "small sketch", "past the function"],
    ["large set", "SREM", "large set", "part 7"],
    ["large set", "SADD", "large set", "part !"],
    ["long", "SETRANGE", "long", "2000000", "!"],
  ]) {
    const before = sumOf((await whole(us, key ?? "")).tally);
    await us.plain(...command);
    expect(sumOf((await whole(us, key ?? "")).tally), command.join(" ")).not.toBe(before);
  }
});

test("a native key that the function does not know is a stray", async () => {
  await us.call("SET", "known", "1");
  await us.plain("SET", "stray", "1");
  await us.plain("HSET", "stray hash", "a", "1");
  expect(await strays(us)).toEqual(["stray", "stray hash"]);
  expect((await whole(us, "stray")).problem).toBe("stray");
  expect((await whole(us, "known")).problem).toBe("");
});

async function fingerprintOf(region: TestRegion, key: string): Promise<string> {
  const reply = await region.call("salvage", key);
  if (!Array.isArray(reply)) throw new Error(`salvage ${key}: ${JSON.stringify(reply)}`);
  return String(reply[0]);
}

test("adopt makes a region's native value everybody's, whatever was there; discard forgets", async () => {
  await writeEverything(us);
  await replicate(us, eu, ap);
  await us.plain("SET", "stray", "new");
  await us.plain("SET", "string", "overwritten");
  await us.plain("DEL", "hash");
  await us.plain("SADD", "set", "past the function");
  await us.plain("DEL", "list");
  await us.plain("SET", "list", "a text now");
  await us.plain("INCRBY", "counter", "100");
  await us.plain("PERSIST", "timed");
  const keys = ["stray", "string", "hash", "set", "list", "counter", "timed"];
  for (const key of keys) {
    for (const other of [eu, ap]) await other.call("discard", key, await fingerprintOf(other, key));
    const adopted = await us.call("adopt", key, await fingerprintOf(us, key));
    expect(isError(adopted), `${key} ${JSON.stringify(adopted)}`).toBe(false);
  }
  await replicate(us, eu, ap);
  const tallies = (await walk(us)).tallies;
  expect((await walk(us)).problems).toEqual({});
  for (const other of [eu, ap]) {
    expect((await walk(other)).problems).toEqual({});
    expect((await walk(other)).tallies === tallies).toBe(true);
    expect(await other.plain("MGET", "stray", "string", "list", "counter")).toEqual([
      "new",
      "overwritten",
      "a text now",
      "105",
    ]);
    expect(await other.plain("EXISTS", "hash")).toBe(0);
    expect(await other.plain("SISMEMBER", "set", "past the function")).toBe(1);
    expect(await other.plain("TTL", "timed")).toBe(-1);
  }
  // And goes on as any key does.
  await eu.call("INCRBY", "counter", "1");
  await ap.call("RPUSH", "hash", "a list");
  await replicate(us, eu, ap);
  expect(await us.plain("GET", "counter")).toBe("106");
  expect((await walk(us)).tallies === (await walk(ap)).tallies).toBe(true);
});

test("a key that was written since it was copied is neither adopted nor discarded", async () => {
  await us.call("SADD", "set", "a");
  const seen = await fingerprintOf(us, "set");
  await us.call("SADD", "set", "a"); // The same value, another dot.
  for (const command of ["adopt", "discard"]) {
    const reply = await us.call(command, "set", seen);
    expect(isError(reply) && reply.err, command).toMatch(/^MERIDIAN_KEYCHANGED /);
  }
  expect(await us.plain("SMEMBERS", "set")).toEqual(["a"]);
});

test("a stream with groups is not adopted, and a key of Meridian's own not touched", async () => {
  await us.call("XADD", "stream", "*", "field", "value");
  await us.call("XGROUP", "CREATE", "stream", "group", "0");
  for (const command of [
    ["salvage", "stream"],
    ["discard", "stream", "any"],
    ["adopt", "stream", "any"],
  ]) {
    const reply = await us.call(...command);
    expect(isError(reply) && reply.err).toMatch(/^MERIDIAN_(UNREPAIRABLE|KEYCHANGED) /);
  }
  const refused = await us.call("salvage", "stream");
  expect(isError(refused) && refused.err).toMatch(/^MERIDIAN_UNREPAIRABLE /);
  expect(await us.plain("XLEN", "stream")).toBe(1);
  const own = await us.call("salvage", "mer:{0}:vv");
  expect(isError(own) && own.err).toMatch(/^MERIDIAN_RESERVEDKEY /);
});
