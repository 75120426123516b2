/** Reading console blocks out of a document, and the comparison, which must be able to fail. */
import { expect, test } from "vitest";
import { consoleExchanges, printsAs } from "./console-blocks.js";

const FENCE = "```";

test("commands and what they print are read; other blocks are not", () => {
  const text = `Say:\n\n${FENCE}console\n$ one 1\na\nb\n$ two\n${FENCE}\n\n${FENCE}sh\n$ three\n${FENCE}\n`;
  expect(consoleExchanges(text)).toEqual([
    { command: "one 1", output: ["a", "b"] },
    { command: "two", output: [] },
  ]);
  expect(() => consoleExchanges(`${FENCE}console\nlost\n${FENCE}\n`)).toThrow("begins with output: lost");
});

test("lines are compared one by one, whatever the widths of columns", () => {
  expect(printsAs("a   b\nc\n", ["a b", "c"], false)).toBe(true);
  expect(printsAs("a b\n", ["a b", "c"], false)).toBe(false);
  expect(printsAs("a b\nc\nd\n", ["a b", "c"], false)).toBe(false);
  expect(printsAs("ab\n", ["a b"], false)).toBe(false);
});

test("... stands for any lines, none too", () => {
  expect(printsAs("a\nb\nc\n", ["...", "b", "..."], false)).toBe(true);
  expect(printsAs("b\n", ["...", "b", "..."], false)).toBe(true);
  expect(printsAs("a\nc\n", ["...", "b", "..."], false)).toBe(false);
});

test("... at the end of a line stands for its rest", () => {
  expect(printsAs("a b 12:00\nc\n", ["a b ...", "c"], false)).toBe(true);
  expect(printsAs("a c 12:00\nc\n", ["a b ...", "c"], false)).toBe(false);
  expect(printsAs("", ["a ..."], false)).toBe(false);
});

test("elements in any order", () => {
  expect(printsAs('1) "b"\n2) "a"\n', ['1) "a"', '2) "b"'], true)).toBe(true);
  expect(printsAs('1) "b"\n2) "a"\n', ['1) "a"', '2) "b"'], false)).toBe(false);
  expect(printsAs('1) "b"\n', ['1) "a"', '2) "b"'], true)).toBe(false);
});
