/**
 * Machines over a model network that breaks, cuts, crashes agents and servers (which lose their unsynced tail), lets one
 * agent take over from another that still works, and poisons frames: when it calms down, all regions stand at the same vector with the same entries. A failure names its
 * seed; SEED=n replays one, MERIDIAN_SEEDS=n runs the first n.
 */
import { seededRandom, type SeededRandom, testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import type { Weather } from "./test-support/model-parts.js";
import { World } from "./test-support/model-world.js";

const FIXED_SEEDS = 40;
/** Each found a bug once. 309: a queue of several sources was dropped, and only one of them asked again. */
const KEPT_SEEDS = [309];
const STORM_MS = 4000;
const CALM_MS = 30_000;

function weatherOf(random: SeededRandom): Weather {
  const rate = (most: number): number => (random.chance(0.4) ? 0 : random.real() * most);
  return {
    delayMs: random.pick([1, 5, 40, 150]),
    writeRate: random.pick([0.01, 0.1, 0.5]),
    breakRate: rate(0.004),
    cutRate: rate(0.004),
    agentCrashRate: rate(0.001),
    takeoverRate: rate(0.002),
    serverCrashRate: rate(0.001),
    poisonRate: rate(0.003),
  };
}

function run(seed: number): void {
  const random = seededRandom(seed);
  const names = ["a", "b", "c", "d"].slice(0, random.integer(2, 4));
  const world = new World(names, random, weatherOf(random));
  for (let ms = 0; ms < STORM_MS; ms++) world.storm();
  world.mend(random.chance(0.3));
  for (let ms = 0; ms < CALM_MS && !(ms % 100 === 0 && world.isConverged()); ms++) world.calm();
  const vectors = world.nodes.map((node) => world.vectorOf(node));
  expect(vectors, `seed ${seed} does not converge: replay with SEED=${seed}`).toEqual(vectors.map(() => vectors[0]));
  const [first, ...others] = world.nodes.map(({ server }) => server.ids());
  for (const ids of others) expect(ids, `seed ${seed}`).toEqual(first);
  const codes = new Set(world.alarms.map(({ code }) => code));
  codes.delete("REPLICA_BAD_ENTRY");
  codes.delete("REPLICA_WAITING");
  expect([...codes], `seed ${seed} raises alarms`).toEqual([]);
}

const freshSeed = testSeed();
const many = process.env["MERIDIAN_SEEDS"];

test("fixed seeds converge", { timeout: 1_200_000 }, () => {
  for (let seed = 1; seed <= Number(many ?? FIXED_SEEDS); seed++) run(seed);
  for (const seed of KEPT_SEEDS) run(seed);
});

test(`SEED=${freshSeed} converges`, () => {
  run(freshSeed);
});
