/** State of real servers taken in by another one: ten thousand keys of all types, while all write; then digests are equal. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { digests, importAll, replicate, startRegions, type TestRegion } from "./regions.js";
import { ROOT, type Plain } from "./support.js";

const KEYS = 10_000;
const BUCKETS = 65_536;
const UNIT = 250;
const ROUNDS_MAX = 20;
/** Of keys that differ. */
const SHOWN_MAX = 3;
let us: TestRegion;
let eu: TestRegion;
let ap: TestRegion;

beforeAll(async () => {
  [us, eu, ap] = await startRegions(["us", "eu", "ap"]);
}, 60_000);
afterAll(() => Promise.all([us, eu, ap].map((region) => region.stop())));

/** Commands that make key number `at`, of one of ten kinds. */
function making(at: number): string[][] {
  const key = `key:${at}`;
  const kinds: string[][][] = [
    [["SET", key, `value ${at}`]],
    [["SET", key, `value ${at}`, "EX", "5000"]],
    [["INCRBY", key, String(at)]],
    [
      ["HSET", key, "f", `value ${at}`, "g", "1"],
      ["HINCRBY", key, "g", "5"],
    ],
    [["SADD", key, "a", "b", String(at)]],
    [
      ["ZADD", key, "1.5", "a", String(at), "b"],
      ["ZINCRBY", key, "0.1", "a"],
    ],
    [
      ["RPUSH", key, "a", "b", "c"],
      ["LINSERT", key, "BEFORE", "b", String(at)],
      ["LSET", key, "0", "written over"],
    ],
    [
      ["XADD", key, "*", "f", String(at)],
      ["XGROUP", "CREATE", key, "g", "0"],
    ],
    [["PFADD", key, "a", String(at)]],
    [
      ["SADD", key, "a", "b"],
      ["EXPIRE", key, "4000"],
    ],
  ];
  return kinds[at % kinds.length]!;
}

/** Commands on it by somebody who may not have seen it. */
function changing(at: number): string[][] {
  const key = `key:${at}`;
  const kinds: string[][][] = [
    [["SET", key, "concurrent"]],
    [["SADD", key, "of another type"]],
    [["INCR", key]],
    [["HSET", key, "f", "concurrent"]],
    [["SADD", key, "concurrent"]],
    [["ZADD", key, "7", "a"]],
    [["RPUSH", key, "concurrent"]],
    [["XADD", key, "*", "g", "concurrent"]],
    [["PFADD", key, "concurrent"]],
    [["HSET", key, "f", "of another type"]],
  ];
  return kinds[at % kinds.length]!;
}

/** In one unit each so many. */
async function runAll(region: TestRegion, commands: string[][]): Promise<void> {
  for (let at = 0; at < commands.length; at += UNIT) {
    const unit = commands.slice(at, at + UNIT);
    await region.call("pipeline", ...unit.flatMap((command) => [String(command.length), ...command]));
  }
}

function numbers(step: number, from = 0): number[] {
  return Array.from({ length: Math.floor((KEYS - from) / step) }, (_, at) => from + at * step);
}

/** All reaches all; then all have the same. */
async function comeToRest(): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX && !(await areEven()); round++) await replicate(us, eu, ap);
  expect(await areEven()).toBe(true);
  await expectSame(us, eu);
  await expectSame(us, ap);
}

async function areEven(): Promise<boolean> {
  const vectors = await Promise.all([us, eu, ap].map(vectorOf));
  return vectors.every((vector) => vector === vectors[0]);
}

async function vectorOf(region: TestRegion): Promise<string> {
  const flat = ((await region.call("state")) as Plain[])[5] as string[];
  return flat
    .flatMap((origin, at) => (at % 2 === 0 ? [`${origin} ${flat[at + 1]}`] : []))
    .toSorted()
    .join();
}

/** The keys that differ, with what is kept of them, for a failure's message. */
async function expectSame(one: TestRegion, other: TestRegion): Promise<void> {
  const [left, right] = [await digests(one), await digests(other)];
  const differing: Plain[] = [];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    if (left.get(key) === right.get(key) || differing.length >= SHOWN_MAX) continue;
    differing.push([await one.call("inspect", key), await other.call("inspect", key)]);
  }
  expect(differing).toEqual([]);
}

test("a new region has the same values and metadata; then all write on", async () => {
  await runAll(us, numbers(1).flatMap(making));
  await runAll(ap, numbers(20).flatMap(changing));
  await runAll(ap, numbers(13).flatMap(changing));
  await replicate(us, ap);
  await importAll(us, eu, () => Promise.resolve());
  await expectSame(us, eu);

  await runAll(eu, numbers(11).flatMap(changing));
  await runAll(
    us,
    numbers(17).map((at) => ["DEL", `key:${at}`]),
  );
  await comeToRest();
}, 240_000);

test("a region takes in state once more while it writes, and so do the others", async () => {
  await importAll(ap, eu, async (piece) => {
    await runAll(eu, numbers(97, piece).flatMap(changing));
    await runAll(
      eu,
      numbers(101, piece).map((at) => ["DEL", `key:${at}`]),
    );
    await runAll(ap, numbers(103, piece).flatMap(changing));
    await runAll(
      us,
      numbers(89, piece).map((at) => ["DEL", `key:${at}`]),
    );
    await runAll(us, numbers(89, piece).flatMap(making));
    await replicate(us, ap);
  });
  await comeToRest();
  expect(await eu.plain("EXISTS", "mer:{0}:im", "mer:{0}:iv")).toBe(0);
}, 240_000);

test("users' function libraries come along, and those loaded meanwhile stay", async () => {
  const library = (name: string, answer: string): string =>
    `#!lua name=${name}\nredis.register_function("${name}", function() return "${answer}" end)`;
  await us.call("FUNCTION", "LOAD", library("one", "old"));
  await comeToRest();
  await us.call("FUNCTION", "LOAD", "REPLACE", library("one", "new"));
  await us.call("FUNCTION", "LOAD", library("two", "of us"));
  await eu.call("FUNCTION", "LOAD", library("three", "of eu"));
  await importAll(us, eu, () => Promise.resolve());
  expect(await eu.call("FCALL", "one", "0")).toBe("new");
  expect(await eu.call("FCALL", "two", "0")).toBe("of us");
  expect(await eu.call("FCALL", "three", "0")).toBe("of eu");
  await comeToRest();
  for (const region of [us, eu, ap]) expect(await region.call("FCALL", "three", "0")).toBe("of eu");
}, 120_000);

/** Of each type that goes in pages, so many parts. */
const LARGE_PARTS = 7000;

async function makeLarge(region: TestRegion): Promise<void> {
  const parts = Array.from({ length: LARGE_PARTS }, (_, at) => `part ${at}`);
  for (let at = 0; at < LARGE_PARTS; at += 1000) {
    const some = parts.slice(at, at + 1000);
    await region.call("SADD", "large:set", ...some);
    await region.call("HSET", "large:hash", ...some.flatMap((part) => [part, `value of ${part}`]));
    await region.call("ZADD", "large:sorted", ...some.flatMap((part, score) => [String(score), part]));
    await region.call("RPUSH", "large:list", ...some);
  }
  await region.call("HINCRBY", "large:hash", "counter", "5");
  await region.call("LINSERT", "large:list", "BEFORE", "part 7", "between");
  await region.call("EXPIRE", "large:set", "5000");
}

/** Exports and imports to the end; `between` runs after each text. How many pages there were, and the most bytes of a text. */
async function importPages(
  from: TestRegion,
  to: TestRegion,
  between: (next: string) => Promise<void>,
): Promise<{ pages: number; bytesMax: number }> {
  const [head] = (await from.call("export", "head", to.name)) as [string];
  await to.call("import", "head", head);
  const seen = { pages: 0, bytesMax: 0 };
  for (let next = "0"; Number(next) !== BUCKETS;) {
    const [then, text] = (await from.call("export", next, "1000", "100000", to.name)) as [string, string];
    const [status, bucket] = (await to.call("import", "piece", text)) as [string, string];
    if (status === "order") {
      next = bucket;
      continue;
    }
    expect([status, bucket]).toEqual(["ok", then.split(":")[0]]);
    if (then.includes(":")) seen.pages++;
    seen.bytesMax = Math.max(seen.bytesMax, text.length);
    next = then;
    await between(then);
  }
  expect(await to.call("import", "end")).toEqual(["ok", String(BUCKETS), "", "0"]);
  expect(await to.redis.keys("mer:{0}:p[ns]:*")).toEqual([]);
  return seen;
}

test("large values go in pages that nobody sees before they are whole; one that is written to meanwhile begins anew", async () => {
  await makeLarge(us);
  await comeToRest();
  const still = await importPages(us, eu, () => Promise.resolve());
  expect(still.pages).toBeGreaterThanOrEqual(16);
  expect(still.bytesMax).toBeLessThan(200_000);
  await comeToRest();

  let writes = 0;
  const busy = await importPages(us, eu, async (next) => {
    if (next.endsWith(":3") && writes++ < 3) await us.call("SREM", "large:set", `part ${writes}`);
    if (next.endsWith(":3")) await us.call("HINCRBY", "large:hash", "counter", "1");
    if (next.endsWith(":2")) await us.call("SET", "another", "key");
    expect(await eu.plain("SCARD", "large:set")).toBeGreaterThan(LARGE_PARTS - 10);
  });
  expect(busy.bytesMax).toBeGreaterThan(200_000); // the hash, which was written to each time
  await eu.call("SADD", "large:set", "of eu");
  await comeToRest();
  expect(await eu.plain("HGET", "large:hash", "counter")).toBe(await us.plain("HGET", "large:hash", "counter"));
}, 120_000);

test("a restart of either server in the middle of a large value begins with its first page again", async () => {
  let forgets = 0;
  await importPages(us, eu, async (next) => {
    if (next.endsWith(":2") && forgets++ < 2) await (forgets === 1 ? us : eu).plain("DEL", "mer:{0}:w"); // as another process finds it
  });
  expect(forgets).toBeGreaterThan(2);
  await comeToRest();
}, 120_000);

test("a full server tells where it is, and takes no piece in", async () => {
  const free = (...command: string[]): Promise<Plain> => eu.plain("FCALL", "mer_free", "1", ROOT, ...command);
  const [head, vector] = (await us.call("export", "head", "eu")) as [string, string[]];
  const [next, piece] = (await us.call("export", "0", "1", "1", "eu")) as [string, string];
  await eu.redis.config("SET", "maxmemory", "1");
  try {
    expect(await free("import", "head", head)).toEqual(["ok", "0", "", "0"]);
    expect(await free("import", "piece", piece)).toEqual({ err: expect.stringMatching(/^OOM /) });
    expect(await free("import", "state")).toEqual(["ok", "0", "", "0", expect.arrayContaining(vector)]);
  } finally {
    await eu.redis.config("SET", "maxmemory", "0");
  }
  expect(await free("import", "piece", piece)).toEqual(["ok", next, "", "0"]);
});
