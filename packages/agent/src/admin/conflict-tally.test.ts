/** Counting the conflicts of thousands of slots: node by node, and of a node only where something was written. */
import { rootOfSlot } from "@meridian/core";
import type { Engine } from "@meridian/engine";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConflictTally } from "./conflict-tally.js";

class FakeNode {
  readonly isUp = true;
  changes = 0;
  isSilent = false;
  readonly redis = {
    call: () =>
      this.isSilent
        ? Promise.reject(new Error("it is away"))
        : Promise.resolve(`run_id:${this.id}\r\nrdb_changes_since_last_save:${this.changes}\r\nloading:0\r\n`),
  };

  constructor(
    readonly id: string,
    readonly slots: readonly number[],
  ) {}
}

function world() {
  const nodes = [new FakeNode("a", [0, 1, 2]), new FakeNode("b", [3, 4])] as const;
  const counts = new Map<number, string[]>([[1, ["string", "2"]]]);
  const asked: number[] = [];
  const slots = {
    nodes,
    command: (slot: number, name: string, key: string) => {
      expect(key.startsWith(rootOfSlot(slot))).toBe(true);
      if (name === "SCARD") return Promise.resolve(1);
      asked.push(slot);
      return Promise.resolve(counts.get(slot) ?? []);
    },
  };
  const tally = new ConflictTally({ region: "us", slots } as unknown as Engine);
  return { nodes, counts, asked, tally };
}

/** What is told after the count that began with the call, if one did. */
async function later(tally: ConflictTally): Promise<unknown> {
  await tally.totals();
  await new Promise(setImmediate);
  return await tally.totals();
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

test("sums of all nodes; of those that wrote nothing since what was counted before", async () => {
  const { nodes, counts, asked, tally } = world();
  expect(await tally.totals()).toEqual({ keys: 1, counts: { string: 2 } });
  expect(asked).toEqual([0, 1, 2, 3, 4]);
  counts.set(3, ["string", "1", "clash", "1"]);
  nodes[1].changes = 1;
  expect(await later(tally)).toEqual({ keys: 1, counts: { string: 2 } }); // not due yet
  vi.advanceTimersByTime(60_000);
  expect(await later(tally)).toEqual({ keys: 2, counts: { string: 3, clash: 1 } });
  expect(asked).toEqual([0, 1, 2, 3, 4, 3, 4]);
});

test("while a node is silent nothing is told, and then all is counted", async () => {
  const { nodes, tally } = world();
  nodes[1].isSilent = true;
  await expect(tally.totals()).rejects.toThrow("it is away");
  await expect(tally.totals()).rejects.toThrow("it is away");
  nodes[1].isSilent = false;
  vi.advanceTimersByTime(60_000);
  expect(await tally.totals()).toEqual({ keys: 1, counts: { string: 2 } });
});
