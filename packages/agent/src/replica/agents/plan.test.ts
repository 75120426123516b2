/** Who is to hold which groups: equally many each, and nothing moves that need not. */
import { seededRandom, testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { GROUPS, NO_GROUPS, setOf } from "../../link/index.js";
import { groupsToLeave, planGroups, type LiveAgent } from "./plan.js";

const NOBODY = Array<string>(GROUPS).fill("");

function agents(...ids: string[]): LiveAgent[] {
  return ids.map((id) => ({ id, unreached: NO_GROUPS }));
}

function countsOf(plan: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of plan) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

test("one has all; two have half each; with three nobody has two more than another", () => {
  expect(countsOf(planGroups(NOBODY, agents("a")))).toEqual({ a: 8 });
  expect(countsOf(planGroups(NOBODY, agents("a", "b")))).toEqual({ a: 4, b: 4 });
  expect(Object.values(countsOf(planGroups(NOBODY, agents("a", "b", "c")))).sort((one, other) => one - other)).toEqual([
    2, 3, 3,
  ]);
  expect(planGroups(NOBODY, [])).toEqual(NOBODY);
});

test("a newcomer gets what others have more than their share, and all else stays", () => {
  const two = planGroups(NOBODY, agents("a", "b"));
  const three = planGroups(two, agents("a", "b", "c"));
  expect(three.filter((id, group) => id !== two[group])).toEqual(["c", "c"]);
  expect(groupsToLeave("a", three, 0b1111_1111 & heldBy(two, "a"))).toHaveLength(1);
});

test("what the dead had goes to those that live", () => {
  const three = planGroups(NOBODY, agents("a", "b", "c"));
  const two = planGroups(three, agents("a", "c"));
  expect(countsOf(two)).toEqual({ a: 4, c: 4 });
  for (const [group, id] of three.entries()) if (id !== "b") expect(two[group]).toBe(id);
});

test("who does not reach a group's slots does not get it while another does", () => {
  const cutOff = { id: "a", unreached: setOf(0) | setOf(1) };
  const plan = planGroups(planGroups(NOBODY, agents("a", "b")), [cutOff, ...agents("b")]);
  expect([plan[0], plan[1]]).toEqual(["b", "b"]);
  expect(countsOf(plan)).toEqual({ a: 4, b: 4 });
  const all = planGroups(NOBODY, [cutOff, { id: "b", unreached: setOf(0) }]);
  expect(all[0]).not.toBe("");
});

test(`agents come and go, see and don't see: shares are fair, and the plan of the plan is the plan (SEED=${testSeed()})`, () => {
  const random = seededRandom(testSeed());
  let holders = NOBODY;
  for (let round = 0; round < 500; round++) {
    const live = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].filter(() => random.chance(0.5));
    if (live.length === 0) continue;
    const isCutOff = random.chance(0.3);
    const seen = live.map((id) => ({ id, unreached: isCutOff ? random.integer(0, 255) : NO_GROUPS }));
    const plan = planGroups(holders, seen);
    expect(plan.every((id) => live.includes(id))).toBe(true);
    expect(planGroups(plan, seen.toReversed())).toEqual(plan);
    const counts = live.map((id) => countsOf(plan)[id] ?? 0);
    if (!isCutOff) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    holders = plan;
  }
});

function heldBy(plan: readonly string[], id: string): number {
  return plan.reduce((set, one, group) => (one === id ? set | setOf(group) : set), NO_GROUPS);
}
