/**
 * A storm over regions on hash slots: a cluster with replicas, one without, and a server alone. Slots move and a node fails over
 * before all else breaks, too.
 */
import { seededRandom, testSeed } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { Ground } from "./ground.js";
import { Storm } from "./storm.js";

const STORM_MS = 6_000;
let ground: Ground | undefined;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  await ground?.stop();
  ground = undefined;
});

test(`SEED=${testSeed()}: after a storm over clusters all regions are equal, and nothing acknowledged is missing or back`, async ({
  skip,
}) => {
  ground = await Ground.start(["us", "eu", "ap"], { clusters: { us: { nodes: 2, replicas: 1 }, eu: { nodes: 3 } } });
  if (ground === undefined) return skip();
  const told: string[] = [];
  const storm = new Storm(ground, seededRandom(testSeed()), (what) => told.push(what));
  const report = await storm.run(STORM_MS).catch((error: unknown) => {
    throw new Error(`after ${told.join("\n")}`, { cause: error });
  });
  console.log(`${report.acknowledged} writes acknowledged, ${report.atRisk} of them at risk`);
  expect(report.faults.slice(0, 10), told.join("\n")).toEqual([]);
}, 180_000);
