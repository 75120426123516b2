/** What the simulator says of folded origins proves nothing unless it notices each rule of it being broken. */
import { expect, test, vi } from "vitest";
import type * as Fold from "../../packages/core/src/effects/fold.js";
import { runSeed, type RunOptions } from "./index.js";

/** Around the seeds that notice: all of 80 would take a minute. */
const SEEDS = 6;
const STEPS = 250;

const broken = vi.hoisted(() => ({ rule: "" }));

vi.mock("../../packages/core/src/effects/fold.js", async (original) => {
  const real = await original<typeof Fold>();
  return {
    ...real,
    foldAll: (...args: Parameters<typeof real.foldAll>) => {
      if (broken.rule !== "state") real.foldAll(...args);
    },
    fold: (...[partition, latest]: Parameters<typeof real.fold>) => {
      real.fold(partition, latest);
      if (broken.rule !== "contexts") return;
      for (const index of partition.live) if (index !== partition.own) real.foldContext(partition, index, latest);
    },
  };
});

interface Case extends RunOptions {
  rule?: string;
  from: number;
}

const cases: Record<string, Case> = {
  "origins are folded before all of them is durable everywhere": { foldsEarly: true, from: 10 },
  "what is folded here is taken to be seen by others": { rule: "contexts", from: 49 },
  "what is folded does not come with a state": { rule: "state", stateSync: true, from: 35 },
};

for (const [name, { rule = "", from, ...options }] of Object.entries(cases)) {
  test(`${name}: noticed`, () => {
    broken.rule = rule;
    for (let seed = from; seed < from + SEEDS; seed++) {
      const { failure } = runSeed(seed, STEPS, { ...options, folds: true });
      if (!failure) continue;
      process.stdout.write(`${name}: seed ${seed}: ${failure.property}\n`);
      expect(failure.property).not.toBe("crash");
      return;
    }
    throw new Error(`no seed of ${SEEDS} from ${from} on noticed`);
  }, 240000);
}
