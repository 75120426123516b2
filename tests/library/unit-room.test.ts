/** What a unit may write in all: counted by its operations, before the next command writes. */
import { ModelHost, ModelKeyspace } from "@meridian/testkit";
import { beforeEach, expect, test } from "vitest";
import { bindHost, type Packed } from "../../packages/core/src/host.js";
import type { Unit } from "../../packages/core/src/log/unit.js";
import { roomError } from "../../packages/core/src/scripts/unit-room.js";

const MEGABYTE = 1048576;
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
