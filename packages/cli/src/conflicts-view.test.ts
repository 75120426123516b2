/** What `conflicts` prints for people. */
import type { ConflictsDocument, ConflictView, LoserView } from "@meridian/agent/api";
import { expect, test } from "vitest";
import { conflictsLines } from "./conflicts-view.js";
import { noStyle } from "./test-support/no-style.js";

const AT_MS = new Date(2026, 10, 4, 9, 8, 7, 6).getTime();
const AT = "2026-11-04 09:08:07.006";

function loser(changes: Partial<LoserView> = {}): LoserView {
  const base = {
    type: "string",
    part: "",
    value: "lost",
    size: 4,
    region: "us",
    origin: "us~1",
    stamp: 1,
    atMs: AT_MS,
  };
  return { ...base, ...changes };
}

function conflict(changes: Partial<ConflictView> = {}): ConflictView {
  const base = { key: "k", type: "string", part: "", index: null, winner: "won", losers: [loser()], seenIn: "us" };
  return { ...base, ...changes };
}

function shown(document: Partial<ConflictsDocument>, key?: string): string[] {
  const whole: ConflictsDocument = { counts: {}, conflicts: [], problems: [], whole: true, ...document };
  return conflictsLines(whole, key, noStyle).map((line) => line.trim().replaceAll(/\s+/g, " "));
}

test("each loser has a row, with its place where it is the first", () => {
  const losers = [loser({ value: "later", region: "ap" }), loser()];
  const conflicts = [
    conflict({ losers }),
    conflict({ key: { base64: "/w==" }, type: "hash", part: "f", losers: [loser({ type: "hash", part: "f" })] }),
    conflict({ key: "l", type: "list", part: "c801", index: 3, losers: [loser({ type: "list", part: "c801" })] }),
  ];
  expect(shown({ conflicts })).toEqual([
    "key type part shows kept written in at",
    `k string won later ap ${AT}`,
    `string lost us ${AT}`,
    `base64:/w== hash f won lost us ${AT}`,
    `l list [3] won lost us ${AT}`,
  ]);
});

test("whole values of another type go by its name, entries of streams by their fields, what is no text quoted", () => {
  const entry = { type: "stream", part: "1-1", value: [["f", "v"]] as [string, string][] };
  const conflicts = [
    conflict({ key: "a", losers: [loser({ type: "hash", value: null, size: null })] }),
    conflict({ key: "b", type: "hash", winner: null }),
    conflict({ key: "c", type: "stream", part: "1-1", winner: [["g", "w"]], losers: [loser(entry)] }),
    conflict({
      key: "d",
      type: "list",
      part: "c801",
      winner: null,
      losers: [loser({ type: "list", value: "\u001B" })],
    }),
    conflict({ key: "e", losers: [loser({ value: "x".repeat(99) })] }),
  ];
  expect(shown({ conflicts }).slice(1)).toEqual([
    `a hash won (hash) us ${AT}`,
    `b string (hash) lost us ${AT}`,
    `c stream 1-1 g w f v us ${AT}`,
    String.raw`d list c801 - "\u001b" us ${AT}`,
    `e string won ${"x".repeat(45)}... us ${AT}`,
  ]);
});

test("that there are none is said, also of one key, beside how many there were", () => {
  const counts = { us: { string: 12, clash: 1 }, eu: {} };
  expect(shown({ counts })).toEqual([
    "no conflicts: nothing is kept that lost",
    "",
    "met so far clash string",
    "us 1 12",
    "eu 0 0",
  ]);
  expect(shown({}, "k")).toEqual(["nothing is kept beside k"]);
});

test("what is left out and who did not answer is said", () => {
  const problems = [{ region: "eu", problem: "its agent is down" }];
  const lines = shown({ conflicts: [conflict()], whole: false, problems });
  expect(lines[2]).toContain("--limit N");
  expect(lines.at(-1)).toBe("eu: its agent is down");
});
