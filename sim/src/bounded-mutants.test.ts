/** What the simulator says of bounded counters proves nothing unless it notices who takes up a share too early. */
import { regionOf } from "./names.js";
import { expect, test, vi } from "vitest";
import type * as Rights from "../../packages/core/src/commands/bounded-rights.js";
import { beside } from "./bounded.js";
import { runSeed, type RunOptions } from "./index.js";

const SEEDS = 60;
const STEPS = 300;
const WHOLE = Number.MAX_SAFE_INTEGER;

const broken = vi.hoisted(() => ({ rule: "" }));

vi.mock("../../packages/core/src/commands/bounded-rights.js", async (original) => {
  const real = await original<typeof Rights>();
  return {
    ...real,
    loose: (...[partition, shares]: Parameters<typeof real.loose>) => {
      const { origins, own, indexOf, vector } = partition;
      const { region } = partition.deployment;
      const former = shares.filter(
        ({ origin, amount }) => regionOf(origin) === region && origin !== origins[own] && amount >= 0,
      );
      if (broken.rule === "former") return former.filter(({ origin }) => indexOf[origin] !== undefined);
      return former.filter(({ origin }) => vector[indexOf[origin] ?? 0] === WHOLE);
    },
  };
});

const cases: Record<string, [string, RunOptions]> = {
  "the share of a former incarnation is taken up at once": ["former", { crashes: true }],
  "a share is taken up while a later incarnation may have done so": ["between", { folds: true }],
};

for (const [name, [rule, options]] of Object.entries(cases)) {
  test(`${name}: noticed`, () => {
    broken.rule = rule;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { failure } = runSeed(seed, STEPS, { ...options, bounded: true, weights: beside });
      if (!failure) continue;
      process.stdout.write(`${name}: seed ${seed}\n`);
      expect(failure.property).toBe("bounded");
      return;
    }
    throw new Error(`no seed of ${SEEDS} noticed`);
  }, 60000);
}
