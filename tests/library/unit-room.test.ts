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

function text(megabytes: number): string {
  return "x".repeat(megabytes * MEGABYTE);
}

test("a first command is never refused", () => {
  const unit = { ...unitOf(), operations: undefined } as Unit;
  expect(roomError(unit, ["SET", "k", text(500)])).toBeUndefined();
});

test("what was written and what is asked for are counted together", () => {
  const unit = unitOf(["S", "a", text(300), [], 0]);
  expect(roomError(unit, ["SET", "b", text(100)])).toBeUndefined();
  expect(roomError(unit, ["SET", "b", text(300)])).toEqual({ err: expect.stringMatching(/^MERIDIAN_TOOLARGE /) });
});

test("operations that came since are counted, at any depth, and each once", () => {
  const unit = unitOf(["H", "h", ["f", text(200), []], [0, 1, false]]);
  expect(roomError(unit, ["SET", "b", text(200)])).toBeUndefined();
  unit.operations!.push(["S", "b", text(200), [], 0]);
  expect(roomError(unit, ["SET", "c", text(100)])).toBeUndefined();
  expect(roomError(unit, ["SET", "c", text(120)])).toEqual({ err: expect.stringMatching(/^MERIDIAN_TOOLARGE /) });
});
