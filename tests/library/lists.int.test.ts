/**
 * Long lists on real servers: deep inside and near the ends, one region against the plain server, and two regions that write
 * while cut off from each other. The simulator's lists are short; here is what is done to long ones (core, state/lanes.ts).
 */
import { Draw, seededRandom, testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kinds, libraryCode, ROOT, startServer, type TestServer } from "./support.js";

const SIZE = 6000;
const STEPS = 150;
const TIMEOUT_MS = 120_000;
const seed = testSeed();
const kind = kinds[0] ?? "wasm";
const servers: TestServer[] = [];
let plain: TestServer;
let us: TestServer;
let eu: TestServer;

beforeAll(async () => {
  plain = await startServer(kind, undefined);
  us = await startServer(kind, libraryCode());
  eu = await startServer(kind, libraryCode());
  servers.push(plain, us, eu);
  await us.call("configure", "us", "us,eu");
  await eu.call("configure", "eu", "us,eu");
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** Many of them the same, and some the very marks that are set on the way. */
function texts(draw: Draw, count: number): string[] {
  return Array.from({ length: count }, () => draw.pick(["a", "b", "\0mer", "\0mer.", `text ${draw.below(2000)}`]));
}

function editOf(draw: Draw, key: string, size: number): string[] {
  const at = (): string => String(draw.pick([0, 1, -1, -2, draw.below(size), -draw.below(size) - 1]));
  const [text = "", other = ""] = texts(draw, 2);
  return draw.pick([
    ["LINSERT", key, draw.pick(["BEFORE", "AFTER"]), text, other],
    ["LINSERT", key, draw.pick(["BEFORE", "AFTER"]), text, other],
    ["LSET", key, at(), other],
    ["LREM", key, String(draw.pick([1, -1, 2, -3, 40])), text],
    ["LREM", key, draw.pick(["0", "-900"]), draw.pick([text, "a"])],
    ["LTRIM", key, String(draw.below(3)), String(-1 - draw.below(3))],
    ["RPUSH", key, ...texts(draw, draw.pick([1, 30, 300]))],
    ["LPUSH", key, ...texts(draw, draw.pick([1, 30, 300]))],
    [draw.pick(["LPOP", "RPOP"]), key, String(draw.below(20))],
    ["LMOVE", key, key, draw.pick(["LEFT", "RIGHT"]), draw.pick(["LEFT", "RIGHT"])],
  ]);
}

async function elements(server: TestServer, key: string): Promise<unknown> {
  return await server.plain("LRANGE", key, "0", "-1");
}

/** Gives what `from` has logged and `to` has not applied. */
async function deliver(from: TestServer, to: TestServer): Promise<void> {
  const origin = String(await from.plain("HGET", ROOT, "origin"));
  const rows = (await from.plain("XRANGE", `${ROOT}:log:${origin}`, "-", "+")) as [string, [string, string]][];
  for (const [, [, frames]] of rows) {
    const reply = await to.call("apply", origin, frames);
    expect(reply).toEqual(["ok", expect.anything(), expect.anything(), expect.anything(), expect.anything()]);
  }
}

async function converge(key: string): Promise<void> {
  await deliver(us, eu);
  await deliver(eu, us);
  expect(await elements(eu, key)).toEqual(await elements(us, key));
  for (const server of [us, eu]) {
    expect(await server.plain("LLEN", `${ROOT}:l:${key}`)).toBe(await server.plain("LLEN", key));
  }
}

test(
  `a long list is changed as plain Redis changes it, SEED=${seed}`,
  async () => {
    const random = seededRandom(seed);
    const draw = new Draw(() => random.real());
    await Promise.all([plain.plain("FLUSHALL"), us.call("FLUSHALL")]);
    const start = ["RPUSH", "long", ...texts(draw, SIZE)];
    await Promise.all([plain.plain(...start), us.call(...start)]);
    await Promise.all([plain.plain("EXPIRE", "long", "10000"), us.call("EXPIRE", "long", "10000")]);
    for (let step = 0; step < STEPS; step++) {
      const command = editOf(draw, "long", SIZE);
      const what = `step ${step}: ${JSON.stringify(command)}`;
      const [there, here] = [await plain.plain(...command), await us.call(...command)];
      expect(here, what).toEqual(there);
      expect(await elements(us, "long"), what).toEqual(await elements(plain, "long"));
    }
    expect(await us.plain("TTL", "long")).toBeGreaterThan(9000);
    await deliver(us, eu);
    expect(await elements(eu, "long")).toEqual(await elements(us, "long"));
  },
  TIMEOUT_MS,
);

test(
  `two regions change a long list while cut off, again and again, SEED=${seed}`,
  async () => {
    const random = seededRandom(seed + 1);
    const draw = new Draw(() => random.real());
    await us.call("FLUSHALL");
    await us.call("RPUSH", "both", ...texts(draw, SIZE));
    await converge("both");
    for (let round = 0; round < 12; round++) {
      for (const server of [us, eu]) {
        for (let edit = 0; edit < 12; edit++) await server.call(...editOf(draw, "both", SIZE));
      }
      await converge("both");
    }
    await us.call("DEL", "both");
    await eu.call("RPUSH", "both", "unseen");
    await eu.call("LPUSH", "both", "unseen too");
    await converge("both");
    expect(await elements(us, "both")).toEqual(["unseen too", "unseen"]);
  },
  TIMEOUT_MS,
);

test(
  "pushes made long ago go in far from the end, one and many",
  async () => {
    await us.call("FLUSHALL");
    const numbered = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name} ${at}`);
    await us.call("RPUSH", "late", ...numbered("first", 4000));
    await converge("late");
    await us.call("RPUSH", "late", "one");
    await us.call("RPUSH", "late", ...numbered("many", 3000));
    await us.call("LPUSH", "late", ...numbered("left", 700));
    for (let at = 0; at < 3; at++) await eu.call("RPUSH", "late", ...numbered("later", 1000));
    for (let at = 0; at < 3; at++) await eu.call("LPUSH", "late", ...numbered("further left", 1000));
    await converge("late");
    const all = (await elements(eu, "late")) as string[];
    expect(all.slice(3700 + 4000, 3700 + 4002)).toEqual(["one", "many 0"]);
    expect(all.slice(2999, 3001)).toEqual(["further left 0", "left 699"]);
    expect(all.length).toBe(4000 + 3001 + 700 + 6000);
  },
  TIMEOUT_MS,
);

test(
  "two thousand insertions at one spot, told to another region",
  async () => {
    await us.call("FLUSHALL");
    await us.call("RPUSH", "spot", "begin", "end");
    const calls: string[] = [];
    for (let at = 0; at < 2000; at++) {
      calls.push("5", "LINSERT", "spot", at % 2 === 0 ? "AFTER" : "BEFORE", at % 2 === 0 ? "begin" : "end", `${at}`);
    }
    await us.call("pipeline", ...calls);
    await converge("spot");
    const all = (await elements(eu, "spot")) as string[];
    expect(all.slice(0, 3)).toEqual(["begin", "1998", "1996"]);
    expect(all.slice(-3)).toEqual(["1997", "1999", "end"]);
  },
  TIMEOUT_MS,
);
