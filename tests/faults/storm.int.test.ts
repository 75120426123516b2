/** Three regions in a storm of faults, short and always the same; `npm run soak` runs it for long, and with other seeds. */
import { seededRandom, testSeed } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { Deployment } from "./deployment.js";
import { Storm } from "./storm.js";

const STORM_MS = 12_000;
let running: Deployment | undefined;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

test(`SEED=${testSeed()}: after a storm all regions are equal, and nothing acknowledged is missing or back`, async ({
  skip,
}) => {
  running = await Deployment.start(["us", "eu", "ap"]);
  if (running === undefined) return skip();
  await running.linksUp();
  const report = await new Storm(running, seededRandom(testSeed())).run(STORM_MS);
  console.log(
    `${report.acknowledged} writes acknowledged, ${report.failures} failed, ${report.lost} lost with a server`,
  );
  expect(report.faults.slice(0, 10), JSON.stringify([...report.events])).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(100);
}, 180_000);
