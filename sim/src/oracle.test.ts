/** The oracle by example: small histories whose outcome design.md section 4 states. */
import { pack } from "@meridian/testkit";
import { expect, test } from "vitest";
import { History } from "./history.js";
import { expected } from "./oracle/index.js";

const A = "us~00000001";
const B = "eu~00000001";
const keep = [0, 0, false];
const NOW = 1000;

/** [origin, stamp, what it newly saw, operations] */
type Made = [origin: string, stamp: number, seen: (string | number)[], operations: unknown[][]];

function outcome(made: Made[], key: string, nowMs = NOW): unknown {
  const history = new History(["us", "eu"]);
  const last = new Map<string, number>();
  for (const [origin, stamp, seen, operations] of made) {
    history.add(origin, stamp, pack([last.get(origin) ?? 0, seen, operations] as never));
    last.set(origin, stamp);
  }
  return expected(history, [...history.entries.values()], key, nowMs);
}

const shown = (type: string, value: unknown, deadlineMs = 0): unknown => ({ type, value, deadlineMs });

test("the highest stamp shows; at equal stamps the region listed first", () => {
  const [one, two] = [
    ["S", "k", "1", [], 0],
    ["S", "k", "2", [], 0],
  ];
  expect(
    outcome(
      [
        [A, 5, [], [one]],
        [B, 6, [], [two]],
      ],
      "k",
    ),
  ).toEqual(shown("string", "2"));
  expect(
    outcome(
      [
        [A, 5, [], [one]],
        [B, 5, [], [two]],
      ],
      "k",
    ),
  ).toEqual(shown("string", "1"));
});

test("a delete that saw only the winner uncovers the loser", () => {
  const made: Made[] = [
    [A, 5, [], [["S", "k", "1", [], 0]]],
    [B, 6, [], [["S", "k", "2", [], 0]]],
    [B, 7, [], [["D", "k", []]]],
  ];
  expect(outcome(made, "k")).toEqual(shown("string", "1"));
});

test("increments sum; a SET resets those it saw and no others", () => {
  const made: Made[] = [
    [A, 1, [], [["I", "n", false, 1, false, 0, "5", 0, keep]]],
    [A, 2, [], [["I", "n", false, 1, "5", 1, "12", 0, keep]]],
    [B, 3, [A, 1], [["S", "n", "100", ["s", "", [A, 1, "5", 1]], 0]]],
  ];
  expect(outcome(made, "n")).toEqual(shown("string", "107"));
});

test("an add wins over a concurrent remove", () => {
  const made: Made[] = [
    [A, 1, [], [["E", "e", ["m"], keep]]],
    [B, 2, [A, 1], [["F", "e", ["m"], 1, keep]]],
    [A, 3, [], [["E", "e", ["m"], keep]]],
  ];
  expect(outcome(made, "e")).toEqual(shown("set", ["m"]));
  expect(outcome(made.slice(0, 2), "e")).toBeUndefined();
});

test("the longest TTL wins; a SET's own expiry goes with its value", () => {
  const made: Made[] = [
    [A, 1, [], [["E", "e", ["m"], keep]]],
    [A, 2, [], [["T", "e", 5000]]],
    [B, 3, [A, 1], [["T", "e", 9000]]],
  ];
  expect(outcome(made, "e")).toEqual(shown("set", ["m"], 9000));
  expect(
    outcome(
      [
        [A, 1, [], [["S", "k", "old", [], 9000]]],
        [B, 2, [], [["S", "k", "new", [], 5000]]],
      ],
      "k",
    ),
  ).toEqual(shown("string", "new", 5000));
});

test("of two types the newest dot shows, and a write clears the hidden type it saw", () => {
  const made: Made[] = [
    [A, 1, [], [["S", "k", "1", [], 0]]],
    [B, 2, [], [["E", "k", ["m"], keep]]],
  ];
  expect(outcome(made, "k")).toEqual(shown("set", ["m"]));
  made.push([B, 3, [A, 1], [["F", "k", ["m"], 1, [0, 0, []]]]]);
  expect(outcome(made, "k")).toBeUndefined();
});

test("an integer total past 64 bits shows the bound, and concurrent floats are exact", () => {
  const big = "9223372036854775807";
  const made: Made[] = [
    [A, 1, [], [["I", "n", false, 1, false, 0, big, 0, keep]]],
    [B, 2, [], [["I", "n", false, 2, false, 0, "9", 0, keep]]],
  ];
  expect(outcome(made, "n")).toEqual(shown("string", big));
  const floats: Made[] = [
    [A, 1, [], [["I", "n", false, 1, false, 0, "0.1", 1, keep]]],
    [B, 2, [], [["I", "n", false, 2, false, 0, "0.2", 1, keep]]],
  ];
  expect(outcome(floats, "n")).toEqual(shown("string", "0.3"));
});
