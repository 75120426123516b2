/** Keys that were in a cluster before it was a region are seen before the agent serves anybody. */
import type { Engine } from "@meridian/engine";
import { CONTROL_SLOT, slotOfKey } from "@meridian/core";
import { expect, test } from "vitest";
import { createLogger } from "./logger.js";
import { adoptionOf } from "./slots-adoption.js";

/** Nodes by their keys, in pages of two; slots that were written to through the function. */
function cluster(nodes: readonly (readonly string[])[], written: ReadonlySet<number>, begun: string[]): Engine {
  const nodeOf = (keys: readonly string[], index: number) => ({
    address: { host: "node", port: 7000 + index },
    redis: {
      callBuffer: (_scan: string, cursor: string) => {
        const from = Number(cursor);
        const next = from + 2 < keys.length ? String(from + 2) : "0";
        return Promise.resolve([Buffer.from(next), keys.slice(from, from + 2).map((key) => Buffer.from(key))]);
      },
    },
  });
  const slots: object = {
    nodes: nodes.map(nodeOf),
    on: () => slots,
    off: () => slots,
    call: (slot: number, command: string, verb?: string) => {
      const asked = verb ?? command;
      if (asked === "state" && command === "adoption") return Promise.resolve(["none", 0]);
      if (asked !== "state") begun.push(`${asked} ${slot}`);
      if (asked !== "state") return Promise.resolve(["running"]);
      return Promise.resolve([1, "us", "us~1", "0", "0", written.has(slot) ? ["us~1", "5"] : []]);
    },
  };
  return { region: "us", slots } as unknown as Engine;
}

function begin(
  nodes: readonly (readonly string[])[],
  isWanted = false,
  written: readonly string[] = [],
  begun: string[] = [],
): Promise<void> {
  const engine = cluster(nodes, new Set(written.map((key) => slotOfKey(key))), begun);
  return adoptionOf(engine, createLogger("us", { level: "error", format: "text" }), isWanted).begin();
}

test("plain keys of any node are refused where nobody wants them", async () => {
  await expect(
    begin([
      ["mer:{0}", "mer:{0}:w"],
      ["mer:{1}", "mer:{1}:w", "plain"],
    ]),
  ).rejects.toMatchObject({
    code: "MERIDIAN_PLAINDATA",
    details: { server: "node:7001" },
  });
});

test("slots with keys begin to adopt, the control partition first", async () => {
  const begun: string[] = [];
  await begin([["one", "{one}more", "mer:{1}"], ["two"]], true, [], begun);
  expect(begun[0]).toBe(`begin ${CONTROL_SLOT}`);
  expect(begun.slice(1).toSorted()).toEqual([`begin ${slotOfKey("one")}`, `begin ${slotOfKey("two")}`].toSorted());
});

test("a region that is empty, or has a past, is none of that", async () => {
  await begin([["mer:{0}", "mer:{0}:w", "mer:{0}:vv"], []]);
  await begin([["known", "stray"]], false, ["known"]);
});
