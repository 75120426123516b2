/**
 * Regions on hash slots that the logs no longer reach take in the state of each slot, while all write: a region that was emptied,
 * and one that was away past the budget of the logs. Lone servers, which a cluster's nodes are as well.
 */
import { slotOfKey } from "@meridian/core";
import { waitFor } from "@meridian/testkit";
import { findServerBinary } from "@meridian/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Regions, type Region } from "../test-support/regions.js";

const canRun = (await findServerBinary()) !== undefined;
if (!canRun) console.log("skipped: state of slots, for there is no native server on the PATH");

/** As in a deployment, but quick: small logs that are not kept for long, and regions away after half a second. */
const limits = {
  logBytesMax: 100_000,
  tailBytesMax: 20_000,
  trimEveryMs: 200,
  trimKeepMs: 1000,
  awayAfterMs: 500,
  rewindRetryMs: 300,
  relayConnectedAfterMs: 2000,
  parkMs: 2000,
  stateSyncAfterMs: 3000,
};
const KEYS = 300;
const keys = Array.from({ length: KEYS }, (_, at) => `key ${at}`);
const slow = { timeoutMs: 60_000, intervalMs: 100 };

describe.runIf(canRun)("states of slots", () => {
  let regions: Regions;
  let a: Region;
  let b: Region;
  let c: Region;
  /** What was acknowledged, by key. */
  const counts = new Map<string, number>();

  beforeAll(async () => {
    regions = await Regions.start(["a", "b", "c"], { partitions: "slots" }, { limits });
    [a, b, c] = regions.all as [Region, Region, Region];
    await regions.linksUp();
  }, 60_000);
  afterAll(async () => {
    await regions?.stop();
  });

  async function count(region: Region, key: string): Promise<void> {
    await region.engine.slots!.call(slotOfKey(key), "INCR", key);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  /** In a and b, until told to stop. */
  function load(): { stop(): Promise<void> } {
    let goesOn = true;
    const one = async (region: Region): Promise<void> => {
      for (let at = 0; goesOn; at++) {
        await count(region, keys.at(at % KEYS)!);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const done = [one(a), one(b)];
    return {
      stop: async () => {
        goesOn = false;
        await Promise.all(done);
      },
    };
  }

  async function agreed(): Promise<void> {
    const problems = async (): Promise<string[]> => {
      const shown = await Promise.all(regions.all.map((region) => Promise.all(keys.map((key) => read(region, key)))));
      return keys.flatMap((key, at) => {
        const values = shown.map((values) => values[at]);
        const wanted = String(counts.get(key) ?? 0);
        return values.every((value) => value === wanted) ? [] : [`${key}: ${values.join(", ")} instead of ${wanted}`];
      });
    };
    await waitFor(async () => (await problems()).length === 0, { what: "all regions to agree", ...slow }).catch(
      async () => expect(await problems()).toEqual([]),
    );
  }

  test("a region whose server was emptied takes in every slot, while the others write", async () => {
    await Promise.all(keys.map((key, at) => count(regions.all.at(at % 3)!, key)));
    await agreed();
    const writing = load();
    try {
      await c.engine.slots?.nodes.at(0)?.redis.call("FLUSHALL");
      await waitFor(async () => (await read(c, keys.at(0)!)) !== null, { what: "the first of all keys", ...slow });
      await Promise.all(keys.map((key) => waitFor(async () => (await read(c, key)) !== null, { what: key, ...slow })));
    } finally {
      await writing.stop();
    }
    await Promise.all(keys.slice(0, 50).map((key) => count(c, key)));
    await agreed();
  }, 90_000);

  test("a region that was away past the budget of the logs takes in the slots that it missed", async () => {
    await regions.cut("a", "c");
    await regions.cut("b", "c");
    const large = "x".repeat(2000);
    await Promise.all(keys.map((key) => a.engine.slots!.call(slotOfKey(key), "SET", `{${key}} large`, large)));
    await Promise.all(keys.map((key) => a.engine.slots!.call(slotOfKey(key), "SET", `{${key}} large`, large)));
    await Promise.all(keys.slice(0, 100).map((key) => count(c, key)));
    await waitFor(() => a.replication.status().retention.fallen.includes("c"), {
      what: "c to be left behind",
      ...slow,
    });
    const writing = load();
    try {
      regions.mend("a", "c");
      regions.mend("b", "c");
      await regions.linksUp();
      const name = `{${keys.at(-1)!}} large`;
      await waitFor(async () => (await read(c, name)) === large, { what: "what it missed", ...slow });
    } finally {
      await writing.stop();
    }
    await agreed();
    for (const key of keys) await waitFor(async () => (await read(c, `{${key}} large`)) === large, { what: key });
    await waitFor(() => regions.all.every(({ replication }) => replication.status().retention.fallen.length === 0), {
      what: "nobody to be left behind",
      ...slow,
    });
  }, 90_000);
});

function read(region: Region, key: string): Promise<unknown> {
  return region.engine.slots!.command(slotOfKey(key), "GET", key);
}
