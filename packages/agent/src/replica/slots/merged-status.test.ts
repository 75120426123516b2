/** What is said of a region, from the parts of its agents. */
import { expect, test } from "vitest";
import { ALL_GROUPS } from "../../link/index.js";
import { unknownStatus, type LinkStatus, type ReplicationStatus } from "../adapter/status.js";
import { mergedHoldings, mergedStatus } from "./merged-status.js";

const HALF = 0b0000_1111;

function part(link: Partial<LinkStatus>, isComplete = true): ReplicationStatus {
  const base = unknownStatus("us", ["eu"]);
  return {
    ...base,
    partitions: { count: 16_384, open: 3, importing: 1, isComplete },
    retention: { logBytes: 100, logBytesMax: 1000, holding: ["eu"], fallen: [] },
    outgoing: base.outgoing.map((one) => ({
      ...one,
      state: "up",
      lagMs: 1,
      backlogEntries: 2,
      operationsTotal: 5,
      ...link,
    })),
    incoming: base.incoming.map((one) => ({ ...one, state: "up", lagMs: 1 })),
  };
}

test("counts are sums, lags the largest, and a link is up where it is for all slots", () => {
  const merged = mergedStatus(
    "us",
    ["eu"],
    [
      { groups: HALF, status: part({ lagMs: 40 }) },
      { groups: ALL_GROUPS - HALF, status: part({}) },
    ],
  );
  expect(merged.partitions).toEqual({ count: 16_384, open: 6, importing: 2, isComplete: true });
  expect(merged.retention).toMatchObject({ logBytes: 200, holding: ["eu"] });
  expect(merged.outgoing).toMatchObject([{ state: "up", lagMs: 40, backlogEntries: 4, operationsTotal: 10 }]);
});

test("a part that is missing, not linked or not looked at shows", () => {
  const one = { groups: HALF, status: part({}) };
  expect(mergedStatus("us", ["eu"], [one])).toMatchObject({
    partitions: { isComplete: false },
    outgoing: [{ state: "connecting" }],
    incoming: [{ state: "connecting" }],
  });
  const other = { groups: ALL_GROUPS - HALF, status: part({ state: "refused", lagMs: null }, false) };
  expect(mergedStatus("us", ["eu"], [one, other])).toMatchObject({
    partitions: { isComplete: false },
    outgoing: [{ state: "refused", lagMs: null }],
    incoming: [{ state: "up" }],
  });
});

test("an agent without slots says what the others told; where nobody has any nothing is known", () => {
  const idle = { groups: 0, status: part({ state: "connecting", operationsTotal: 7 }) };
  const all = { groups: ALL_GROUPS, status: part({}) };
  expect(mergedStatus("us", ["eu"], [idle, all]).outgoing).toMatchObject([{ state: "up", operationsTotal: 5 }]);
  expect(mergedStatus("us", ["eu"], [idle]).outgoing).toMatchObject([{ state: "connecting", lagMs: null }]);
});

test("holdings are of different slots", () => {
  const of = (slot: number) => [
    { region: "eu", ownOrigin: "", vector: { [`eu~1 ${slot}`]: 5 }, durable: { [`eu~1 ${slot}`]: 4 } },
  ];
  expect(mergedHoldings([of(1), of(9000)])).toEqual([
    { region: "eu", ownOrigin: "", vector: { "eu~1 1": 5, "eu~1 9000": 5 }, durable: { "eu~1 1": 4, "eu~1 9000": 4 } },
  ]);
});
