/** The comparison itself can fail: each kind of it, on a right and on a wrong answer. */
import { expect, test } from "vitest";
import { matches } from "./matching.js";

test("exactly", () => {
  expect(matches("1", { reply: "1" })).toBe(true);
  expect(matches(1, { reply: "1" })).toBe(false);
  expect(matches(null, { reply: "" })).toBe(false);
  expect(matches(["a", null], { reply: ["a", null] })).toBe(true);
  expect(matches(["b", "a"], { reply: ["a", "b"] })).toBe(false);
});

test("in any order, as often", () => {
  expect(matches(["b", "a"], { reply: ["a", "b"], order: "any" })).toBe(true);
  expect(matches(["b", "a", "a"], { reply: ["a", "b"], order: "any" })).toBe(false);
  expect(matches("a", { reply: ["a"], order: "any" })).toBe(false);
});

test("pairs stay together", () => {
  expect(matches(["g", "2", "f", "1"], { reply: ["f", "1", "g", "2"], order: "pairs" })).toBe(true);
  expect(matches(["f", "2", "g", "1"], { reply: ["f", "1", "g", "2"], order: "pairs" })).toBe(false);
});

test("near a number", () => {
  expect(matches(497, { reply: 500, within: 5 })).toBe(true);
  expect(matches(-1, { reply: 500, within: 5 })).toBe(false);
  expect(matches(490, { reply: 500, within: 5 })).toBe(false);
  expect(matches(490, { reply: 500, within: 5 }, 5)).toBe(true);
  expect(matches(510, { reply: 500, within: 5 }, 5)).toBe(false);
});

test("errors by their beginning", () => {
  expect(matches({ error: "WRONGTYPE Operation" }, { reply: { error: "WRONGTYPE" } })).toBe(true);
  expect(matches({ error: "ERR syntax" }, { reply: { error: "WRONGTYPE" } })).toBe(false);
  expect(matches("WRONGTYPE", { reply: { error: "WRONGTYPE" } })).toBe(false);
});
