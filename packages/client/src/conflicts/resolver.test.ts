/** Resolvers: what is none, what fails or is not the same twice, the ready ones; and which resolutions belong together. */
import { expect, test } from "vitest";
import { conflictLimits } from "../limits.js";
import type { ResolvedEvent } from "./events.js";
import { mergeJsonFields, mergeLines } from "./merges.js";
import type { Row } from "./place-reads.js";
import { Resolutions } from "./resolutions.js";
import { checkResolver, makeOf, type Resolver, type ResolverInput } from "./resolver.js";

const resolver: Resolver = { name: "r", version: 1, prefix: "", merge: () => "made" };
const input = (...values: string[]): ResolverInput => ({
  key: "k",
  field: undefined,
  values: values.map((value, at) => ({ value, bytes: Buffer.from(value), region: "us", stamp: String(100 - at) })),
});

test("what is no resolver is refused", () => {
  const wrong = [
    { name: "" },
    { name: "two words" },
    { name: "x".repeat(65) },
    { version: 1.5 },
    { version: -1 },
    { version: 1e9 },
    { types: [] },
    { types: ["list"] },
    { merge: undefined },
    { prefix: undefined },
  ];
  for (const part of wrong) {
    expect(() => checkResolver({ ...resolver, ...part } as Resolver)).toThrow("MERIDIAN_BADRESOLVER");
  }
  expect(() => checkResolver({ ...resolver, types: ["hash", "string"] })).not.toThrow();
});

test("one that throws, makes no text, or is not the same twice makes nothing", () => {
  const make = (merge: unknown): unknown => makeOf({ ...resolver, merge } as Resolver, input("a", "b"));
  let calls = 0;
  expect(() => make(() => `${calls++}`)).toThrow("MERIDIAN_RESOLVERUNSTEADY");
  expect(() => make(() => (calls++ % 2 === 0 ? "a" : undefined))).toThrow("MERIDIAN_RESOLVERUNSTEADY");
  expect(() => make(() => 7)).toThrow("it made neither a text nor bytes");
  expect(() =>
    make(() => {
      throw new Error("no such thing");
    }),
  ).toThrow("MERIDIAN_RESOLVERFAILED resolver 'r' version 1 made nothing of a conflict (no such thing)");
  expect(make(() => undefined)).toBeUndefined();
  expect(make(() => Buffer.from([0xff]))).toEqual(Buffer.from([0xff]));
  const greedy = (given: ResolverInput): string => (given.values as unknown[]).splice(0).length.toString();
  expect(make(greedy)).toEqual(Buffer.from("2"));
});

test.each([
  [['{"b":1,"a":2}', '{"a":3,"c":4}'], '{"a":2,"b":1,"c":4}'],
  [['{"o":{"x":1}}', '{"o":{"x":2,"y":[1]}}', '{"o":{"z":0}}'], '{"o":{"x":1,"y":[1],"z":0}}'],
  [['{"o":{"x":1}}', '{"o":7}'], '{"o":{"x":1}}'],
  [['{"gone":null}', '{"gone":1}'], '{"gone":null}'],
  [['{"__proto__":1}', "{}"], '{"__proto__":1}'],
  [["{}", "no JSON"], undefined],
  [["{}", "[1]"], undefined],
])("fields of %j become %s", (values, made) => {
  expect(mergeJsonFields(input(...values))).toBe(made);
});

test("lines of all values, each once", () => {
  expect(mergeLines(input("b\na\n", "c\nb"))).toBe("a\nb\nc");
});

test("two regions that made different things of the same are found, and what a higher version made", () => {
  const resolutions = new Resolutions({ ...conflictLimits, resolutionsKept: 3, resolutionsMax: 2 });
  const row = (origin: string, value: string): Row => ({
    origin,
    stamp: "5",
    region: origin,
    value,
    bytes: Buffer.from(value),
  });
  const note = (origin: string, version: number, ...of: string[]): void =>
    resolutions.note({
      resolver: "r",
      version,
      winner: { origin, stamp: 5 },
      losers: of.map((from) => ({ origin: from, stamp: 1 })),
    } as unknown as ResolvedEvent);
  note("us", 1, "a", "b");
  note("eu", 1, "b", "a");
  note("ap", 2, "a", "b");
  expect(resolutions.disagreeing([row("us", "x"), row("eu", "y")], "r", 1)).toEqual(["us", "eu"]);
  expect(resolutions.disagreeing([row("us", "x"), row("eu", "x")], "r", 1)).toEqual([]);
  expect(resolutions.disagreeing([row("us", "x"), row("ap", "y")], "r", 1)).toEqual([]);
  expect(resolutions.isOfHigher([row("us", "x"), row("ap", "y")], "r", 1)).toBe(true);
  expect(resolutions.isOfHigher([row("us", "x"), row("ap", "y")], "r", 2)).toBe(false);
  note("xx", 1, "c", "d"); // the oldest is forgotten
  expect(resolutions.disagreeing([row("us", "x"), row("eu", "y")], "r", 1)).toEqual([]);
  resolutions.count("k", 1000);
  expect(resolutions.isTooOften("k", 1001)).toBe(false);
  resolutions.count("k", 1001);
  expect([resolutions.isTooOften("k", 1002), resolutions.isTooOften("k", 100_000)]).toEqual([true, false]);
});
