/** Regions stand where they are, or in a ring; links keep clear of regions that they don't join. */
import { expect, test } from "vitest";
import { arcBetween, layoutOf, pointBeside, pointOn } from "./layout.js";
import { placeOf } from "./places.js";
import { isLand } from "./world.js";

const CLOUD = ["us-east-1", "eu-west-1", "ap-southeast-1"];

test("known regions are inside the picture, west of each other as on earth, whatever its size", () => {
  for (const size of [
    { width: 1100, height: 500 },
    { width: 358, height: 330 },
  ]) {
    const { nodes, earthAt } = layoutOf(CLOUD, size);
    const points = CLOUD.map((name) => nodes.get(name) ?? { x: -1, y: -1 });
    for (const { x, y } of points) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(size.width);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(size.height);
    }
    expect(points.map(({ x }) => x)).toEqual(points.map(({ x }) => x).toSorted((a, b) => a - b));
    const [longitude = 0, latitude = 0] = earthAt?.(points[2] ?? { x: 0, y: 0 }) ?? [];
    expect([Math.round(longitude), Math.round(latitude)]).toEqual([104, 1]);
  }
});

test("one region whose place is not known puts all into a ring", () => {
  const { nodes, earthAt } = layoutOf(["us-east-1", "b"], { width: 400, height: 400 });
  expect(earthAt).toBeUndefined();
  expect(new Set([...nodes.values()].map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`)).size).toBe(2);
});

test("a name of a cloud may have more behind it, not before", () => {
  expect(placeOf("eu-west-1-blue")).toEqual(placeOf("eu-west-1"));
  expect(placeOf("eu-west-10")).toBeUndefined();
  expect(placeOf("my-eu-west-1")).toBeUndefined();
});

test("an arc begins and ends at its regions, and keeps away from others", () => {
  const [from, to, other] = [
    { x: 0, y: 100 },
    { x: 200, y: 100 },
    { x: 100, y: 80 },
  ];
  const arc = arcBetween(from, to, [other]);
  expect(pointOn(arc, 0)).toEqual(from);
  expect(pointOn(arc, 1)).toEqual(to);
  expect(pointOn(arc, 0.5).y).toBeGreaterThan(100);
  expect(pointOn(arcBetween(from, to, []), 0.5).y).toBeLessThan(100);
  const back = { from: arc.to, bend: arc.bend, to: arc.from };
  const [there, here] = [pointBeside(arc, 0.5, 4), pointBeside(back, 0.5, 4)];
  expect(Math.hypot(there.x - here.x, there.y - here.y)).toBeCloseTo(8);
});

test("land is land and sea is sea", () => {
  const land: [number, number][] = [
    [-100, 40],
    [-60, -10],
    [20, 0],
    [100, 60],
    [134, -25],
    [10, 50],
  ];
  const sea: [number, number][] = [
    [-40, 30],
    [-150, 0],
    [80, -20],
    [-30, -30],
    [18, 35],
  ];
  expect(land.filter((place) => !isLand(place))).toEqual([]);
  expect(sea.filter((place) => isLand(place))).toEqual([]);
});
