/** One list out of those of several regions, some of them away, or behind. */
import { expect, test } from "vitest";
import { agentLimits } from "../limits.js";
import { gatherConflicts } from "./conflicts.js";
import type { ConflictView } from "./documents.js";
import type { ConflictSource, LosersRoom } from "./losers.js";

interface Asked {
  keys: string[];
  room: LosersRoom;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function conflict(key: string, seenIn: string): ConflictView {
  return { key, type: "string", part: "", index: null, winner: "w", losers: [], seenIn };
}

/** A region that lists `listed`, so many a page, and has losers of `held`. */
function region(name: string, listed: string[], held: string[], pageSize = 2) {
  const asked: Asked[] = [];
  const source: ConflictSource = {
    region: name,
    page: (cursor) => {
      const end = Number(cursor) + pageSize;
      return Promise.resolve({
        next: end < listed.length ? String(end) : "0",
        keysBase64: listed.slice(Number(cursor), end).map(base64),
        counts: { string: listed.length },
      });
    },
    losers: (keysBase64, room) => {
      const keys = keysBase64.map((key) => Buffer.from(key, "base64").toString());
      asked.push({ keys, room: { ...room } });
      const found = keys.filter((key) => held.includes(key)).map((key) => conflict(key, name));
      const conflicts = found.slice(0, room.conflicts);
      return Promise.resolve({ conflicts, bytes: 10, whole: conflicts.length === found.length });
    },
  };
  return { source, asked };
}

const all = { key: undefined, limit: 100 };

test("each key is asked of the first region that lists it and has losers, and sorted", async () => {
  const us = region("us", ["c", "a", "stale"], ["c", "a"]);
  const eu = region("eu", ["a", "b", "stale"], ["a", "b", "stale"]);
  const document = await gatherConflicts([us.source, eu.source], all);
  expect(document.conflicts.map(({ key, seenIn }) => [key, seenIn])).toEqual([
    ["a", "us"],
    ["b", "eu"],
    ["c", "us"],
    ["stale", "eu"],
  ]);
  expect(us.asked.map(({ keys }) => keys)).toEqual([["c", "a"], ["stale"]]);
  expect(eu.asked.map(({ keys }) => keys)).toEqual([["b"], ["stale"]]);
  expect(document).toMatchObject({ counts: { us: { string: 3 }, eu: { string: 3 } }, problems: [], whole: true });
});

test("the room shrinks with each answer", async () => {
  const us = region("us", ["a", "b", "c"], ["a", "b", "c"]);
  await gatherConflicts([us.source], { key: undefined, limit: 5 });
  expect(us.asked.map(({ room }) => [room.conflicts, room.bytes])).toEqual([
    [5, agentLimits.conflictsBytesMax],
    [3, agentLimits.conflictsBytesMax - 10],
  ]);
});

test.each([
  [3, true],
  [2, false],
])("a limit of %i among three is the whole: %s", async (limit, whole) => {
  const us = region("us", ["a", "b"], ["a", "b"]);
  const eu = region("eu", ["a", "b", "c", "d"], ["a", "b", "c"]);
  const document = await gatherConflicts([us.source, eu.source], { key: undefined, limit });
  expect(document.conflicts).toHaveLength(limit);
  expect(document.whole).toBe(whole);
});

test("a region that is away is named, the others are asked; one that breaks half-way keeps what it said", async () => {
  const away = new Error("its agent is down");
  const us: ConflictSource = { region: "us", page: () => Promise.reject(away), losers: () => Promise.reject(away) };
  const eu = region("eu", ["a", "b", "c"], ["a", "b", "c"]);
  const breaking: ConflictSource = {
    ...eu.source,
    page: (cursor) => (cursor === "0" ? eu.source.page(cursor) : Promise.reject(new Error("it ended"))),
  };
  const document = await gatherConflicts([us, breaking], all);
  expect(document.problems).toEqual([
    { region: "us", problem: "its agent is down" },
    { region: "eu", problem: "it ended" },
  ]);
  expect(document.conflicts.map(({ key }) => key)).toEqual(["a", "b"]);
  expect(document.counts).toEqual({ eu: { string: 3 } });
});

test("one key is asked of one region after the other until one has losers, listed or not", async () => {
  const us = region("us", ["x"], []);
  const eu = region("eu", [], ["k"]);
  const ap = region("ap", ["k"], ["k"]);
  const document = await gatherConflicts([us.source, eu.source, ap.source], { key: Buffer.from("k"), limit: 100 });
  expect(document.conflicts.map(({ seenIn }) => seenIn)).toEqual(["eu"]);
  expect([us.asked.length, eu.asked.length, ap.asked.length]).toEqual([1, 1, 0]);
  expect(us.asked[0]?.room.valueBytes).toBe(agentLimits.conflictsBytesMax);
});

test("no more keys are looked at than the limit says", async () => {
  const many = Array.from({ length: agentLimits.conflictKeysMax + 1 }, (_none, index) => `k${index}`);
  const us = region("us", many, [], many.length);
  const document = await gatherConflicts([us.source], all);
  expect(document).toMatchObject({ conflicts: [], whole: false });
  expect(us.asked.flatMap(({ keys }) => keys)).toHaveLength(agentLimits.conflictKeysMax);
});
