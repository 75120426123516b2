/** Storms of a minute each, one after the other on the same regions: see scripts/soak.mjs. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { type SeededRandom, seededRandom, testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { ROOT } from "../repository.js";
import { Ground, type GroundOptions } from "./ground.js";
import { Storm, type StormReport } from "./storm.js";

const minutes = Number(process.env["MERIDIAN_SOAK_MINUTES"] ?? 1);
const isOnClusters = process.env["MERIDIAN_SOAK_ENGINE"] === "cluster";
const seed = testSeed();
/** The rest of the minute is for mending, comparing and starting. */
const STORM_MS = 45_000;

test("soak", async () => {
  say(
    `soak: ${minutes} storms, the same again with: npm run soak -- --minutes ${minutes} --seed ${seed}${isOnClusters ? " --engine cluster" : ""}`,
  );
  const options: GroundOptions = isOnClusters ? { clusters: { us: { nodes: 3, replicas: 1 }, eu: { nodes: 2 } } } : {};
  const ground = await Ground.start(["us", "eu", "ap"], options);
  if (ground === undefined) throw new Error("the soak needs a native server: valkey-server or redis-server");
  const random = seededRandom(seed);
  let problem: string | undefined;
  try {
    for (let round = 0; round < minutes && problem === undefined; round++) {
      problem = await oneStorm(ground, random.fork(), round);
    }
  } finally {
    await ground.stop();
  }
  say(problem === undefined ? `soak: good, seed ${seed}` : `soak: BAD, ${problem}`);
  expect(problem).toBeUndefined();
});

/** What was wrong, and where it is kept; undefined: nothing, and all is empty again. */
async function oneStorm(ground: Ground, random: SeededRandom, round: number): Promise<string | undefined> {
  const told: string[] = [];
  try {
    const storm = new Storm(ground, random, (what) => told.push(what));
    const report = await storm.run(STORM_MS);
    say(lineOf(round, report));
    if (report.faults.length > 0) return kept(ground, told, report.faults.join("\n"));
    await storm.empty();
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`${round + 1}/${minutes}: ${text}`);
    return kept(ground, told, text);
  }
}

function lineOf(round: number, report: StormReport): string {
  const events = [...report.events].map(([name, count]) => `${name} ${count}x`).join(", ");
  const writes = `${report.acknowledged} writes acknowledged, ${report.atRisk} of them at risk`;
  return `${round + 1}/${minutes}: ${writes}; ${events}; ${report.faults.length} faults`;
}

function kept(ground: Ground, told: readonly string[], problem: string): string {
  const folder = join(ROOT, ".meridian", "soak", String(seed));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "problem.txt"), `${problem}\n\n${told.join("\n")}\n`);
  for (const region of ground.deployment.regions) {
    for (const dataDir of ground.dataDirs(region)) {
      cpSync(dataDir, join(folder, region.name, basename(dataDir)), { recursive: true });
    }
    writeFileSync(join(folder, `${region.name}-agent.log`), region.agent.log());
  }
  return `seed ${seed}: ${problem.split("\n", 1)[0]} (logs and data in ${relative(ROOT, folder)})`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
