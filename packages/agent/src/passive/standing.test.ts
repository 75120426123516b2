/** How far behind the region is, by made-up times. */
import { expect, test } from "vitest";
import { Standing } from "./standing.js";

test("data are as fresh as the last question whose answer was reached", () => {
  const standing = new Standing();
  expect([standing.lagBytes, standing.lagMs(0), standing.stalenessMs(0)]).toEqual([null, null, undefined]);
  standing.heard(100, "a", 10);
  standing.heard(200, "a", 30);
  standing.reached("a", 9);
  expect([standing.lagBytes, standing.lagMs(250), standing.stalenessMs(250)]).toEqual([21, 150, undefined]);
  standing.reached("a", 10);
  expect([standing.lagBytes, standing.lagMs(250), standing.stalenessMs(250)]).toEqual([20, 50, 150]);
  standing.reached("a", 30);
  expect([standing.lagBytes, standing.lagMs(250), standing.stalenessMs(250)]).toEqual([0, 0, 50]);
});

test("what lacks since long is not forgotten while the primary rests", () => {
  const standing = new Standing();
  standing.reached("a", 5);
  for (let ms = 0; ms <= 1000; ms += 100) {
    standing.heard(ms, "a", 10);
    standing.reached("a", 5);
  }
  expect(standing.lagMs(1000)).toBe(1000);
  standing.reached("a", 10);
  expect(standing.stalenessMs(1000)).toBe(0);
});

test("another stream of the primary begins anew", () => {
  const standing = new Standing();
  standing.heard(100, "a", 10);
  standing.reached("a", 10);
  expect(standing.stalenessMs(100)).toBe(0);
  standing.heard(200, "b", 3);
  standing.reached("a", 10);
  expect([standing.lagBytes, standing.stalenessMs(300)]).toEqual([null, undefined]);
  standing.reached("b", 3);
  expect(standing.stalenessMs(300)).toBe(100);
});
