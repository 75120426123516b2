/** Slots of keys, and a root for each slot. */
import { expect, test } from "vitest";
import { CONTROL_ROOT, CONTROL_SLOT, rootOfSlot, SLOTS, slotOfKey, slotOfRoot } from "./slots.js";

test("slots as Redis counts them", () => {
  // CLUSTER KEYSLOT of a server says so
  expect(slotOfKey("123456789")).toBe(12739);
  expect(slotOfKey("{user1000}.following")).toBe(slotOfKey("{user1000}.followers"));
  expect(slotOfKey("foo{}{bar}")).toBe(8363);
  expect(slotOfKey("foo{{bar}}zap")).toBe(4015);
  expect(slotOfKey("")).toBe(0);
  expect(slotOfKey(Buffer.from([0xff, 0x00, 0x7b, 0x61, 0x7d]))).toBe(slotOfKey("a"));
});

test("every slot has a root of its own, which lies in it", () => {
  const roots = Array.from({ length: SLOTS }, (_, slot) => rootOfSlot(slot));
  expect(new Set(roots).size).toBe(SLOTS);
  expect(roots.map(slotOfRoot)).toEqual(roots.map((_, slot) => slot));
  expect(rootOfSlot(CONTROL_SLOT)).toBe(CONTROL_ROOT);
  expect(() => rootOfSlot(SLOTS)).toThrow(/16384/);
});
