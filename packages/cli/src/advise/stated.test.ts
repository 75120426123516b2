/** From what was said to needs, and what is answered to what makes no sense: by flags and in a file. */
import { expect, test } from "vitest";
import { parseNeedsFile } from "./needs-file.js";
import { needsOf, type Stated } from "./stated.js";

const measured = {
  regions: ["us", "eu"],
  roundTrips: [{ a: "us", b: "eu", ms: 81.2 }],
  copyDelayMs: 47,
};

function flags(data: string, settings: Record<string, string> = {}): Stated {
  const said = Object.entries({ regions: "us,eu,ap", ...settings });
  return {
    settings: Object.fromEntries(said.map(([name, text]) => [name, { text, place: `--${name}` }])),
    data: data.split(",").map((text) => ({ kind: { text, place: "--data" } })),
  };
}

test("what is said, what is usual, and which is which", () => {
  const stated = flags("session,flag", {
    rtt: "us-eu=80ms",
    reads: "95",
    staleness: "any",
    budget: "low",
    latency: "0.5s",
  });
  expect(needsOf(stated, undefined)).toEqual({
    regions: ["us", "eu", "ap"],
    roundTrips: [
      { a: "us", b: "eu", ms: 80, basis: "given" },
      { a: "us", b: "ap", ms: 100, basis: "assumed" },
      { a: "eu", b: "ap", ms: 100, basis: "assumed" },
    ],
    latencyMs: 500,
    copyDelayMs: null,
    budget: "low",
    data: [
      {
        kind: "session",
        readsPercent: 95,
        stalenessMs: null,
        lostWrites: "seconds",
        writtenIn: "all",
        assumed: ["lostWrites", "writtenIn"],
      },
      {
        kind: "flag",
        readsPercent: 95,
        stalenessMs: null,
        lostWrites: "seconds",
        writtenIn: "one",
        assumed: ["lostWrites", "writtenIn"],
      },
    ],
  });
});

test("measured regions and round trips stand in for what is not said", () => {
  const { settings, data } = flags("session");
  const { regions: _regions, ...rest } = settings;
  expect(needsOf({ settings: rest, data }, measured)).toMatchObject({
    regions: ["us", "eu"],
    roundTrips: [{ ms: 81.2, basis: "measured" }],
    copyDelayMs: 47,
  });
  expect(needsOf(flags("session", { regions: "eu,us", rtt: "5ms" }), measured).roundTrips).toEqual([
    { a: "eu", b: "us", ms: 5, basis: "given" },
  ]);
  expect(() => needsOf({ settings: {}, data }, undefined)).toThrow("give --regions a,b,c");
});

test.each([
  ["lyrics", {}, "--data lyrics: there is no such thing; give one of cache, session"],
  ["session,session", {}, "--data session: session is there twice; name each kind once"],
  ["session", { reads: "101" }, "--reads 101: it is no share of reads; give a number from 0 to 100"],
  ["session", { reads: "most" }, "--reads most: it is no share of reads"],
  ["session", { staleness: "5" }, "--staleness 5: it is no duration; write 500ms, 2s, 5min, 1h or 0"],
  ["session", { staleness: "400d" }, "--staleness 400d: it is longer than a year"],
  ["session", { latency: "fast" }, "--latency fast: it is no duration"],
  ["session", { lostWrites: "few" }, "--lostWrites few: there is no such thing; give one of none, seconds, any"],
  ["session", { writtenIn: "eu" }, "--writtenIn eu: there is no such thing; give one of one, all"],
  ["session", { budget: "5" }, "--budget 5: there is no such thing; give one of low, medium, high"],
  ["session", { regions: "us,us" }, "--regions us,us: 'us' is there twice; name each region once"],
  ["session", { regions: "us,,eu" }, "--regions us,,eu: '' is no name of a region"],
  ["session", { regions: [..."abcdefghijklmnopq"].join() }, "these are 17 regions; give at most 16"],
  ["session", { rtt: "us-mars=5ms" }, "--rtt us-mars=5ms: 'us-mars' is no pair of regions; the regions are us, eu, ap"],
  ["session", { rtt: "us-eu" }, "--rtt us-eu: it is no duration; write 80ms for every pair, or a-b=80ms,a-c=180ms"],
  ["session", { rtt: "us-eu=5ms=6ms" }, "'us-eu=5ms=6ms' is no round trip of a pair"],
  ["session", { rtt: "1min" }, "--rtt 1min: no round trip takes so long; give at most 10000ms"],
])("--data %s %j is refused", (data, settings, message) => {
  expect(() => needsOf(flags(data, settings), undefined)).toThrow(message);
});

const FILE = `regions: [us, eu]
rtt: 80ms
budget: high
staleness: 1s
data:
  - session
  - kind: counter
    reads: 20
    staleness: 0
    lostWrites: none
    writtenIn: one
`;

test("a file says it for all data, and for each kind by itself", () => {
  expect(needsOf(parseNeedsFile(FILE, "needs.yaml"), undefined)).toMatchObject({
    regions: ["us", "eu"],
    budget: "high",
    roundTrips: [{ ms: 80, basis: "given" }],
    data: [
      { kind: "session", stalenessMs: 1_000, assumed: ["reads", "lostWrites", "writtenIn"] },
      { kind: "counter", readsPercent: 20, stalenessMs: 0, lostWrites: "none", writtenIn: "one", assumed: [] },
    ],
  });
});

test.each([
  ["budget: high", "budgte: high", 'needs.yaml:3: budgte "high": it is no setting; there are regions, rtt,'],
  ["reads: 20", "read: 20", "needs.yaml:8: data.1.read 20: it is no setting; there are reads, staleness,"],
  ["reads: 20", "reads: 120", "needs.yaml:8: data.1.reads 120: it is no share of reads"],
  ["staleness: 1s", "staleness: soon", "needs.yaml:4: staleness soon: it is no duration"],
  ["- session", "- kind: shoes", "needs.yaml:6: data.0.kind shoes: there is no such thing"],
  ["- session", "- reads: 5", "needs.yaml:6: data.0.kind is missing: it is no text"],
  ["- session", "- 7", "needs.yaml:6: data.0 7: it has no settings"],
  ["rtt: 80ms", "rtt: { us: 5 }", 'needs.yaml:2: rtt {"us":5}: it is no text'],
  ["regions: [us, eu]", "regions: []", "needs.yaml:1: regions []: it is no text"],
  ["data:", "kinds:", "needs.yaml: data is missing: it is no list of kinds of data; write data: [{ kind: session }]"],
  ["[us, eu]", "[us, eu", "needs.yaml:"],
])("in a file %s -> %s is refused", (from, to, message) => {
  expect(() => needsOf(parseNeedsFile(FILE.replace(from, to), "needs.yaml"), undefined)).toThrow(message);
});

test.each(["", "- session", "just text"])("a file that is %j is refused", (text) => {
  expect(() => parseNeedsFile(text, "needs.yaml")).toThrow("needs.yaml");
});
