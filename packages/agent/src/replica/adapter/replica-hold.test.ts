/** What counts as held where a server has replicas. */
import { expect, test } from "vitest";
import { adapterLimits } from "./limits.js";
import { ReplicaHold, type ReplicationLook } from "./replica-hold.js";

const vector = (stamp: number) => new Map([["us~1", stamp]]);
const replica = (address: string, offset: number, state = "online") => ({ address, offset, state, silentSeconds: 0 });
const at = (nowMs: number, offset: number, ...replicas: ReplicationLook["replicas"]): ReplicationLook => ({
  process: "p",
  nowMs,
  offset,
  replicas,
});

test("without replicas what is on the disk counts at once", () => {
  const hold = new ReplicaHold();
  expect(hold.look(at(0, 100), vector(1))).toEqual(vector(1));
  expect(hold.look(at(1, 110), undefined)).toBeUndefined();
});

test("it counts once every replica has acknowledged what was written by then", () => {
  const hold = new ReplicaHold();
  expect(hold.look(at(0, 100, replica("a", 90), replica("b", 100)), vector(1))).toBeUndefined();
  expect(hold.look(at(1, 200, replica("a", 99), replica("b", 200)), vector(2))).toBeUndefined();
  expect(hold.look(at(2, 300, replica("a", 150), replica("b", 300)), vector(3))).toEqual(vector(1));
  expect(hold.look(at(3, 300, replica("a", 300), replica("b", 300)), undefined)).toEqual(vector(3));
});

test("a replica that is gone, or begins anew, counts as it stood for a while", () => {
  const hold = new ReplicaHold();
  const { replicaKeptMs } = adapterLimits;
  expect(hold.look(at(0, 100, replica("a", 100)), vector(1))).toEqual(vector(1));
  expect(hold.look(at(1, 200), vector(2))).toBeUndefined();
  expect(hold.look(at(2, 200, replica("a", 200, "wait_bgsave")), undefined)).toBeUndefined();
  expect(hold.look(at(replicaKeptMs, 200), undefined)).toBeUndefined();
  expect(hold.look(at(replicaKeptMs + 1, 200), undefined)).toEqual(vector(2));
});

test("one that was never in sync does not count, and another primary has other replicas", () => {
  const hold = new ReplicaHold();
  expect(hold.look(at(0, 100, replica("a", 0, "send_bulk")), vector(1))).toEqual(vector(1));
  expect(hold.look(at(1, 200, replica("a", 100)), vector(2))).toBeUndefined();
  expect(hold.look({ ...at(2, 50), process: "q" }, vector(3))).toEqual(vector(3));
});

test("of many that wait some are forgotten, the oldest and the newest are not", () => {
  const hold = new ReplicaHold();
  const many = adapterLimits.durabilityMarksMax * 3;
  for (let step = 1; step <= many; step++) hold.look(at(step, 100 * step, replica("a", 0)), vector(step));
  expect(hold.look(at(many, 100 * many, replica("a", 100)), undefined)).toEqual(vector(1));
  expect(hold.look(at(many, 100 * many, replica("a", 100 * many)), undefined)).toEqual(vector(many));
});
