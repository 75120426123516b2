/** Three regions in a storm of faults, short and always the same; `npm run soak` runs it for long, and with other seeds. */
import { seededRandom, testSeed } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { Ground } from "./ground.js";
import { Storm } from "./storm.js";

const STORM_MS = 10_000;
let ground: Ground | undefined;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  await ground?.stop();
  ground = undefined;
});

test(`SEED=${testSeed()}: after a storm all regions are equal, and nothing acknowledged is missing or back`, async ({
  skip,
}) => {
  ground = await Ground.start(["us", "eu", "ap"]);
  if (ground === undefined) return skip();
  const report = await new Storm(ground, seededRandom(testSeed())).run(STORM_MS);
  console.log(`${report.acknowledged} writes acknowledged, ${report.atRisk} of them at risk`);
  expect(report.faults.slice(0, 10), JSON.stringify([...report.events])).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(100);
}, 180_000);
