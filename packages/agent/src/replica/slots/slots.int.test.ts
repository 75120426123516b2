/**
 * Regions whose partitions are hash slots: a cluster with replicas, a lone server, a cluster of two nodes. Cuts, agents that come
 * and go, slots that move, nodes that fail over and crash, while all write.
 */
import { slotOfKey, SLOTS } from "@meridian/core";
import { hasCluster, spawnCluster, waitFor, type SpawnedCluster } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Regions, type Region } from "../test-support/regions.js";

const canRun = await hasCluster();
if (!canRun) console.log("skipped: regions on clusters, for there is no native server on the PATH");

describe.runIf(canRun)("regions of slots", () => {
  let regions: Regions;
  let large: SpawnedCluster;
  let small: SpawnedCluster;
  let a: Region;
  let b: Region;
  let c: Region;

  beforeAll(async () => {
    large = (await spawnCluster({ nodes: 3, replicas: 1, aof: true }))!;
    small = (await spawnCluster({ nodes: 2, aof: true }))!;
    const urls: Record<string, string | undefined> = { a: large.url, c: small.url };
    regions = await Regions.start(["a", "b", "c"], (name) => {
      const url = urls[name];
      return { partitions: "slots", ...(url === undefined ? {} : { url }) };
    });
    [a, b, c] = regions.all as [Region, Region, Region];
    await regions.linksUp();
  }, 120_000);
  afterAll(async () => {
    await regions?.stop();
    await large?.stop();
    await small?.stop();
  });

  test("what is written in any slot of any region is in all of them", async () => {
    const keys = Array.from({ length: 300 }, (_, at) => `key ${at}`);
    await Promise.all(keys.map((key, at) => write(regions.all.at(at % 3)!, key, "SET", `value ${at}`)));
    await Promise.all(keys.map((key, at) => shown(regions.all, key, `value ${at}`)));
    await Promise.all(regions.all.map((region) => write(region, "counter", "INCRBY", "5")));
    await shown(regions.all, "counter", "15");
    const { partitions } = a.replication.status();
    expect(partitions).toMatchObject({ count: SLOTS, isComplete: true });
    expect(partitions!.open).toBeLessThanOrEqual(301);
  });

  test("regions that were cut off from each other meet again; a third one passes on", async () => {
    await write(a, "stock", "INCRBY", "1");
    await shown(regions.all, "stock", "1");
    await regions.cut("a", "b");
    await Promise.all(Array.from({ length: 50 }, (_, at) => write(a, `of a ${at}`, "SET", "x")));
    await write(b, "stock", "INCRBY", "10");
    await shown(regions.all, "stock", "11"); // by way of c
    await shown(regions.all, "of a 49", "x");
    regions.mend("a", "b");
    await regions.linksUp();
    await write(b, "stock", "INCRBY", "100");
    await shown(regions.all, "stock", "111");
  });

  test("agents begin anew and go on; a slot that was written meanwhile is found", async () => {
    await c.stopAgent();
    await write(a, "meanwhile", "SET", "2");
    await write(c, "of c", "SET", "3");
    await c.startAgent();
    await a.stopAgent();
    await a.startAgent();
    await shown(regions.all, "meanwhile", "2");
    await shown(regions.all, "of c", "3");
    await regions.linksUp();
  });

  test("WAIT counts the regions that hold what was written in whatever slots", async () => {
    const { signal } = new AbortController();
    const wait = (count: number, timeoutMs: number): Promise<number> =>
      a.replication.waitForRegions({ regions: count, timeoutMs }, signal);
    await Promise.all(Array.from({ length: 20 }, (_, at) => write(a, `held ${at}`, "SET", "x")));
    expect(await wait(2, 20_000)).toBe(2);
    await regions.cut("a", "b");
    await regions.cut("a", "c");
    await write(a, "held 1", "SET", "y");
    expect(await wait(1, 200)).toBe(0);
    regions.mend("a", "b");
    regions.mend("a", "c");
    await regions.linksUp();
  });

  test("slots move, a node fails over, a node crashes, a link is cut: no write is lost or doubled", async () => {
    const book = new Counting(Array.from({ length: 120 }, (_, at) => `counted ${at}`));
    const writing = [book.writeTo(a), book.writeTo(b), book.writeTo(c)];
    await book.reached(200);
    await regions.cut("b", "c");
    const slots = [...new Set(book.keys.map(slotOfKey))];
    const from = await large.ownerOf(slots.at(0)!);
    const moving = (await Promise.all(slots.map(async (slot) => ((await large.ownerOf(slot)) === from ? slot : -1))))
      .filter((slot) => slot >= 0)
      .slice(0, 12);
    const to = large.nodes.slice(0, 3).find((node) => node !== from)!;
    await large.moveSlots(from, to, moving);
    await large.failover(large.nodes.at(3 + large.nodes.indexOf(to))!);
    await small.kill(small.nodes.at(0)!);
    await small.restart(small.nodes.at(0)!);
    regions.mend("b", "c");
    await book.reached(book.count + 200);
    book.stop();
    await Promise.all(writing);
    await waitFor(async () => (await book.problems(regions.all)).length === 0, {
      what: "all regions to show what was acknowledged",
      timeoutMs: 40_000,
    }).catch(async () => expect(await book.problems(regions.all)).toEqual([]));
  }, 120_000);
});

function write(region: Region, key: string, ...command: string[]): Promise<unknown> {
  return region.engine.slots!.call(slotOfKey(key), command.at(0)!, key, ...command.slice(1));
}

function read(region: Region, key: string): Promise<unknown> {
  return region.engine.slots!.command(slotOfKey(key), "GET", key);
}

/** Every region shows the value. */
async function shown(all: readonly Region[], key: string, value: string): Promise<void> {
  await waitFor(async () => (await Promise.all(all.map((region) => read(region, key)))).every((one) => one === value), {
    what: `${key} to be ${value} everywhere`,
    timeoutMs: 20_000,
  });
}

/** Increments by one, and what is known of them. */
class Counting {
  count = 0;
  private readonly acknowledged = new Map<string, number>();
  private readonly unknown = new Map<string, number>();
  private isOver = false;

  constructor(readonly keys: readonly string[]) {}

  async writeTo(region: Region): Promise<void> {
    for (let at = 0; !this.isOver; at++) {
      const key = this.keys.at(at % this.keys.length)!;
      try {
        await write(region, key, "INCR");
        this.acknowledged.set(key, (this.acknowledged.get(key) ?? 0) + 1);
        this.count++;
      } catch {
        this.unknown.set(key, (this.unknown.get(key) ?? 0) + 1); // the connection broke: it may have taken effect
      }
    }
  }

  stop(): void {
    this.isOver = true;
  }

  async reached(count: number): Promise<void> {
    await waitFor(() => this.count >= count, { what: `${count} writes`, timeoutMs: 30_000 });
  }

  async problems(all: readonly Region[]): Promise<string[]> {
    const problems: string[] = [];
    for (const key of this.keys) {
      const values = await Promise.all(all.map(async (region) => Number(await read(region, key))));
      const least = this.acknowledged.get(key) ?? 0;
      const most = least + (this.unknown.get(key) ?? 0);
      if (values.some((value) => value !== values[0] || value < least || value > most)) {
        problems.push(`${key}: ${values.join(", ")}, of ${least} to ${most}`);
      }
    }
    return problems;
  }
}
