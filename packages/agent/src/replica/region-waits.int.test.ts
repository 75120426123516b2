/** Waiting until other regions hold what was written, between real servers, with links cut. */
import { findServerBinary } from "@meridian/engine";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Regions } from "./test-support/regions.js";

const native = await findServerBinary();
const skipped = native === undefined;
const never = new AbortController().signal;
let all: Regions;

beforeEach(async () => {
  if (skipped) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  all = await Regions.start(["a", "b", "c"]);
  await all.linksUp();
}, 60_000);
afterEach(() => all?.stop());

test.skipIf(skipped)(
  "a wait ends when so many regions have acknowledged, and not before",
  { timeout: 60_000 },
  async () => {
    const { engine, replication } = all.get("a");
    for (let round = 0; round < 20; round++) {
      await engine.call("SET", "k", String(round));
      expect(await replication.waitForRegions({ regions: 2, timeoutMs: 0 }, never)).toBe(2);
      for (const name of ["b", "c"]) expect(await all.get(name).engine.redis.get("k")).toBe(String(round));
    }

    await all.cut("a", "b");
    await engine.call("SET", "k", "cut");
    expect(await replication.waitForRegions({ regions: 1, timeoutMs: 0 }, never)).toBe(1);
    expect(await replication.waitForRegions({ regions: 2, timeoutMs: 50 }, never)).toBe(1);
    expect(await replication.waitForRegions({ regions: 0, timeoutMs: 0 }, never)).toBe(1);

    const waiting = replication.waitForRegions({ regions: 2, timeoutMs: 0 }, never);
    const left = new AbortController();
    const leaving = replication.waitForRegions({ regions: 3, timeoutMs: 0 }, left.signal);
    all.mend("a", "b");
    expect(await waiting).toBe(2);
    left.abort();
    expect(await leaving).toBe(2);
  },
);

test.skipIf(skipped)("what was written after the wait began is not waited for", { timeout: 60_000 }, async () => {
  const { engine, replication } = all.get("a");
  await engine.call("SET", "before", "v");
  expect(await replication.waitForRegions({ regions: 2, timeoutMs: 0 }, never)).toBe(2);
  await Promise.all([all.cut("a", "b"), all.cut("a", "c")]);
  expect(await replication.waitForRegions({ regions: 2, timeoutMs: 0 }, never)).toBe(2);
  await engine.call("SET", "after", "v");
  expect(await replication.waitForRegions({ regions: 1, timeoutMs: 20 }, never)).toBe(0);
});
