/**
 * A server full of plain keys becomes a region by the library: every key is at once what its commands expect, nothing native is
 * written, and another region gets all of it by state.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { digests, importAll, replicate, startRegions, type TestRegion } from "./regions.js";
import { isError, startServer, kinds as serverKinds, type Plain, type TestServer } from "./support.js";

let us: TestRegion;
let eu: TestRegion;
let plain: TestServer;

beforeEach(async () => {
  [us, eu] = await startRegions(["us", "eu"]);
  plain = await startServer(serverKinds[0] ?? "wasm", undefined);
}, 60_000);
afterEach(() => Promise.all([us, eu, plain].map((server) => server.stop())));

const FAR = "4102444800000";
const members = Array.from({ length: 3500 }, (_, at) => `member ${at}`);

/** Commands that a plain server ran before, and those that come first to each key afterwards. */
const SAMPLES: readonly { key: string; before: string[][]; after: string[][] }[] = [
  { key: "text", before: [["SET", "text", "value"]], after: [["APPEND", "text", "+"]] },
  { key: "number", before: [["SET", "number", "41"]], after: [["INCR", "number"], ["DECRBY", "number", "7"]] }, // prettier-ignore
  { key: "float", before: [["SET", "float", "1.5"]], after: [["INCRBYFLOAT", "float", "0.25"]] },
  { key: "bits", before: [["SETBIT", "bits", "100", "1"]], after: [["SETBIT", "bits", "7", "1"], ["BITOP", "NOT", "bits", "bits"]] }, // prettier-ignore
  { key: "late", before: [["SET", "late", "v", "PXAT", FAR]], after: [["SETRANGE", "late", "1", "x"]] },
  { key: "kept", before: [["SET", "kept", "v"]], after: [["SET", "kept", "w", "NX"], ["SET", "kept", "w", "GET"]] }, // prettier-ignore
  { key: "hash", before: [["HSET", "hash", "f", "1", "g", "x"]], after: [["HINCRBY", "hash", "f", "4"], ["HDEL", "hash", "g"]] }, // prettier-ignore
  { key: "timed", before: [["HSET", "timed", "f", "1"], ["PEXPIREAT", "timed", FAR]], after: [["HSETNX", "timed", "f", "2"], ["PERSIST", "timed"]] }, // prettier-ignore
  {
    key: "set",
    before: [["SADD", "set", "a", "b"]],
    after: [
      ["SADD", "set", "b", "c"],
      ["SREM", "set", "a"],
    ],
  },
  { key: "zset", before: [["ZADD", "zset", "1", "a", "2.5", "b"]], after: [["ZINCRBY", "zset", "3", "a"], ["ZPOPMIN", "zset"]] }, // prettier-ignore
  { key: "list", before: [["RPUSH", "list", "a", "b", "c"]], after: [["LINSERT", "list", "BEFORE", "b", "x"], ["LPOP", "list"], ["LSET", "list", "0", "y"]] }, // prettier-ignore
  { key: "stream", before: [["XADD", "stream", "5-1", "f", "v"], ["XADD", "stream", "6-1", "f", "w"], ["XGROUP", "CREATE", "stream", "g", "0"]], after: [["XADD", "stream", "7-1", "f", "x"], ["XDEL", "stream", "5-1"]] }, // prettier-ignore
  {
    key: "sketch",
    before: [["PFADD", "sketch", "a", "b"]],
    after: [
      ["PFADD", "sketch", "c"],
      ["PFADD", "sketch", "a"],
    ],
  },
  {
    key: "gone",
    before: [["RPUSH", "gone", "a"]],
    after: [
      ["DEL", "gone"],
      ["SET", "gone", "now a text"],
    ],
  },
  { key: "named", before: [["SADD", "named", "a"]], after: [["RENAME", "named", "renamed"]] },
  { key: "large", before: [["SADD", "large", ...members]], after: [["SREM", "large", "member 7", "none"]] },
  {
    key: "long",
    before: [["RPUSH", "long", ...members]],
    after: [
      ["LPOP", "long"],
      ["RPUSH", "long", "z"],
    ],
  },
];

async function fill(...servers: TestServer[]): Promise<void> {
  for (const { before } of SAMPLES)
    for (const command of before) for (const each of servers) await each.plain(...command);
}

async function adoptAll(region: TestRegion): Promise<Plain[]> {
  for (;;) {
    const reply = (await region.call("adoption", "step")) as Plain[];
    if (isError(reply) || reply[0] !== "running") return reply;
  }
}

/** Of all keys but Meridian's own. */
async function dumps(server: TestServer): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const key of (await server.redis.keys("*")).filter((name) => !name.startsWith("mer:{")).toSorted()) {
    const value = await server.redis.dumpBuffer(key);
    all[key] = `${value?.toString("hex")} ${await server.redis.pexpiretime(key)}`;
  }
  return all;
}

async function expectSame(): Promise<void> {
  const [left, right] = [await digests(us), await digests(eu)];
  expect([...left.keys()].toSorted()).toEqual([...right.keys()].toSorted());
  for (const [key, digest] of left) expect([key, right.get(key)]).toEqual([key, digest]);
}

test("all is adopted as it lies there, another region takes it in, and both go on", async () => {
  await fill(us);
  const before = await dumps(us);
  expect(await us.call("adoption", "state")).toEqual(["none", 1]);
  expect(await us.call("adoption", "begin")).toEqual(["running"]);
  expect(await us.call("export", "head", "eu")).toEqual({ err: expect.stringMatching(/^MERIDIAN_ADOPTING /) });
  expect(await adoptAll(us)).toEqual(["done", String(SAMPLES.length), "0", ""]);
  expect(await dumps(us)).toEqual(before);
  expect(await us.call("adoption", "begin")).toEqual(["done"]);

  await importAll(us, eu);
  await expectSame();
  expect(Object.keys(await dumps(eu))).toEqual(Object.keys(before));
  for (const [at, { after }] of SAMPLES.entries()) {
    for (const command of after) expect(isError(await [us, eu][at % 2]!.call(...command))).toBe(false);
  }
  await replicate(us, eu);
  await expectSame();
}, 60_000);

test("a command that comes first finds each key as a plain server has it", async () => {
  await fill(us, plain);
  await us.call("adoption", "begin");
  for (const { after } of SAMPLES) {
    for (const command of after) {
      expect([command, await us.call(...command)]).toEqual([command, await plain.plain(...command)]);
    }
  }
  expect(Object.keys(await dumps(us))).toEqual(Object.keys(await dumps(plain)));
  expect((await adoptAll(us))[0]).toBe("done");
  await importAll(us, eu);
  await expectSame();
}, 60_000);

test("a large value is adopted in pages, whoever touches it in between; a new process begins anew", async () => {
  await us.plain("SADD", "touched", ...members);
  await us.plain("HSET", "grows", ...members.flatMap((member) => [member, "v"]));
  await us.plain("ZADD", "scores", ...members.flatMap((member, at) => [String(at), member]));
  for (let at = 0; at < 2500; at++) await us.redis.xadd("entries", `${at + 1}-1`, "f", "v");
  await us.call("adoption", "begin");
  for (let at = 0; at < 2; at++) await us.call("adoption", "step");
  expect(await us.plain("EXISTS", "mer:{0}:as")).toBe(1);
  await us.call("SREM", "touched", "member 1");
  await us.call("HSET", "grows", "one more", "v");
  await us.plain("DEL", "mer:{0}:w"); // as another process finds it
  expect(await adoptAll(us)).toEqual(["done", "4", "0", ""]);
  expect(await us.plain("EXISTS", "mer:{0}:as", "mer:{0}:aq")).toBe(0);
  await importAll(us, eu);
  await expectSame();
  expect(await eu.plain("HLEN", "grows")).toBe(members.length + 1);
}, 60_000);

test("what was flushed or deleted meanwhile stays away", async () => {
  await fill(us);
  await us.call("adoption", "begin");
  await us.call("adoption", "step");
  await us.call("SET", "text", "anew");
  await us.call("FLUSHALL");
  await us.call("SET", "after", "1");
  await adoptAll(us);
  expect(Object.keys(await dumps(us))).toEqual(["after"]);
}, 60_000);

test("nothing remote applies before the end; a region with a past, and an empty one, adopt nothing", async () => {
  await eu.call("SET", "theirs", "1");
  await us.plain("SET", "ours", "1");
  await us.call("adoption", "begin");
  expect((await replicate(eu, us)).at(0)).toEqual(expect.arrayContaining(["importing"]));
  await adoptAll(us);
  await replicate(eu, us);
  expect(await us.plain("GET", "theirs")).toBe("1");
  await eu.plain("SET", "plain", "1");
  expect(await eu.call("adoption", "state")).toEqual(["none", 0]);
  expect(await eu.call("adoption", "begin")).toEqual(["late"]);
}, 60_000);

test("a second region that adopted is told so, and keeps what it has", async () => {
  for (const region of [us, eu]) {
    await region.plain("SET", region.name, "1");
    await region.call("adoption", "begin");
    await adoptAll(region);
  }
  const [head] = (await us.call("export", "head", "eu")) as [string];
  expect(await eu.call("import", "head", head)).toEqual({ err: expect.stringMatching(/^MERIDIAN_ADOPTEDTOO /) });
  expect(Object.keys(await dumps(eu))).toEqual(["eu"]);
}, 60_000);
