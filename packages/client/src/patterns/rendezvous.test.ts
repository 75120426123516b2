/** Rendezvous hashing: fair, and nothing moves but what has to. */
import { expect, test } from "vitest";
import { ownerOf, rankedRegions, weightOf } from "./rendezvous.js";

const KEYS = Array.from({ length: 3_000 }, (_, number) => `user:${number}`);

test("each region owns its part, give or take a tenth", () => {
  const counts = new Map<string, number>();
  for (const key of KEYS)
    counts.set(ownerOf(["us", "eu", "ap"], key), (counts.get(ownerOf(["us", "eu", "ap"], key)) ?? 0) + 1);
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(100);
  expect(counts.size).toBe(3);
});

test("the order of the list says nothing", () => {
  for (const key of KEYS.slice(0, 50))
    expect(rankedRegions(["ap", "us", "eu"], key)).toEqual(rankedRegions(["us", "eu", "ap"], key));
});

test("a region that goes leaves its keys to the next in rank, and no other key moves", () => {
  for (const key of KEYS) {
    const [owner, next] = rankedRegions(["us", "eu", "ap"], key);
    expect(ownerOf(["us", "eu"], key)).toBe(owner === "ap" ? next : owner);
  }
});

test("the weights stay what they are: other languages and versions compute them too", () => {
  expect([weightOf("us", "user:1"), weightOf("eu", "user:1"), weightOf("ap", "größe")]).toMatchInlineSnapshot(`
    [
      3571269049,
      567686449,
      3174885866,
    ]
  `);
});

test("no regions own nothing", () => {
  expect(() => ownerOf([], "key")).toThrow(RangeError);
});
