/** Backlogs between real regions: what waited behind a cut link goes in runs (packages/core/src/log/run.ts), and all is as it was written. */
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Regions, type Region } from "./test-support/regions.js";

const WRITES = 1000;
const FIELDS = 20;
const skipped = (await findServerBinary()) === undefined;
let regions: Regions | undefined;
vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  if (skipped) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
});

afterEach(async () => {
  await regions?.stop();
  regions = undefined;
});

/** Without a disk what is applied counts as durable: nothing is waited for but the second after which writes are old. */
async function start(...names: string[]): Promise<Regions> {
  regions = await Regions.start(names);
  for (const { engine } of regions.all) await engine.redis.config("SET", "appendonly", "no", "save", "");
  await regions.linksUp();
  return regions;
}

async function write({ engine, name }: Region): Promise<void> {
  const calls: Promise<unknown>[] = [];
  for (let at = 1; at <= WRITES; at++) {
    calls.push(engine.call("SET", `${name}:s`, `value ${at}`), engine.call("INCR", "n"));
    calls.push(engine.call("HSET", `${name}:h`, `f${at % FIELDS}`, String(at)));
    calls.push(engine.call("SADD", `${name}:e`, `m${at % FIELDS}`), engine.call("ZINCRBY", `${name}:z`, "2", "m"));
  }
  await Promise.all(calls);
}

/** Until what was written is old. */
async function aged({ engine }: Region): Promise<void> {
  const [atSeconds] = await engine.redis.time();
  await waitFor(async () => Number((await engine.redis.time())[0]) > Number(atSeconds) + 2, { what: "two seconds" });
}

async function valuesOf({ engine: { redis } }: Region, of: string): Promise<unknown[]> {
  const hash = await redis.hgetall(`${of}:h`);
  const members = await redis.smembers(`${of}:e`);
  return [await redis.get(`${of}:s`), hash, members.sort(), await redis.zscore(`${of}:z`, "m"), await redis.get("n")];
}

const received = ({ replication }: Region): number =>
  replication.status().incoming.reduce((sum, { operationsTotal }) => sum + operationsTotal, 0);

test.skipIf(skipped)("what waited behind a cut goes in few entries, from both sides", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a"), all.get("b")];
  await a.engine.call("INCR", "n");
  await all.converged();
  await all.cut("a", "b");
  await Promise.all([write(a), write(b)]);
  await aged(a);
  all.mend("a", "b");
  await all.converged();
  for (const of of ["a", "b"]) {
    const values = await valuesOf(a, of);
    expect(values).toEqual(await valuesOf(b, of));
    expect(values[0]).toBe(`value ${WRITES}`);
    expect(values[3]).toBe(String(2 * WRITES));
    expect(values[4]).toBe(String(2 * WRITES + 1));
  }
  expect(received(b)).toBeLessThan(WRITES / 10);
  expect(received(a)).toBeLessThan(WRITES / 10);
});

test.skipIf(skipped)("a region that got a part elsewhere gets the rest", async () => {
  const all = await start("a", "b", "c");
  const [a, b, c] = [all.get("a"), all.get("b"), all.get("c")];
  await all.cut("a", "b");
  await all.cut("a", "c");
  await write(a);
  await aged(a);
  all.mend("a", "b");
  await waitFor(async () => (await b.engine.redis.get("n")) === String(WRITES), { what: "all in b" });
  await a.engine.call("SET", "last", "1");
  await waitFor(async () => (await c.engine.redis.get("last")) === "1", { what: "all in c, by b" });
  all.mend("a", "c");
  await all.converged();
  expect(await valuesOf(c, "a")).toEqual(await valuesOf(a, "a"));
  expect(all.all.flatMap(({ alarms }) => alarms.map(({ code }) => code))).not.toContain("REPLICA_NEEDS_STATE_SYNC");
});
