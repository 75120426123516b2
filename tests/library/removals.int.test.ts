/** A large value is removed at once where the author had seen all that the region holds, and else part by part. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { replicate, startRegions, type TestRegion } from "./regions.js";

let us: TestRegion;
let eu: TestRegion;

beforeAll(async () => {
  [us, eu] = await startRegions(["us", "eu"]);
});
afterAll(() => Promise.all([us.stop(), eu.stop()]));

beforeEach(async () => {
  for (const region of [us, eu]) await region.call("FLUSHALL");
  await replicate(us, eu);
  await us.call("SADD", "k", "a", "b", "c");
  await us.call("SET", "other", "v");
  await replicate(us, eu);
  await eu.redis.config("RESETSTAT");
});

/** How often the server took single members out of a set. */
async function removalsBySingles(region: TestRegion): Promise<number> {
  return Number(/cmdstat_srem:calls=(\d+)/.exec(await region.redis.info("commandstats"))?.[1] ?? 0);
}

const commands = [
  { command: ["DEL", "k"], left: "none" },
  { command: ["SET", "k", "v"], left: "string" },
  { command: ["RENAME", "other", "k"], left: "string" },
];

test.each(commands)("at once: $command", async ({ command, left }) => {
  await us.call(...command);
  await replicate(us, eu);
  expect(await eu.plain("TYPE", "k")).toBe(left);
  expect(await removalsBySingles(eu)).toBe(0);
});

test.each(commands)("part by part: $command", async ({ command }) => {
  await eu.call("SADD", "k", "unseen");
  await us.waitForLaterMillisecond();
  await us.call(...command);
  await replicate(us, eu);
  expect(await removalsBySingles(eu)).toBeGreaterThan(0);
  expect(await us.plain("TYPE", "k")).toBe(await eu.plain("TYPE", "k"));
});
