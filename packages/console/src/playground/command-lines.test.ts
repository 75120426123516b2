/** What a command line offers, and what the page understands of what is typed. */
import { expect, test } from "vitest";
import { limits } from "../limits.js";
import { completionsOf, keyOf } from "./completion.js";
import { scenarios, named } from "./scenarios.js";
import { wordsOf } from "./words.js";

test("words are split as redis-cli splits them", () => {
  expect(wordsOf("  SET a  b ")).toEqual(["SET", "a", "b"]);
  expect(wordsOf(String.raw`SET "a \"b\" \x41\n" 'it\'s'`)).toEqual(["SET", 'a "b" A\n', "it's"]);
  expect(wordsOf('SET "" x')).toEqual(["SET", "", "x"]);
  expect(wordsOf('SET "open')).toBeUndefined();
  expect(wordsOf('SET "a"b')).toBeUndefined();
  expect(wordsOf("   ")).toEqual([]);
});

test("names are completed, those that people try first first, and no more than fit", () => {
  expect(completionsOf("se")[0]?.name).toBe("SET");
  expect(completionsOf("meridian.b")).toEqual([
    { name: "MERIDIAN.BOUNDED", note: "writes, in every region, 2 arguments or more" },
  ]);
  expect(completionsOf("s")).toHaveLength(limits.completionsMax);
  expect(completionsOf("debu")[0]).toEqual({ name: "DEBUG", note: "refused here" });
  for (const line of ["", "  ", "set k", "nonsense", "hgetall"]) expect(completionsOf(line)).toEqual([]);
});

test("the key that a command is about", () => {
  expect(keyOf("SET k v")).toBe("k");
  expect(keyOf('set "my key" v')).toBe("my key");
  expect(keyOf("MERIDIAN.BOUNDED TAKE stock 3")).toBe("stock");
  expect(keyOf("BITOP AND to a b")).toBe("to");
  expect(keyOf("ZUNIONSTORE to 2 a b")).toBe("to");
  for (const line of ["PING", "SET", "MULTI", "nonsense k", 'SET "open']) expect(keyOf(line), line).toBeUndefined();
});

test("every scenario cuts, writes on both sides, mends last, and is about the key that it names", () => {
  for (const { id, key, steps } of scenarios) {
    const cut = steps.findIndex((step) => step.do === "cut");
    const sides = steps.slice(cut).flatMap((step) => (step.do === "command" ? [step.region] : []));
    expect(new Set(sides), id).toEqual(new Set([0, 1]));
    expect(steps.at(-1)?.do, id).toBe("mend");
    expect(new Set(steps.map(({ say }) => say)).size, id).toBe(steps.length);
    for (const step of steps) if (step.do === "command") expect(keyOf(step.line), step.line).toBe(key);
  }
  expect(named("from {a} to {b}", ["us", "eu"])).toBe("from us to eu");
});
