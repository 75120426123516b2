/** Servers as regions, without agents: their logs are read and applied by hand. */
import { expect } from "vitest";
import { waitFor } from "@meridian/testkit";
import { kinds, libraryCode, startServer, type Plain, type TestServer } from "./support.js";

const BUCKETS = 65_536;
/** [key, tally, kept, problem, deadline] */
const ROW = 5;

export interface TestRegion extends TestServer {
  readonly name: string;
  /** Until the clock of the server shows another millisecond: what is stamped then is later. */
  waitForLaterMillisecond(): Promise<void>;
}

export async function startRegions<const N extends readonly string[]>(
  names: N,
): Promise<{ [K in keyof N]: TestRegion }> {
  const code = libraryCode();
  const regions = await Promise.all(names.map((name) => startRegion(name, names, code)));
  return regions as { [K in keyof N]: TestRegion };
}

async function startRegion(name: string, names: readonly string[], code: string): Promise<TestRegion> {
  const server = await startServer(kinds[0] ?? "wasm", code);
  await server.call("configure", name, names.join(","));
  const milliseconds = async (): Promise<number> => {
    const [seconds, microseconds] = (await server.plain("TIME")) as [string, string];
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  };
  return {
    ...server,
    name,
    waitForLaterMillisecond: async () => {
      const now = await milliseconds();
      await waitFor(async () => (await milliseconds()) > now, { what: "a later millisecond" });
    },
  };
}

/** The origins of a region, and how far it has come with each. */
async function standing(region: TestRegion): Promise<{ own: string; vector: Map<string, string> }> {
  const [, , own, , , flat] = (await region.call("state")) as [number, string, string, string, string, string[]];
  const vector = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) vector.set(flat[at] ?? "", flat[at + 1] ?? "0");
  return { own, vector };
}

/** Brings one region all that the other one wrote; the answers of `apply`. */
export async function deliver(from: TestRegion, to: TestRegion): Promise<unknown[]> {
  const answers: unknown[] = [];
  const { own } = await standing(from);
  const after = (await standing(to)).vector.get(own) ?? "0";
  const records = (await from.call("read", own, after, "1000", "100000000")) as string[];
  for (let at = 1; at < records.length; at += 2) answers.push(await to.call("apply", own, records[at] ?? ""));
  return answers;
}

/** Brings each region all that the other ones wrote; the answers of `apply`. */
export async function replicate(...regions: TestRegion[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const from of regions) for (const to of regions) if (to !== from) answers.push(...(await deliver(from, to)));
  return answers;
}

/** All pieces, one after the other; `between` runs after each. */
export async function importAll(
  from: TestRegion,
  to: TestRegion,
  between: (piece: number) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const [head] = (await from.call("export", "head", to.name)) as [string];
  expect(await to.call("import", "head", head)).toEqual(["ok", "0", "", "0"]);
  let pieces = 0;
  for (let at = "0"; Number(at) < BUCKETS; pieces++) {
    const [next, piece] = (await from.call("export", at, "500", "1000000", to.name)) as [string, string];
    expect(await to.call("import", "piece", piece)).toEqual(["ok", next, "", "0"]);
    at = next;
    await between(pieces);
  }
  expect(await to.call("import", "end")).toEqual(["ok", String(BUCKETS), "", "0"]);
  return pieces;
}

/** By key. */
export async function digests(region: TestRegion): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  const buckets = (await region.redis.keys("mer:{0}:m:*")).map((name) => parseInt(name.slice(-4), 16));
  const replies = await Promise.all(buckets.map((bucket) => region.call("digest", "keys", String(bucket))));
  for (const reply of replies) {
    const [, flat, large] = reply as [Plain, string[], string[]];
    for (const key of large) all.set(key, await wholeDigest(region, key));
    for (let at = 0; at < flat.length; at += ROW) {
      const [key = "", tally = "", , problem = ""] = flat.slice(at, at + ROW);
      all.set(key, tally + problem);
    }
  }
  return all;
}

/** Of a value in pages, whose order is each server's own: the sum of their tallies, and what is wrong with it. */
async function wholeDigest(region: TestRegion, key: string): Promise<string> {
  let sum = 0n;
  let problems = "";
  for (let cursor = "", isFirst = true; isFirst || cursor !== ""; isFirst = false) {
    const reply = await region.call("digest", "key", key, cursor);
    const [, tally, , problem, , next] = reply as [Plain, string, string, string, string, string];
    sum += BigInt(`0x${Buffer.from(tally, "latin1").toString("hex")}`);
    problems += problem;
    cursor = next;
  }
  return `${sum % 2n ** 48n} ${problems}`;
}
