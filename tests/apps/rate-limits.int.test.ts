/**
 * rate-limiter-flexible, unchanged, in two regions, with both clients that it knows. While the link is cut each region holds to
 * the limit by itself; afterwards what both had let pass counts together.
 */
import { Redis } from "ioredis";
import { waitFor } from "@meridian/testkit";
import { type IRateLimiterRedisOptions, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bothShow, EU, type Region, TwoRegions, US } from "../two-regions.js";

const POINTS = 5;
const KEY = "somebody";
let regions: TwoRegions;

beforeAll(async () => {
  regions = await TwoRegions.start();
});

afterEach(() => regions.mendAndClose());

afterAll(() => TwoRegions.stop());

async function connected(
  region: Region,
  name: string,
): Promise<Partial<IRateLimiterRedisOptions> & { storeClient: unknown }> {
  const address = regions.address(region);
  if (name === "ioredis") {
    const client = new Redis(address);
    regions.onClose(() => client.disconnect());
    return { storeClient: client };
  }
  const client = createClient({ socket: address });
  await client.connect();
  regions.onClose(() => client.close());
  return { storeClient: client, useRedisPackage: true };
}

/** One in each region. */
async function limiters(
  name: string,
  options: Partial<IRateLimiterRedisOptions>,
): Promise<[RateLimiterRedis, RateLimiterRedis]> {
  const make = async (region: Region): Promise<RateLimiterRedis> =>
    new RateLimiterRedis({
      points: POINTS,
      duration: 60,
      keyPrefix: expect.getState().currentTestName ?? "",
      ...options,
      ...(await connected(region, name)),
    });
  return [await make(US), await make(EU)];
}

/** How many points are used up, or that no more may be. */
async function consumed(limiter: RateLimiterRedis, points = 1): Promise<number | "too many"> {
  try {
    return (await limiter.consume(KEY, points)).consumedPoints;
  } catch (rejected) {
    if (rejected instanceof RateLimiterRes && rejected.msBeforeNext > 0) return "too many";
    throw rejected;
  }
}

async function used(limiter: RateLimiterRedis): Promise<number | null> {
  return (await limiter.get(KEY))?.consumedPoints ?? null;
}

function bothUsed(pair: readonly [RateLimiterRedis, RateLimiterRedis], points: number | null): Promise<void> {
  return bothShow((region) => used(pair[region]), points);
}

describe.each(["ioredis", "node-redis"])("with %s", (name) => {
  test("a limit holds across regions", async () => {
    const [us, eu] = await limiters(name, {});
    for (const expected of [1, 2, 3]) expect(await consumed(us)).toBe(expected);
    await bothUsed([us, eu], 3);
    expect([await consumed(eu), await consumed(eu), await consumed(eu)]).toEqual([4, 5, "too many"]);
    await bothUsed([us, eu], 6);
    expect(await consumed(us)).toBe("too many");
  });

  test("while the link is cut each region holds to it by itself; then all counts together", async () => {
    const [us, eu] = await limiters(name, {});
    await regions.link(false);
    for (const limiter of [us, eu]) {
      for (const expected of [1, 2, 3, 4, 5, "too many"]) expect(await consumed(limiter)).toBe(expected);
    }
    await regions.link(true);
    await bothUsed([us, eu], 12);
    for (const limiter of [us, eu]) expect(await consumed(limiter)).toBe("too many");
  });

  test("a window that ended on both sides of the cut takes with it what it had counted, and no more", async () => {
    const [us, eu] = await limiters(name, { duration: 1 });
    expect(await consumed(us, 3)).toBe(3);
    await bothUsed([us, eu], 3);
    await regions.link(false);
    for (const limiter of [us, eu])
      await waitFor(async () => (await used(limiter)) === null, { what: "the end of it" });
    const [ofUs, ofEu] = await limiters(name, { duration: 60 });
    expect([await consumed(ofUs, 1), await consumed(ofEu, 2)]).toEqual([1, 2]);
    await regions.link(true);
    await bothUsed([us, eu], 3);
  });

  test("who is blocked on one side of the cut is blocked in both, and let go in both", async () => {
    const [us, eu] = await limiters(name, { blockDuration: 120 });
    expect(await consumed(us, 2)).toBe(2);
    await bothUsed([us, eu], 2);
    await regions.link(false);
    expect(await consumed(us, 9)).toBe("too many");
    expect(await consumed(eu)).toBe(3);
    await regions.link(true);
    for (const limiter of [us, eu]) {
      await waitFor(async () => ((await limiter.get(KEY))?.msBeforeNext ?? 0) > 100_000, { what: "the block" });
      expect(await consumed(limiter)).toBe("too many");
    }
    await eu.delete(KEY);
    await bothUsed([us, eu], null);
  });
});
