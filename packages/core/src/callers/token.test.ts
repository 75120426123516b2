/** Tokens: they come back as they were, are short, and nothing else passes for one. */
import { expect, test } from "vitest";
import { WHOLE } from "../state/whole.js";
import { decodeToken, encodeToken, holdsToken, joinTokens, missingOf, type Token, WHOLE_SERVER } from "./token.js";

const [US, EU, OLD] = ["us-east-1~m1abcdef0000", "eu-west-1~m1abcdef1111", "eu-west-1~m0abcdef1111"];
const token = (...entries: [string, number][]): Token => new Map([[WHOLE_SERVER, new Map(entries)]]);

test("a token comes back as it was, and is short", () => {
  const given: Token = new Map([
    [
      WHOLE_SERVER,
      new Map([
        [US, 376_000_000_000_000],
        [EU, 1],
      ]),
    ],
    [0, new Map([[EU, WHOLE - 1]])],
    [16_383, new Map([[US, 2]])],
  ]);
  expect(decodeToken(encodeToken(given))).toEqual(given);
  expect(encodeToken(token([US, 376_000_000_000_000], [EU, 376_000_000_000_000])).length).toBeLessThan(100);
  expect(decodeToken(encodeToken(new Map()))).toEqual(new Map());
});

test("what is folded away is not asked for: every region holds it", () => {
  const folded = token([OLD, WHOLE], [US, 3]);
  expect(decodeToken(encodeToken(folded))).toEqual(folded);
  expect(holdsToken(token([US, 3]), folded)).toBe(true);
});

test("what is no token is refused whole", () => {
  const text = encodeToken(token([US, 1000], [EU, 7]));
  for (const bad of ["", "no token", "=", text + "A", "AA", "A".repeat(70_000)])
    expect(decodeToken(bad), bad).toBeUndefined();
  // A bit that the text has no use for is the only one that may differ.
  for (let at = 1; at < text.length - 1; at++) expect(decodeToken(text.slice(0, at)), `first ${at}`).toBeUndefined();
});

test("held is what stands at least there, or is folded; the missing origins are named", () => {
  const wanted = token([US, 10], [OLD, 5]);
  expect(holdsToken(token([US, 10], [OLD, 5], [EU, 1]), wanted)).toBe(true);
  expect(holdsToken(token([US, 11], [EU, WHOLE]), wanted)).toBe(true);
  expect(missingOf(token([US, 9], [OLD, WHOLE]), wanted)).toEqual([US]);
  expect(missingOf(new Map(), wanted)).toEqual([US, OLD]);
  expect(holdsToken(new Map(), new Map())).toBe(true);
});

test("two joined name all that either names", () => {
  const joined = joinTokens(token([US, 10], [EU, 1]), token([EU, 4], [OLD, 2]));
  expect(joined).toEqual(token([US, 10], [EU, 4], [OLD, 2]));
});
