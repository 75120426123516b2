/** Which slots may be torn after a node's process ended: those that had just come to it, and were not on its disk. */
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";

describe("slots that came to a node", () => {
  function moved(): Arrivals {
    const arrivals = new Arrivals();
    for (const slot of [1, 2]) arrivals.up(slot, "a", 1);
    arrivals.up(3, "b", 1);
    expect(arrivals.answers("b", "first", 0)).toEqual([]);
    arrivals.up(1, "b", 8);
    return arrivals;
  }

  test("may be torn where another process answers, and are told once", () => {
    const arrivals = moved();
    expect(arrivals.answers("b", "first", 7)).toEqual([]);
    expect(arrivals.answers("b", "second", 7)).toEqual([1]);
    expect(arrivals.answers("b", "third", 7)).toEqual([]);
  });

  test("are whole once a look that began after they came is durable", () => {
    const arrivals = moved();
    expect(arrivals.answers("b", "second", 8)).toEqual([]);
  });

  test("that only went down and up at the same node, or moved on, are not torn there", () => {
    const arrivals = moved();
    arrivals.up(3, "b", 9);
    arrivals.up(1, "c", 2);
    expect(arrivals.answers("b", "second", 0)).toEqual([]);
  });
});
