/** From which agent of a source each group is taken, and on which stream of a peer it is given. */
import { expect, test } from "vitest";
import { ALL_GROUPS, GROUPS, groupsIn } from "../../link/index.js";
import { GivenGroups } from "./given-groups.js";
import { TakenGroups } from "./taken-groups.js";

const HALF = 0b0000_1111;
const OTHER_HALF = ALL_GROUPS - HALF;

function takers(groups: TakenGroups<string>): (string | undefined)[] {
  return Array.from({ length: GROUPS }, (_, group) => groups.takerOf(group));
}

test("each group is taken from the agent that holds it, and from nobody who does not", () => {
  const groups = new TakenGroups<string>();
  groups.opened("x", "agent x", HALF);
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS)).toEqual({ left: [], taken: [{ stream: "x", groups: HALF }] });
  groups.opened("y", "agent y", OTHER_HALF);
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS).taken).toEqual([{ stream: "y", groups: OTHER_HALF }]);
  expect(takers(groups)).toEqual(["x", "x", "x", "x", "y", "y", "y", "y"]);
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS)).toEqual({ left: [], taken: [] });
});

test("who says last that it holds a group is taken at its word, once", () => {
  const groups = new TakenGroups<string>();
  groups.opened("frozen", "one", ALL_GROUPS);
  groups.settle(ALL_GROUPS, ALL_GROUPS);
  groups.opened("next", "two", 0);
  groups.holds("next", 0b1);
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS)).toEqual({
    left: [{ stream: "frozen", groups: 0b1 }],
    taken: [{ stream: "next", groups: 0b1 }],
  });
  groups.holds("frozen", ALL_GROUPS); // no news
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS)).toEqual({ left: [], taken: [] });
  groups.closed("next");
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS).taken).toEqual([{ stream: "frozen", groups: 0b1 }]);
});

test("two addresses of one agent are as good as one", () => {
  const groups = new TakenGroups<string>();
  groups.opened("by name", "one", ALL_GROUPS);
  groups.settle(ALL_GROUPS, ALL_GROUPS);
  groups.opened("by number", "one", ALL_GROUPS);
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS)).toEqual({ left: [], taken: [] });
  expect(groups.closed("by name")).toBe(ALL_GROUPS);
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS).taken).toEqual([{ stream: "by number", groups: ALL_GROUPS }]);
});

test("what went to another agent of this region is asked for again later, and only then", () => {
  const groups = new TakenGroups<string>();
  groups.opened("x", "one", ALL_GROUPS);
  groups.settle(ALL_GROUPS, ALL_GROUPS);
  expect(groups.dropped("x", 0b11)).toBe(0b11);
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS).taken).toEqual([]);
  groups.forgive("x");
  expect(groups.settle(ALL_GROUPS, ALL_GROUPS).taken).toEqual([{ stream: "x", groups: 0b11 }]);
});

test("what is not held any more is left; what may only be kept is taken anew from nobody", () => {
  const groups = new TakenGroups<string>();
  groups.opened("x", "one", ALL_GROUPS);
  groups.settle(HALF, HALF);
  expect(groups.settle(0b1, HALF)).toEqual({ left: [], taken: [] });
  groups.closed("x");
  groups.opened("x", "one", ALL_GROUPS);
  expect(groups.settle(0b1, HALF).taken).toEqual([{ stream: "x", groups: 0b1 }]);
  expect(groups.settle(0, 0).left).toEqual([{ stream: "x", groups: 0b1 }]);
});

test("a group is given on the stream that took it last", () => {
  const given = new GivenGroups();
  given.opened("s1", "eu");
  given.opened("s2", "eu");
  given.opened("s3", "ap");
  expect(given.take("s1", ALL_GROUPS)).toEqual([]);
  expect(given.take("s3", ALL_GROUPS)).toEqual([]);
  expect(given.take("s2", HALF)).toEqual([{ stream: "s1", groups: HALF }]);
  expect(groupsIn(given.on("s1"))).toEqual([4, 5, 6, 7]);
  expect([given.of("eu"), given.of("ap"), given.of("nobody")]).toEqual([ALL_GROUPS, ALL_GROUPS, 0]);
  expect(given.leave("s1", ALL_GROUPS)).toBe(OTHER_HALF);
  given.closed("s2");
  given.end("ap", 0b1);
  expect([given.of("eu"), given.of("ap"), given.streamOf("ap", 0)]).toEqual([0, ALL_GROUPS - 1, undefined]);
});
