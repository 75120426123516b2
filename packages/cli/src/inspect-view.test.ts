/** How values of each type stand side by side: what is the same thing in one row, what differs marked. */
import type { InspectDocument, InspectRegion, InspectValue, StreamContent } from "@meridian/agent/api";
import { expect, test } from "vitest";
import { inspectLines } from "./inspect-view.js";
import { noStyle } from "./test-support/no-style.js";

function region(name: string, type: string, value: InspectValue, metadata: unknown = {}): InspectRegion {
  return { region: name, problem: null, type, ttlMs: -1, size: 1, value, metadata };
}

/** Without the rows that every type has, spaces as one. */
function rows(...regions: InspectRegion[]): string[] {
  const document: InspectDocument = { key: "k", regions };
  const lines = inspectLines(document, noStyle).slice(3);
  return lines.filter((line) => !/^[ *] (type|expires|size) /.test(line)).map((line) => line.replaceAll(/\s+/g, " "));
}

const whole = (content: InspectValue["content"]): InspectValue => ({ whole: true, content });

test("an element of a list goes by its place, wherever it is in its region", () => {
  const cell = (value: string) => ({ registers: [{ value }] });
  const places = (...list: [string, string][]) => ({
    list: list.map(([place, value]) => ({ place, value: cell(value) })),
  });
  const us = region("us", "list", whole(["a", "b"]), places(["c801", "a"], ["c802", "b"]));
  const eu = region("eu", "list", whole(["new", "a", "b"]), places(["64ff", "new"], ["c801", "a"], ["c802", "b"]));
  expect(rows(us, eu)).toEqual([
    "* value 0 at 64ff - new",
    " value 0/1 at c801 a a",
    " value 1/2 at c802 b b",
    " list.c801.registers.0.value a a",
    " list.c802.registers.0.value b b",
    "* list.64ff.registers.0.value - new",
  ]);
});

test("a member of a set goes by itself, one of a sorted set with its score", () => {
  const us = region("us", "set", whole(["a", "b"]));
  const eu = region("eu", "set", whole(["b", { base64: "/w==" }]));
  expect(rows(us, eu)).toEqual(["* value a member -", " value b member member", "* value base64:/w== - member"]);
  const scored = region("us", "zset", whole([["m", "1.5"]]));
  const other = region("eu", "zset", whole([["m", "inf"]]));
  expect(rows(scored, other)).toEqual(["* value m 1.5 inf"]);
});

test("what is not listed may be there, so it is not said to differ", () => {
  const us = region("us", "set", { whole: false, content: ["a"] });
  const eu = region("eu", "set", { whole: false, content: ["b"] });
  expect(rows(us, eu)).toEqual([" value a member ?", " value b ? member", " ... more more"]);
});

test("a HyperLogLog shows its estimate; its dots come in any order", () => {
  const dots = [
    { origin: "us~1", stamp: 5 },
    { origin: "eu~1", stamp: 6 },
  ];
  const us = region("us", "hyperloglog", whole("3"), { hyperloglog: dots });
  const eu = region("eu", "hyperloglog", whole("3"), { hyperloglog: dots.toReversed() });
  expect(rows(us, eu)).toEqual([
    " estimate 3 3",
    " hyperloglog.0.origin eu~1 eu~1",
    " hyperloglog.0.stamp 6 6",
    " hyperloglog.1.origin us~1 us~1",
    " hyperloglog.1.stamp 5 5",
  ]);
});

test("a stream shows entries of both ends, its last id and its groups", () => {
  const group = { name: "g", consumers: 2, pending: 1, lastDeliveredId: "1-0", lag: null };
  const content: StreamContent = {
    first: [
      {
        id: "1-0",
        fields: [
          ["f", "v"],
          ["g", { base64: "/w==" }],
        ],
      },
    ],
    last: [{ id: "9-0", fields: [["f", "w"]] }],
    lastId: "9-0",
    groups: [group],
  };
  const us = region("us", "stream", { whole: false, content });
  const eu = region("eu", "stream", {
    whole: false,
    content: { ...content, last: [], groups: [{ ...group, pending: 0 }] },
  });
  expect(rows(us, eu)).toEqual([
    " entry 1-0 f v g base64:/w== f v g base64:/w==",
    "* ... more -",
    " entry 9-0 f w ?",
    " last id 9-0 9-0",
    " group g delivered up to 1-0 1-0",
    " group g to deliver ? ?",
    "* group g pending 1 0",
    " group g consumers 2 2",
  ]);
});

test("a difference behind what is shown is marked, and a value '-' is not nothing", () => {
  const long = "x".repeat(60);
  expect(rows(region("us", "string", whole(`${long}a`)), region("eu", "string", whole(`${long}b`)))[0]).toMatch(/^\*/);
  const us = region(
    "us",
    "hash",
    whole([
      ["f", "-"],
      ["g", "?"],
    ]),
  );
  const eu = region("eu", "hash", whole([["g", "?"]]));
  expect(rows(us, eu)).toEqual(["* value f - -", " value g ? ?"]);
});

test("names and values that are no plain text don't reach the terminal as they are", () => {
  const metadata = { hash: { "\u001B[31m": { registers: [{ value: { base64: "/w==" } }, { value: "\r" }] } } };
  const text = rows(region("us", "hash", whole([["\u001B[31m", "\u0007"]]), metadata)).join("\n");
  expect(text).toContain(String.raw`value "\u001b[31m" "\u0007"`);
  expect(text).toContain(String.raw`hash."\u001b[31m".registers.0.value base64:/w==`);
  expect(text).toContain(String.raw`registers.1.value "\r"`);
});
