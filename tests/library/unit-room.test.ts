/** What a unit may write in all: counted by its operations, before the next command writes. */
import { ModelHost, ModelKeyspace } from "@meridian/testkit";
import { beforeEach, expect, test } from "vitest";
import { bindHost, type Packed } from "../../packages/core/src/host.js";
import { beginUnit, note, type Unit } from "../../packages/core/src/log/unit.js";
import { run } from "../../packages/core/src/run.js";
import { callInUnit } from "../../packages/core/src/scripts/unit-call.js";
import { roomError, sizeError } from "../../packages/core/src/scripts/unit-room.js";
import { enter, type Partition } from "../../packages/core/src/state/partition.js";

const MEGABYTE = 1048576;
const ROOT = "mer:{0}";
let stamp = 1;

beforeEach(() => bindHost(new ModelHost(new ModelKeyspace({ nowMs: () => 0, random: () => 0 }))));

function unitOf(...operations: Packed[][]): Unit {
  stamp++;
  return { author: { stamp, origin: 1, context: undefined }, operations } as unknown as Unit;
}

const tooLarge = { err: expect.stringMatching(/^MERIDIAN_TOOLARGE /) as string };

function text(megabytes: number): string {
  return "x".repeat(megabytes * MEGABYTE);
}

test("a first command is never refused", () => {
  const unit = { ...unitOf(), operations: undefined } as Unit;
  expect(roomError(unit, ["SET", "k", text(500)], false)).toBeUndefined();
});

test("what was written and what is asked for are counted together", () => {
  expect(roomError(unitOf(["S", "a", text(300), [], 0]), ["SET", "b", text(100)], false)).toBeUndefined();
  expect(roomError(unitOf(["S", "a", text(300), [], 0]), ["SET", "b", text(300)], false)).toEqual(tooLarge);
});

test("each command counts by its arguments, one that did nothing does not count", () => {
  const unit = unitOf(["H", "h", ["f", text(200), []], [0, 1, false]]);
  expect(roomError(unit, ["SET", "b", text(200)], false)).toBeUndefined();
  unit.operations!.push(["S", "b", text(200), [], 0]);
  expect(roomError(unit, ["SETNX", "b", text(105)], false)).toBeUndefined();
  expect(roomError(unit, ["SETNX", "b", text(105)], false)).toBeUndefined();
  expect(roomError(unit, ["SET", "c", text(120)], false)).toEqual(tooLarge);
});

test("what logs more than its arguments is measured, before and after", () => {
  const unit = unitOf(["S", "a", text(1), [], 0]);
  expect(roomError(unit, ["APPEND", "b", "x"], true)).toBeUndefined();
  unit.operations!.push(["A", "b", text(400), [], [0, 0, false], 0]);
  expect(roomError(unit, ["SET", "c", text(100)], false)).toBeUndefined();
  unit.operations!.push(["S", "c", text(100), [], 0]);
  expect(roomError(unit, ["SET", "d", text(20)], false)).toEqual(tooLarge);
});

test("a value that is logged whole fits in an entry, beside what the unit wrote before", () => {
  const alone = { ...unitOf(), operations: undefined } as Unit;
  expect(sizeError(alone, 511 * MEGABYTE)).toBeUndefined();
  expect(sizeError(alone, 512 * MEGABYTE)).toEqual(tooLarge);
  expect(sizeError(alone, 512 * MEGABYTE, "ERR of its own")).toEqual({ err: "ERR of its own" });
  const unit = unitOf(["S", "a", text(300), [], 0]);
  expect(sizeError(unit, 511 * MEGABYTE)).toBeUndefined(); // a lone command, which has no room to share
  expect(roomError(unit, ["SETBIT", "b", "0", "1"], true)).toBeUndefined();
  expect(sizeError(unit, 200 * MEGABYTE)).toBeUndefined();
  expect(sizeError(unit, 220 * MEGABYTE)).toEqual(tooLarge);
});

test("a text that is made longer than the unit has room for stays as it was", () => {
  const keyspace = new ModelKeyspace({ nowMs: () => 1790000000000, random: () => 0 });
  run(new ModelHost(keyspace), ROOT, ["configure", "us", "us,eu"]);
  const unit = beginUnit(enter(ROOT) as Partition);
  note(unit, ["S", "a", text(300), [], 0]);
  for (const command of [
    ["SETBIT", "b", "4000000000", "1"],
    ["BITFIELD", "b", "SET", "u8", "#400000000", "1"],
    ["SETRANGE", "b", "400000000", "x"],
  ]) {
    expect(callInUnit(unit, command), command[0]).toEqual(tooLarge);
    expect(keyspace.call("EXISTS", "b")).toBe(0);
  }
  expect(callInUnit(unit, ["SETBIT", "b", "7", "1"])).toBe(0);
  expect(keyspace.call("STRLEN", "b")).toBe(1);
});
