/** Checks that can't fail prove nothing: with a rule broken on the way to a peer, some seed must show it. */
import { families, type Family } from "@meridian/testkit";
import { expect, test } from "vitest";
import { runSeed, type Mutant } from "./index.js";

const SEEDS = 60;
const STEPS = 200;

interface Case {
  mutant: Mutant;
  ttl?: boolean;
  /** The families that nearly all commands are of, where only many of them together show it. */
  mostly?: readonly Family[];
}

const mutants: Record<string, Case> = {
  "increments without what their sum was before": {
    mutant: (operation) => (operation[0] === "I" ? operation.with(4, false).with(5, 0) : operation),
  },
  "deletes that reset no counter": {
    mutant: (operation) => (operation[0] === "D" ? operation.with(2, []) : operation),
  },
  "deletes that delete another key": {
    mutant: (operation) => (operation[0] === "D" ? operation.with(1, "s9") : operation),
  },
  "HSET without resets": {
    mutant: (operation) =>
      operation[0] === "H"
        ? operation.with(
            2,
            (operation[2] as unknown[]).map((item, at) => (at % 3 === 2 ? [] : item)),
          )
        : operation,
  },
  "writes that do not clear hidden types": {
    mutant: (operation) => {
      const keep = operation.at(-1);
      const isKeep =
        Array.isArray(keep) &&
        keep.length === 3 &&
        Array.isArray(keep[2]) &&
        "IHREFYULNWB".includes(String(operation[0]));
      return isKeep ? operation.with(-1, [keep[0], keep[1], false]) : operation;
    },
    mostly: ["set", "counter"],
  },
  "additions that reach one of several HyperLogLogs": {
    mutant: (operation) =>
      operation[0] === "G" ? operation.with(2, (operation[2] as unknown[]).slice(0, 2)) : operation,
    mostly: ["hll"],
  },
  "additions that make a HyperLogLog of their own": {
    mutant: (operation) => (operation[0] === "G" || operation[0] === "C" ? operation.with(2, []) : operation),
  },
  "pushes whose elements have other places": {
    mutant: (operation) => (operation[0] === "L" ? operation.with(3, Number(operation[3]) + 1) : operation),
  },
  "insertions that go a little farther": {
    mutant: (operation) => (operation[0] === "N" ? operation.with(2, `${String(operation[2])}\xff`) : operation),
    mostly: ["list"],
  },
  "removals from a list that take one element": {
    mutant: (operation) => (operation[0] === "B" ? operation.with(2, [(operation[2] as string[])[0], ""]) : operation),
    mostly: ["list"],
  },
  "SET whose expiry is for ever": {
    mutant: (operation) => (operation[0] === "S" ? operation.with(4, 0) : operation),
    ttl: true,
  },
  "writes that forget the deadline they were made under": {
    mutant: (operation) => {
      const keep = operation.at(-1);
      return Array.isArray(keep) && "IHEF".includes(String(operation[0]))
        ? operation.with(-1, [0, 0, keep[2]])
        : operation;
    },
    ttl: true,
  },
  "XDEL that deletes another entry": {
    mutant: (operation) => (operation[0] === "d" ? operation.with(2, ["1-9"]) : operation),
    mostly: ["stream"],
  },
  "XTRIM to an earlier id": {
    mutant: (operation) => (operation[0] === "t" ? operation.with(2, "0-2") : operation),
    mostly: ["stream"],
  },
  "groups destroyed under another name": {
    mutant: (operation) => (operation[0] === "k" ? operation.with(2, "other") : operation),
    mostly: ["stream"],
  },
  "groups created on no life": {
    mutant: (operation) => (operation[0] === "g" ? operation.with(5, []) : operation),
    mostly: ["stream"],
  },
};

function weightsOf(mostly: readonly Family[]): Partial<Record<Family, number>> {
  const weights = families.map((name) => [name, mostly.includes(name) ? 9 : name === "key" ? 1 : 0] as const);
  return Object.fromEntries(weights);
}

for (const [name, { mutant, ttl = false, mostly }] of Object.entries(mutants)) {
  test(`${name}: noticed`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { failure } = runSeed(seed, STEPS, {
        mutant,
        ttl,
        clash: true,
        ...(mostly === undefined ? {} : { weights: weightsOf(mostly) }),
      });
      if (failure) {
        expect(["oracle", "convergence", "digest", "resurrection", "sequential", "leftovers", "rest"]).toContain(
          failure.property,
        );
        return;
      }
    }
    throw new Error(`no seed of ${SEEDS} noticed`);
  }, 60000);
}
