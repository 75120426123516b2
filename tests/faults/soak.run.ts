/** Storms of a minute each, one after the other, each on regions of its own: see scripts/soak.mjs. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { seededRandom, testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { ROOT } from "../repository.js";
import { Deployment } from "./deployment.js";
import { Storm, type StormReport } from "./storm.js";

const minutes = Number(process.env["MERIDIAN_SOAK_MINUTES"] ?? 1);
const seed = testSeed();
/** The rest of the minute is for mending, comparing and starting. */
const STORM_MS = 45_000;

test("soak", async () => {
  say(`soak: ${minutes} storms, the same again with: npm run soak -- --minutes ${minutes} --seed ${seed}`);
  const bad: string[] = [];
  for (let round = 0; round < minutes; round++) {
    const problem = await oneStorm(seed + round, round);
    if (problem !== undefined) bad.push(problem);
  }
  say(bad.length === 0 ? `soak: good, seed ${seed}` : `soak: BAD, seed ${seed}:\n${bad.join("\n")}`);
  expect(bad).toEqual([]);
});

/** What was wrong, and where it is kept; undefined: nothing. */
async function oneStorm(stormSeed: number, round: number): Promise<string | undefined> {
  const deployment = await Deployment.start(["us", "eu", "ap"]);
  if (deployment === undefined) throw new Error("the soak needs a native server: valkey-server or redis-server");
  const told: string[] = [];
  try {
    await deployment.linksUp();
    const report = await new Storm(deployment, seededRandom(stormSeed), (what) => told.push(what)).run(STORM_MS);
    say(lineOf(round, stormSeed, report));
    if (report.faults.length === 0) return undefined;
    return kept(deployment, stormSeed, told, report.faults.join("\n"));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`${round + 1}/${minutes} seed ${stormSeed}: ${text}`);
    return kept(deployment, stormSeed, told, text);
  } finally {
    await deployment.stop();
  }
}

function lineOf(round: number, stormSeed: number, report: StormReport): string {
  const events = [...report.events].map(([name, count]) => `${name} ${count}x`).join(", ");
  const writes = `${report.acknowledged} acknowledged, ${report.failures} failed, ${report.lost} lost with a server`;
  return `${round + 1}/${minutes} seed ${stormSeed}: ${writes}; ${events}; ${report.faults.length} faults`;
}

function kept(deployment: Deployment, stormSeed: number, told: readonly string[], problem: string): string {
  const folder = join(ROOT, ".meridian", "soak", String(stormSeed));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "problem.txt"), `${problem}\n\n${told.join("\n")}\n`);
  for (const { name, server, agent } of deployment.regions) {
    cpSync(server.dataDir, join(folder, name), { recursive: true });
    writeFileSync(join(folder, `${name}-agent.log`), agent.log());
  }
  return `seed ${stormSeed}: ${problem.split("\n", 1)[0]} (logs and data in ${relative(ROOT, folder)})`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
