/** Patterns as Redis matches them. */
import { expect, test } from "vitest";
import { matchesGlob } from "./glob.js";

const cases: [pattern: string, text: string, matches: boolean][] = [
  ["*", "", true],
  ["", "", true],
  ["", "a", false],
  ["a*", "abc", true],
  ["*c", "abc", true],
  ["a**c", "ac", true],
  ["a*b*c", "axbxbxc", true],
  ["a*b*c", "axbx", false],
  ["?", "", false],
  ["??", "ab", true],
  ["[a-c]x", "bx", true],
  ["[c-a]x", "bx", true],
  ["[^a-c]x", "bx", false],
  ["[^a]", "b", true],
  ["[\\]]", "]", true],
  ["[ab", "b", true],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["\\?a", "?a", true],
];

test.each(cases)("%j and %j: %s", (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});
