/** Where a slot stood at looks at its node's disk: only looks of the node that has the slot count, and only those of this process. */
import { describe, expect, test } from "vitest";
import { DiskMarks } from "./disk-marks.js";
import { slotLimits } from "./limits.js";

const standing = (stamp: number, ownOrigin = "a~1") => ({
  ownOrigin,
  applied: new Map([[ownOrigin, stamp]]),
  durable: new Map<string, number>(),
  sources: [],
});
const [node, other] = [{}, {}];

describe("where a slot stood at looks at the disk", () => {
  test("the latest that is durable is told once", () => {
    const marks = new DiskMarks();
    marks.add(node, 1, standing(10));
    marks.add(node, 2, standing(20));
    marks.add(node, 3, standing(30));
    expect(marks.take(node, 2)).toEqual(new Map([["a~1", 20]]));
    expect(marks.waitFor(node)).toBe(true);
    expect(marks.take(node, 2)).toBeUndefined();
    expect(marks.take(node, 9)).toEqual(new Map([["a~1", 30]]));
    expect(marks.waitFor(node)).toBe(false);
  });

  test("looks at the node where it was before don't count for the one where it is", () => {
    const marks = new DiskMarks();
    marks.add(node, 200, standing(10));
    marks.add(other, 3, standing(20));
    expect(marks.take(node, 201)).toBeUndefined();
    expect(marks.waitFor(node)).toBe(false);
    expect(marks.waitFor(other)).toBe(true);
    expect(marks.take(other, 3)).toEqual(new Map([["a~1", 20]]));
  });

  test("another incarnation and a lost node begin anew", () => {
    const marks = new DiskMarks();
    marks.add(node, 1, standing(10));
    marks.add(node, 2, standing(5, "a~2"));
    expect(marks.take(node, 1)).toBeUndefined();
    marks.forget();
    expect(marks.take(node, 2)).toBeUndefined();
  });

  test("they are bounded: the oldest stays, or none would ever be durable", () => {
    const marks = new DiskMarks();
    for (let look = 1; look <= 5 * slotLimits.marksMax; look++) marks.add(node, look, standing(look));
    expect(marks.take(node, 1)).toEqual(new Map([["a~1", 1]]));
  });
});
