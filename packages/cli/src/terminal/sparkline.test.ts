/** Bars for numbers: where they stand and how high they are. */
import { expect, test } from "vitest";
import { sparkline } from "./sparkline.js";

test("the newest stands at the right, on a scale from 0 to the largest shown", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([99, 1, 2], 2)).toBe("▅█");
  expect(sparkline([1, 2], 4)).toBe("  ▅█");
});

test("what is not known is a space, all alike is flat, and a common scale is kept", () => {
  expect(sparkline([1, null, 1], 3)).toBe("█ █");
  expect(sparkline([0, 0], 2)).toBe("▁▁");
  expect(sparkline([1, 1], 2, 7)).toBe("▂▂");
  expect(sparkline([9], 1, 7)).toBe("█");
});
