/** Which conflicts are shown, in which order. */
import type { ConflictView } from "@meridian/agent/api";
import { expect, test } from "vitest";
import { filtered, newestFirst, NO_FILTER, totals } from "./filter.js";

function conflict(key: string, type: string, region: string, atMs: number): ConflictView {
  return { key, type, part: "", index: null, losers: [{ type, region, atMs }] } as ConflictView;
}

const ALL = [
  conflict("Cart:7", "hash", "us", 1),
  conflict("greeting", "string", "eu", 3),
  conflict("cart:8", "set", "eu", 2),
];
const keys = (conflicts: ConflictView[]): unknown[] => conflicts.map(({ key }) => key);

test("by text, type and region, together", () => {
  expect(keys(filtered(ALL, NO_FILTER))).toHaveLength(3);
  expect(keys(filtered(ALL, { ...NO_FILTER, text: "cart" }))).toEqual(["Cart:7", "cart:8"]);
  expect(keys(filtered(ALL, { text: "cart", type: "", region: "eu" }))).toEqual(["cart:8"]);
  expect(keys(filtered(ALL, { ...NO_FILTER, type: "string" }))).toEqual(["greeting"]);
});

test("the newest first", () => {
  expect(keys(newestFirst(ALL))).toEqual(["greeting", "cart:8", "Cart:7"]);
});

test("each region counts the same conflicts: the total is the most that one met", () => {
  expect(totals({ us: { string: 2, set: 0 }, eu: { string: 3, hash: 1 } })).toEqual([
    ["string", 3],
    ["hash", 1],
  ]);
});
