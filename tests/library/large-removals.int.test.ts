/**
 * Large values that another region removed while something was written to them here: what its author had not seen stays,
 * everything else goes, and nothing is looked at but what the logs name. Where they no longer tell, each part is.
 */
import { waitFor } from "@meridian/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { deliver, replicate, startRegions, type TestRegion } from "./regions.js";

const PARTS = 1200;
const numbers = Array.from({ length: PARTS }, (_, at) => at);

let us: TestRegion;
let eu: TestRegion;

beforeAll(async () => {
  [us, eu] = await startRegions(["us", "eu"]);
});
afterAll(() => Promise.all([us.stop(), eu.stop()]));

beforeEach(async () => {
  await replicate(us, eu);
  for (const region of [us, eu]) await region.call("FLUSHALL");
  await replicate(us, eu);
});

interface Case {
  type: string;
  fill: string[][];
  /** What the other region writes meanwhile. */
  unseen: string[][];
  read: string[];
  left: unknown;
}

const cases: Case[] = [
  {
    type: "set",
    fill: [["SADD", "k", ...numbers.map((at) => `m${at}`)]],
    unseen: [
      ["SADD", "k", "m7"],
      ["SADD", "k", "new", "gone"],
      ["SREM", "k", "gone", "m8"],
    ],
    read: ["SORT", "k", "ALPHA"],
    left: ["m7", "new"],
  },
  {
    type: "hash",
    fill: [
      ["HSET", "k", ...numbers.flatMap((at) => [`f${at}`, "old"])],
      ["HINCRBY", "k", "count", "5"],
      ["HINCRBY", "k", "seen", "5"],
    ],
    unseen: [
      ["HSET", "k", "f7", "new"],
      ["HINCRBY", "k", "count", "3"],
    ],
    read: ["HMGET", "k", "f7", "count", "seen", "f8"],
    left: ["new", "3", false, false],
  },
  {
    type: "zset",
    fill: [
      ["ZADD", "k", ...numbers.flatMap((at) => [String(at), `m${at}`])],
      ["ZINCRBY", "k", "5", "count"],
      ["ZINCRBY", "k", "5", "seen"],
    ],
    unseen: [
      ["ZADD", "k", "1.25", "m7"],
      ["ZINCRBY", "k", "3", "count"],
      ["ZINCRBY", "k", "10", "m8"],
    ],
    read: ["ZRANGE", "k", "0", "-1", "WITHSCORES"],
    left: ["m7", "1.25", "count", "3", "m8", "10"],
  },
  {
    type: "list",
    fill: [["RPUSH", "k", ...numbers.map((at) => `e${at}`)]],
    unseen: [
      ["LPUSH", "k", "first"],
      ["LSET", "k", "600", "written"],
      ["LINSERT", "k", "AFTER", "e800", "inserted"],
      ["RPUSH", "k", "last"],
    ],
    read: ["LRANGE", "k", "0", "-1"],
    left: ["first", "written", "inserted", "last"],
  },
  {
    type: "stream",
    fill: [["pipeline", ...numbers.flatMap((at) => ["5", "XADD", "k", `1-${at + 1}`, "f", String(at)])]],
    unseen: [
      ["XADD", "k", "2-1", "f", "new"],
      ["XADD", "k", "3-1", "f", "gone"],
      ["XDEL", "k", "3-1"],
    ],
    read: ["XRANGE", "k", "-", "+"],
    left: [["2-1", ["f", "new"]]],
  },
];

/** Whether `to` reads all metadata of the key's parts as it applies what is new; those of a list or a stream by the 500. */
async function looksAtAll(from: TestRegion, to: TestRegion): Promise<boolean> {
  const monitor = await to.redis.monitor();
  const calls: string[][] = [];
  monitor.on("monitor", (_time: string, call: string[]) => calls.push(call));
  try {
    await deliver(from, to);
    await to.plain("ECHO", "the end");
    await waitFor(() => calls.some(([, text]) => text === "the end"), { what: "all calls" });
  } finally {
    monitor.disconnect();
  }
  return calls.some(([name = "", key = "", first, last]) => {
    if (!/^mer:\{0\}:[ehzlx]:k$/.test(key)) return false;
    return (
      name.toUpperCase() === "HGETALL" || (name.toUpperCase() === "LRANGE" && Number(last) - Number(first) === 499)
    );
  });
}

async function writeAtOnce({ fill, unseen }: Case): Promise<void> {
  for (const command of fill) await us.call(...command);
  await replicate(us, eu);
  for (const command of unseen) await eu.call(...command);
  await eu.call("EXPIRE", "k", "100000");
  await us.waitForLaterMillisecond();
}

/** Value, deadline and metadata are the same in both. */
async function expectAlike({ read, left }: Case): Promise<void> {
  for (const region of [us, eu]) expect(await region.plain(...read)).toEqual(left);
  expect(await eu.plain("PEXPIRETIME", "k")).toBe(await us.plain("PEXPIRETIME", "k"));
  expect(await eu.plain("PEXPIRETIME", "k")).toBeGreaterThan(0);
  expect(await metadata(eu)).toEqual(await metadata(us));
}

/** All that is told of the key, but by whom and when. */
async function metadata(region: TestRegion): Promise<unknown> {
  const told = JSON.parse((await region.call("inspect", "k")) as string) as object;
  return { ...told, region: "", nowMs: 0 };
}

test.each(cases)("a $type is removed by the logs", async (sample) => {
  await writeAtOnce(sample);
  await us.call("DEL", "k");
  expect(await looksAtAll(us, eu)).toBe(false);
  await deliver(eu, us);
  await expectAlike(sample);
});

test.each(cases)("a $type is looked at part by part where the log is trimmed", async (sample) => {
  await writeAtOnce(sample);
  await us.call("DEL", "k");
  await deliver(eu, us);
  const [, , own, last] = (await eu.call("state")) as [number, string, string, string];
  expect(await eu.call("trim", own, last)).toBeGreaterThan(0);
  expect(await looksAtAll(us, eu)).toBe(true);
  await expectAlike(sample);
});

/** Ends of a list and the head of a stream, whose removal takes away most of it. */
const trims: { type: string; trim: string[]; seen: string }[] = [
  { type: "list", trim: ["LTRIM", "k", "5", "9"], seen: "LLEN" },
  { type: "stream", trim: ["XTRIM", "k", "MAXLEN", "5"], seen: "XLEN" },
];

test.each(trims)("most of a $type is trimmed by the logs", async ({ type, trim, seen }) => {
  const sample = cases.find((each) => each.type === type)!;
  await writeAtOnce(sample);
  await us.call(...trim);
  expect(await looksAtAll(us, eu)).toBe(false);
  await deliver(eu, us);
  expect(await eu.plain(seen, "k")).toBe(5 + (sample.left as unknown[]).length);
  expect(await eu.plain(...sample.read)).toEqual(await us.plain(...sample.read));
  expect(await metadata(eu)).toEqual(await metadata(us));
});
