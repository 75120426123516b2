/** What the simulator says of regions that take in state proves nothing unless it notices each rule of it being broken. */
import { expect, test, vi } from "vitest";
import type * as OwnEntries from "../../packages/core/src/sync/own-entries.js";
import type * as Declared from "../../packages/core/src/sync/declared.js";
import type * as Views from "../../packages/core/src/sync/views.js";
import type * as Piece from "../../packages/core/src/sync/piece.js";
import type * as Operations from "../../packages/core/src/log/operation.js";
import { runSeed, type RunOptions } from "./index.js";

const SEEDS = 80;
const STEPS = 250;

const broken = vi.hoisted(() => ({ rule: "" }));

vi.mock("../../packages/core/src/sync/own-entries.js", async (original) => {
  const real = await original<typeof OwnEntries>();
  return {
    ...real,
    applyOwnEntries: (...args: Parameters<typeof real.applyOwnEntries>) => {
      if (broken.rule !== "replay") real.applyOwnEntries(...args);
    },
  };
});

vi.mock("../../packages/core/src/sync/declared.js", async (original) => {
  const real = await original<typeof Declared>();
  return {
    ...real,
    dropSeenOperations: (...args: Parameters<typeof real.dropSeenOperations>) => {
      if (broken.rule !== "skip") real.dropSeenOperations(...args);
    },
  };
});

vi.mock("../../packages/core/src/sync/views.js", async (original) => {
  const real = await original<typeof Views>();
  return {
    ...real,
    flusherOf: (...args: Parameters<typeof real.flusherOf>) =>
      broken.rule === "flush" ? args[1] : real.flusherOf(...args),
  };
});

vi.mock("../../packages/core/src/sync/piece.js", async (original) => {
  const real = await original<typeof Piece>();
  return {
    ...real,
    headText: (standing: Parameters<typeof real.headText>[0]) =>
      real.headText(broken.rule === "contexts" ? { ...standing, contexts: [] } : standing),
  };
});

vi.mock("../../packages/core/src/log/operation.js", async (original) => {
  const real = await original<typeof Operations>();
  return {
    ...real,
    removing: (...[partition, author]: Parameters<typeof real.removing>) => {
      if (broken.rule !== "removing") return real.removing(partition, author);
      return real.removing({ ...partition, views: undefined }, author);
    },
  };
});

interface Case extends RunOptions {
  rule?: string;
}

const few = {
  string: 3,
  counter: 9,
  hash: 0,
  set: 9,
  zset: 0,
  list: 0,
  geo: 0,
  hll: 0,
  stream: 0,
  bits: 0,
  sort: 0,
  key: 3,
  ttl: 1,
};

const cases: Record<string, Case> = {
  "own entries are not made upon what came": { rule: "replay" },
  "entries have an effect on keys that include them": { rule: "skip" },
  "a flush has an effect on keys that include it": { rule: "flush", weights: { ...few, flush: 3 } },
  "contexts of other regions begin anew": { rule: "contexts" },
  "a removal is taken to have seen all, for the vector says so": { rule: "removing", weights: few },
  "operations do not say what they saw of their key": {
    mutant: (operation) => (operation[0] === "V" ? (operation[2] as unknown[]) : operation),
  },
  "entries do not wait for what their region shows": {
    mutant: (operation) => (operation[0] === "w" ? ["w", []] : operation),
  },
};

for (const [name, { rule = "", ...options }] of Object.entries(cases)) {
  test(`${name}: noticed`, () => {
    broken.rule = rule;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { failure } = runSeed(seed, STEPS, { ...options, stateSync: true });
      if (!failure) continue;
      process.stdout.write(`${name}: seed ${seed}: ${failure.property}\n`);
      expect(failure.property).not.toBe("crash");
      return;
    }
    throw new Error(`no seed of ${SEEDS} noticed`);
  }, 240000);
}
