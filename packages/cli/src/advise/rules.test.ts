/** Each rule, by needs for which it decides; and what no advice may say, whatever the needs. */
import { expect, test } from "vitest";
import { advise, recommend, type Recommendation } from "./advise.js";
import { architectures, figures, type ArchitectureId } from "./architectures.js";
import { holds } from "./conditions.js";
import { factsOf } from "./facts.js";
import { BUDGETS, DATA_KINDS, LOST_WRITES, WRITTEN_IN, type DataKind } from "./needs.js";
import { objections } from "./objections.js";
import { rules } from "./rules.js";
import { someNeeds, type Changes } from "./test-support/some-needs.js";
import { usages } from "./usage.js";
import { warnings } from "./warnings.js";

const cases: readonly [rule: string, kind: DataKind, needs: Changes, architecture: ArchitectureId][] = [
  ["balance", "balance", {}, "transactional-database"],
  ["balance", "balance", { lostWrites: "any", budget: "low", stalenessMs: null }, "transactional-database"],
  ["balance-alone", "balance", { regionCount: 1 }, "transactional-database"],
  ["alone", "session", { regionCount: 1 }, "one-region"],
  ["alone", "stock", { regionCount: 1, lostWrites: "none", stalenessMs: 0 }, "one-region"],
  ["cache-expires", "cache", {}, "regional"],
  ["cache-expires", "cache", { stalenessMs: null, budget: "low" }, "regional"],
  ["cache-told", "cache", { stalenessMs: 500 }, "active-active"],
  ["cache-now", "cache", { stalenessMs: 50 }, "one-region"],
  ["fresh-and-lossless", "counter", { stalenessMs: 0, lostWrites: "none" }, "transactional-database"],
  ["few-servers", "session", { budget: "low" }, "one-region"],
  ["near-enough", "session", { latencyMs: 200 }, "one-region"],
  ["fresh-and-near", "stock", { latencyMs: 200, stalenessMs: 0, budget: "high" }, "one-region"],
  ["session-may-end", "session", { lostWrites: "any" }, "regional"],
  ["session-now", "session", { stalenessMs: 0 }, "owned-keys"],
  ["stock-lossless", "stock", { lostWrites: "none" }, "transactional-database"],
  ["stock-budget", "stock", { budget: "high" }, "transactional-database"],
  ["queue-one-region", "queue", { writtenIn: "one" }, "one-region"],
  ["queue-may-end", "queue", { lostWrites: "any" }, "regional"],
  ["queue-now", "queue", { stalenessMs: 0 }, "one-region"],
  ["queue-survives", "queue", {}, "active-active"],
  ["queue-survives", "queue", { lostWrites: "none", writtenIn: "one" }, "active-active"],
  ["one-writer-now", "flag", { stalenessMs: 0 }, "one-region"],
  ["one-writer-few-reads", "counter", { writtenIn: "one", readsPercent: 20 }, "one-region"],
  ["one-writer", "flag", {}, "active-passive"],
  ["one-writer", "stock", { writtenIn: "one" }, "active-passive"],
  ["stock-now", "stock", { stalenessMs: 0 }, "owned-keys"],
  ["stock", "stock", {}, "active-active"],
  ["shared-now", "leaderboard", { stalenessMs: 0 }, "one-region"],
  ["session", "session", {}, "active-active"],
  ["session", "session", { budget: "low", latencyMs: 20 }, "active-active"],
  ["counter", "counter", {}, "active-active"],
  ["leaderboard", "leaderboard", { lostWrites: "none" }, "active-active"],
  ["flag", "flag", { writtenIn: "all" }, "active-active"],
];

test.each(cases)("%s: %s %j -> %s", (rule, kind, changes, architecture) => {
  const [recommendation] = advise(someNeeds(kind, changes)).recommendations;
  expect(recommendation).toMatchObject({ rule, architecture });
});

test("every rule has a case", () => {
  const tested = new Set(cases.map(([rule]) => rule));
  expect(rules.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
});

const grid: readonly Recommendation[] = DATA_KINDS.flatMap((kind) =>
  [1, 2, 3].flatMap((regionCount) =>
    [0, 500, 2_000, null].flatMap((stalenessMs) =>
      LOST_WRITES.flatMap((lostWrites) =>
        BUDGETS.flatMap((budget) =>
          WRITTEN_IN.flatMap((writtenIn) =>
            [null, 10, 1_000].flatMap((latencyMs) =>
              [20, 90].map((readsPercent) => {
                const changes = { regionCount, stalenessMs, lostWrites, budget, writtenIn, latencyMs, readsPercent };
                const needs = someNeeds(kind, changes);
                return recommend(factsOf(needs, { kind, ...changes, assumed: [] }));
              }),
            ),
          ),
        ),
      ),
    ),
  ),
);

function grave(is: (one: Recommendation) => boolean): Recommendation[] {
  return grid.filter(is).slice(0, 3);
}

test("whatever the needs, there is one answer with a reason, numbers, and an objection to each other architecture", () => {
  const incomplete = ({ why, is, numbers, others, mind, application }: Recommendation): boolean => {
    const texts = [
      why,
      is,
      ...numbers.flatMap(({ what, value }) => [what, value]),
      ...others.map(({ wrong }) => wrong),
    ];
    const lacksText = [...texts, ...mind, ...application].some(
      (text) => text === "" || /\{\w+\}|undefined|NaN/.test(text),
    );
    return lacksText || numbers.length === 0 || others.length !== architectures.length - 1;
  };
  expect(grave(incomplete)).toEqual([]);
});

test("nothing is recommended that breaks what was asked for", () => {
  const copies: readonly ArchitectureId[] = ["active-active", "active-passive"];
  expect(grave(({ kind, architecture }) => kind === "balance" && architecture !== "transactional-database")).toEqual(
    [],
  );
  expect(grave(({ facts, architecture }) => facts.freshness === "now" && copies.includes(architecture))).toEqual([]);
  const fragile: readonly ArchitectureId[] = ["one-region", "regional", "owned-keys"];
  const losesWrites = ({ kind, facts, architecture }: Recommendation): boolean =>
    kind !== "cache" && facts.regionCount > 1 && facts.lostWrites === "none" && fragile.includes(architecture);
  expect(grave(losesWrites)).toEqual([]);
  const sellsTwice = ({ kind, facts, architecture, application }: Recommendation): boolean => {
    const sharesIt = application.some((line) => line.includes("MERIDIAN.BOUNDED TAKE"));
    const merges = architecture === "regional" || (architecture === "active-active" && !sharesIt);
    return kind === "stock" && facts.writtenIn === "all" && merges;
  };
  expect(grave(sellsTwice)).toEqual([]);
  const needless = ({ kind, facts, architecture }: Recommendation): boolean =>
    kind !== "balance" && facts.regionCount === 1 && architecture !== "one-region";
  expect(grave(needless)).toEqual([]);
});

test("no entry of a table is without use", () => {
  const of = (architecture: ArchitectureId): Recommendation[] =>
    grid.filter((one) => one.architecture === architecture);
  const said = new Set(
    grid.flatMap(({ rule, architecture, others, facts }) => [
      rule,
      ...others.map((other) => {
        const at = objections[other.architecture].findIndex(({ when }) => holds(when, facts));
        return `against ${other.architecture} ${at}`;
      }),
      ...warnings.flatMap(({ when }, at) => (holds(when, facts, architecture) ? [`warning ${at}`] : [])),
      ...usages.flatMap(({ when }, at) => (holds(when, facts, architecture) ? [`usage ${at}`] : [])),
    ]),
  );
  const all = [
    ...rules.map(({ id }) => id),
    ...architectures.flatMap(({ id }) => objections[id].map((_objection, at) => `against ${id} ${at}`)),
    ...warnings.map((_warning, at) => `warning ${at}`),
    ...usages.map((_usage, at) => `usage ${at}`),
  ];
  expect(all.filter((entry) => !said.has(entry))).toEqual([]);
  const idle = architectures.flatMap(({ id }) =>
    figures[id]
      .filter(({ when }) => !of(id).some(({ facts }) => holds(when ?? {}, facts)))
      .map(({ what }) => `${id}: ${what}`),
  );
  expect(idle).toEqual([]);
});
