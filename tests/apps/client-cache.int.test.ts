/**
 * node-redis with its cache in the client, unchanged, in two regions: what a client holds of its region's values is
 * forgotten when they change, whichever region changed them.
 */
import { BasicClientSideCache, createClient, type RedisClientType } from "redis";
import { Redis } from "ioredis";
import { waitFor } from "@meridian/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { EU, type Region, TwoRegions, US } from "../two-regions.js";

let regions: TwoRegions;

beforeAll(async () => {
  regions = await TwoRegions.start();
});

afterEach(() => regions.mendAndClose());

afterAll(() => TwoRegions.stop());

interface Caching {
  client: Pick<RedisClientType, "get" | "hGetAll">;
  cache: BasicClientSideCache;
}

async function caching(region: Region): Promise<Caching> {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: "LRU" });
  const client = createClient({ socket: regions.address(region), RESP: 3, clientSideCache: cache });
  client.on("error", () => undefined); // each command is rejected anyway
  await client.connect();
  regions.onClose(() => client.close());
  return { client: client as unknown as Caching["client"], cache };
}

function writer(region: Region): Redis {
  const redis = new Redis(regions.address(region));
  regions.onClose(() => redis.disconnect());
  return redis;
}

/** Asks twice, of which the second is not asked of the region. */
async function holds({ client, cache }: Caching, key: string, value: string): Promise<void> {
  await waitFor(async () => (await client.get(key)) === value, { what: `${key} to be ${value} in the cache` });
  const before = cache.stats().hitCount;
  expect(await client.get(key)).toBe(value);
  expect(cache.stats().hitCount).toBe(before + 1);
}

test("a write in another region reaches what a client holds, and one here, and what an expiry takes", async () => {
  const eu = await caching(EU);
  const [far, near] = [writer(US), writer(EU)];
  await far.set("price", "1");
  await holds(eu, "price", "1");
  await far.set("price", "2");
  await holds(eu, "price", "2");
  await near.incr("price");
  await holds(eu, "price", "3");
  await far.hset("thing", { name: "lamp" });
  await waitFor(async () => (await eu.client.hGetAll("thing"))["name"] === "lamp", { what: "the hash" });
  await far.hincrby("thing", "sold", 1);
  await waitFor(async () => (await eu.client.hGetAll("thing"))["sold"] === "1", { what: "the field" });
  await far.pexpire("price", 50);
  await waitFor(async () => (await eu.client.get("price")) === null, { what: "the end of the price" });
});

test("what changed in the other region while the link was cut is forgotten when it comes", async () => {
  const eu = await caching(EU);
  const [far, near] = [writer(US), writer(EU)];
  await near.set("stock", "10");
  await holds(eu, "stock", "10");
  await waitFor(async () => (await far.get("stock")) === "10", { what: "the stock to be known in both" });
  await regions.link(false);
  await far.decrby("stock", 3);
  await holds(eu, "stock", "10");
  await near.decrby("stock", 2);
  await holds(eu, "stock", "8");
  await regions.link(true);
  await holds(eu, "stock", "5");
});
