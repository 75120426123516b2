/** The sorted set against an array that is sorted anew each time, and how its zeros are kept. */
import { expect, test } from "vitest";
import { seededRandom } from "../seeded-random.js";
import { SortedSet } from "./sorted-set.js";

test("keeps the order of scores and bytes", () => {
  const random = seededRandom(1);
  const set = new SortedSet();
  const scores = new Map<string, number>();
  for (let step = 0; step < 2000; step++) {
    const member = `m${random.integer(0, 200)}`;
    if (random.chance(0.3)) expect(set.delete(member)).toBe(scores.delete(member));
    else {
      const score = random.pick([-Infinity, -1, 0, 0.5, 1, Infinity]);
      set.put(member, score);
      scores.set(member, score);
    }
  }
  const expected = [...scores].sort(([left, leftScore], [right, rightScore]) => {
    if (leftScore !== rightScore) return leftScore < rightScore ? -1 : 1;
    return left < right ? -1 : 1;
  });
  expect(set.members.map(({ member, score }) => [member, score])).toEqual(expected);
  for (const [rank, [member, score]] of expected.entries()) {
    expect([set.rankOf(member), set.scoreOf(member)]).toEqual([rank, score]);
  }
});

test("a copy lives on its own", () => {
  const set = SortedSet.of([{ member: "a", score: 1 }]);
  const copy = set.clone();
  copy.put("a", 2);
  copy.put("b", 0);
  expect(set.members).toEqual([{ member: "a", score: 1 }]);
});

test("small sets know no -0, large ones do", () => {
  const set = new SortedSet();
  set.put("a", -0);
  expect(Object.is(set.scoreOf("a"), 0)).toBe(true);
  set.put("m".repeat(65), -0);
  set.put("b", -0);
  expect(set.packed).toBe(false);
  expect(Object.is(set.scoreOf("b"), -0)).toBe(true);
});
