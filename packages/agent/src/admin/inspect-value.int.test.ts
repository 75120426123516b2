/** Values of every type as a real server has them: bounded, exact, and untouched by being looked at. */
import { spawnRedis, type SpawnedRedis } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { agentLimits } from "../limits.js";
import type { StreamContent } from "./documents.js";
import { readValue, type ReadCommand } from "./inspect-value.js";

let server: SpawnedRedis;
let redis: Redis;
const read: ReadCommand = (name, ...args) => redis.callBuffer(name, ...args);
const key = Buffer.from([0x6b, 0xff]);
const [most, half] = [agentLimits.inspectElementsMax, agentLimits.inspectElementsMax / 2];
const odd = Buffer.from([0xff]);

beforeAll(async () => {
  server = await spawnRedis();
  redis = server.client();
});
afterAll(() => server.stop());
beforeEach(() => redis.flushall());

test("a string, whole and cut", async () => {
  await redis.set(key, odd);
  expect(await readValue(read, key, "string")).toEqual({
    size: 1,
    value: { whole: true, content: { base64: "/w==" } },
  });
  await redis.set(key, "x".repeat(agentLimits.inspectBytesMax + 1));
  const { size, value } = await readValue(read, key, "string");
  expect([size, value?.whole]).toEqual([agentLimits.inspectBytesMax + 1, false]);
  expect(value?.content).toBe("x".repeat(agentLimits.inspectBytesMax));
});

test("a hash by its fields, a set by its members, a sorted set by scores, a list in its order", async () => {
  await redis.hset(key, "b", "2", "a", odd);
  expect((await readValue(read, key, "hash")).value?.content).toEqual([
    ["a", { base64: "/w==" }],
    ["b", "2"],
  ]);
  await redis.del(key);
  await redis.sadd(key, "b", odd, "a");
  expect((await readValue(read, key, "set")).value?.content).toEqual([{ base64: "/w==" }, "a", "b"]);
  await redis.del(key);
  await redis.zadd(key, "2", "a", "-inf", "z", "1.5", "m");
  expect((await readValue(read, key, "zset")).value?.content).toEqual([
    ["z", "-inf"],
    ["m", "1.5"],
    ["a", "2"],
  ]);
  await redis.del(key);
  await redis.rpush(key, ...Array.from({ length: most + 1 }, (_none, index) => String(index)));
  const { size, value } = await readValue(read, key, "list");
  expect([size, value?.whole]).toEqual([most + 1, false]);
  expect(value?.content).toEqual(Array.from({ length: most }, (_none, index) => String(index)));
});

test("a HyperLogLog by its estimate, which writes nothing into it", async () => {
  await redis.pfadd(key, "a", "b", "c");
  const before = await redis.getBuffer(key);
  expect(await readValue(read, key, "hyperloglog")).toEqual({ size: 3, value: { whole: true, content: "3" } });
  expect(await redis.getBuffer(key)).toEqual(before);
});

test("a stream whole while it is short, by its two ends when it is long", async () => {
  await redis.xadd(key, "1-1", "f", odd, "f", "again");
  const short = await readValue(read, key, "stream");
  expect(short).toEqual({
    size: 1,
    value: {
      whole: true,
      content: {
        first: [
          {
            id: "1-1",
            fields: [
              ["f", { base64: "/w==" }],
              ["f", "again"],
            ],
          },
        ],
        last: [],
        lastId: "1-1",
        groups: [],
      },
    },
  });
  for (let id = 2; id <= most + 1; id++) await redis.xadd(key, `${id}-1`, "f", "v");
  const { size, value } = await readValue(read, key, "stream");
  const content = value?.content as StreamContent;
  const { first, last, lastId } = content;
  expect([size, value?.whole, first.length, last.length]).toEqual([most + 1, false, half, half]);
  expect([first[0]?.id, first.at(-1)?.id]).toEqual(["1-1", `${half}-1`]);
  expect([last[0]?.id, last.at(-1)?.id, lastId]).toEqual([`${half + 2}-1`, `${most + 1}-1`, `${most + 1}-1`]);
});

test("the groups of a stream, also of one without entries", async () => {
  await redis.xgroup("CREATE", key, odd, "$", "MKSTREAM");
  await redis.xadd(key, "1-1", "f", "v");
  await redis.xadd(key, "2-1", "f", "v");
  await redis.xreadgroup("GROUP", odd, "c", "COUNT", 1, "STREAMS", key, ">");
  const group = { name: { base64: "/w==" }, consumers: 1, pending: 1, lastDeliveredId: "1-1", lag: 1 };
  const content = (await readValue(read, key, "stream")).value?.content as StreamContent;
  expect(content.groups).toEqual([group]);
  await redis.del(key);
  await redis.xgroup("CREATE", key, "g", "$", "MKSTREAM");
  const empty = (await readValue(read, key, "stream")).value?.content as StreamContent;
  expect(empty).toMatchObject({
    first: [],
    last: [],
    lastId: "0-0",
    groups: [{ name: "g", consumers: 0, pending: 0 }],
  });
});

test("a key that is gone, and a type that nobody knows, show nothing", async () => {
  expect(await readValue(read, key, "none")).toEqual({ size: null, value: null });
  expect(await readValue(read, key, "ReJSON-RL")).toEqual({ size: null, value: null });
});
