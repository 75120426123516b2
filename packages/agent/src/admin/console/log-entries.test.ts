/** Entries of a log, unpacked for who looks. */
import { packText } from "@meridian/core";
import { expect, test } from "vitest";
import { entriesOf, mayConcern } from "./log-entries.js";

const SET = ["S", "key", "value", [], 0];

test("reads an entry, what its origin learnt, and what an operation had seen more", () => {
  const payload = packText([1, ["eu~1", 7], [SET, ["V", ["ap~1", 9], ["D", "other", []]]]]);
  expect(entriesOf({ stamp: 5, payload })).toEqual([
    {
      stamp: 5,
      learnt: [["eu~1", 7]],
      operations: [
        { operation: SET, learnt: [] },
        { operation: ["D", "other", []], learnt: [["ap~1", 9]] },
      ],
    },
  ]);
});

test("reads the entries of a run, and nothing of what it doesn't know", () => {
  const payload = packText([1, [3, [], [SET], 5, ["eu~1", 4], [SET]]]);
  expect(entriesOf({ stamp: 5, payload }).map(({ stamp, learnt }) => [stamp, learnt])).toEqual([
    [3, []],
    [5, [["eu~1", 4]]],
  ]);
  expect(entriesOf({ stamp: 5, payload: "\xc1" })).toEqual([]);
  expect(entriesOf({ stamp: 5, payload: packText(["x"]) })).toEqual([]);
});

test("knows without unpacking which frames are about others", () => {
  const frame = (operation: (string | number | [])[]) => ({ stamp: 1, payload: packText([0, [], [operation]]) });
  expect(mayConcern(frame(["S", "a key", "v", [], 0]), "a key")).toBe(true);
  expect(mayConcern(frame(["S", "another", "v", [], 0]), "a key")).toBe(false);
  expect(mayConcern(frame(["Z", []]), "a key")).toBe(true);
});
