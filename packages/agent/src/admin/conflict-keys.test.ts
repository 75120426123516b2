/** Pages of the keys of thousands of slots: each key once, also where a slot has more than a page. */
import type { Engine } from "@meridian/engine";
import { slotOfRoot } from "@meridian/core";
import { expect, test } from "vitest";
import { agentLimits } from "../limits.js";
import { partitionsOf } from "../partitions/partitions.js";
import { readConflictPage } from "./conflict-keys.js";

/** Keys by slot; a slot answers them in pages of two. */
function region(keys: ReadonlyMap<number, readonly string[]>) {
  const of = (slot: number): readonly string[] => keys.get(slot) ?? [];
  const slots = {
    command: (slot: number, name: string, key: string) => {
      expect(slotOfRoot(key)).toBe(slot);
      if (name === "HGETALL") return Promise.resolve(of(slot).length > 0 ? ["string", "1"] : []);
      return Promise.resolve(name === "EXISTS" ? Number(of(slot).length > 0) : of(slot).length);
    },
    callBuffer: (slot: number, _command: string, cursor: string) => {
      const from = Number(cursor);
      const next = from + 2 < of(slot).length ? String(from + 2) : "0";
      const page = of(slot).slice(from, from + 2);
      return Promise.resolve([Buffer.from(next), page.map((key) => Buffer.from(key)), []]);
    },
  };
  return partitionsOf({ slots } as unknown as Engine);
}

test("all keys of all slots, and the sums with the first page", async () => {
  const many = Array.from(
    { length: agentLimits.conflictKeysPage + 5 },
    (_, index) => [index + 20, [`k${index}`]] as const,
  );
  const keys = new Map<number, readonly string[]>([[3, ["a", "b", "c", "d", "e"]], ...many, [16_383, ["last"]]]);
  const partitions = region(keys);
  const found: string[] = [];
  let cursor = "0";
  let pages = 0;
  do {
    const page = await readConflictPage(partitions, cursor);
    expect(page.counts).toEqual(pages === 0 ? { string: keys.size } : {});
    found.push(...page.keysBase64.map((key) => Buffer.from(key, "base64").toString()));
    cursor = page.next;
  } while (cursor !== "0" && ++pages < 100);
  expect(found).toEqual([...keys.values()].flat());
});

test("a cursor that is none is refused", async () => {
  await expect(readConflictPage(region(new Map()), "x")).rejects.toThrow("the cursor x is none");
});
