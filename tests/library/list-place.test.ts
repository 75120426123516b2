/** Places of list elements: between their neighbours wherever one inserts, and short however often one does. */
import { ModelHost, ModelKeyspace, Draw, seededRandom } from "@meridian/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { bindHost } from "../../packages/core/src/host.js";
import {
  areRanges,
  indexText,
  insertedPlace,
  isPlace,
  isPrefix,
  prefixAfter,
  prefixBefore,
  pushStem,
  stampWithin,
  type Side,
} from "../../packages/core/src/types/list-place.js";

const STAMP = 375_000_000_000_000;
const [here, there] = ["tagA", "tagB"];

beforeAll(() => bindHost(new ModelHost(new ModelKeyspace({ nowMs: () => 0, random: () => 0 }))));

function pushed(side: Side, stamp: number, index: number, tag = here): string {
  return pushStem(side, stamp, tag) + indexText(side, index);
}

function stampOf(place: string): number {
  return stampWithin(place, 0, place.length);
}

test("pushes stand in the order of stamps and indexes at their end", () => {
  const indexes = [0, 1, 247, 248, 249, 250, 503, 504, 70_000, 20_000_000];
  const stamps = [1, STAMP, STAMP + 1, Number.MAX_SAFE_INTEGER];
  const right = stamps.flatMap((stamp) => indexes.map((index) => pushed("r", stamp, index)));
  const left = stamps.flatMap((stamp) => indexes.map((index) => pushed("l", stamp, index))).toReversed();
  const all = [...left, pushed("w", STAMP, 0), ...right];
  expect(all.toSorted((one, other) => (one < other ? -1 : 1))).toEqual(all);
  expect(new Set(all).size).toBe(all.length);
  for (const [at, place] of right.entries()) expect(stampOf(place)).toBe(stamps[Math.floor(at / indexes.length)]);
  for (const place of left) expect(stamps).toContain(stampOf(place));
  for (const place of all) expect(isPlace(place) && !place.endsWith("\0")).toBe(true);
});

test("no pushed place begins another, so what is inserted beside one stays beside it", () => {
  const draw = drawOf(3);
  const places = Array.from({ length: 300 }, () =>
    pushed(draw.pick(["l", "w", "r"]), STAMP + draw.below(3), draw.pick([0, 1, 248, 249, 250, draw.below(100_000)])),
  );
  for (const one of places) {
    for (const other of places) if (one !== other) expect(other.startsWith(one)).toBe(false);
    const after = insertedPlace(prefixAfter(one, undefined), STAMP + 9, there, 0);
    const before = insertedPlace(prefixBefore(undefined, one), STAMP + 9, there, 0);
    expect(before < one && one < after).toBe(true);
    expect(places.filter((place) => place > before && place < after)).toEqual(places.filter((place) => place === one));
  }
});

function drawOf(seed: number): Draw {
  const random = seededRandom(seed);
  return new Draw(() => random.real());
}

/** Inserts again and again; `spot` says where, given what was inserted last. Returns the places in the end. */
function insertMany(
  count: number,
  start: string[],
  spot: (size: number, last: number) => [at: number, after: boolean],
) {
  const places = [...start];
  let last = 0;
  for (let index = 0; index < count; index++) {
    const [at, after] = spot(places.length, last);
    const [left, right] = after ? [places[at], places[at + 1]] : [places[at - 1], places[at]];
    const prefix = after ? prefixAfter(left!, right) : prefixBefore(left, right!);
    expect(isPrefix(prefix)).toBe(true);
    const place = insertedPlace(prefix, STAMP + index, index % 2 === 0 ? here : there, index);
    if (!isPlace(place) || (left !== undefined && left >= place) || (right !== undefined && right <= place)) {
      throw new Error(`${index}: ${JSON.stringify([left, place, right])}`);
    }
    last = after ? at + 1 : at;
    places.splice(last, 0, place);
  }
  return places;
}

function longest(places: string[]): number {
  return Math.max(...places.map(({ length }) => length));
}

const three = (): string[] => [pushed("l", STAMP - 3, 0), pushed("r", STAMP - 3, 0), pushed("r", STAMP - 3, 1)];

describe("insertions at one spot", () => {
  const spots: Record<string, (size: number, last: number) => [number, boolean]> = {
    "each behind the one before": (_, last) => [Math.max(last, 1), true],
    "each behind the last of the list": (size) => [size - 1, true],
    "each behind the same": () => [1, true],
    "each before the one before": (_, last) => [last === 0 ? 1 : last, false],
    "each before the first of the list": () => [0, false],
    "each before the same": (size) => [size - 1, false],
  };
  test.each(Object.entries(spots))("%s, 20,000 times", (_, spot) => {
    expect(longest(insertMany(20_000, three(), spot))).toBeLessThan(13 + 15 + 2 * (20_000 / 250) + 2);
  });

  test("anywhere, 20,000 times: places stay short", () => {
    const draw = drawOf(7);
    const places = insertMany(20_000, three(), (size) => [draw.below(size), draw.chance(0.5)]);
    expect(longest(places)).toBeLessThan(150);
  });

  test("always between the last two: the worst there is", () => {
    const places = insertMany(2000, three(), (size, last) => [Math.max(last, 1), size % 2 === 0]);
    expect(longest(places)).toBeLessThan(2000 * 1.1);
  });
});

test("what is no place is known as such", () => {
  const place = pushed("r", STAMP, 0);
  const inserted = insertedPlace(prefixAfter(place, undefined), STAMP, here, 0);
  for (const text of ["", "x", place.slice(0, -1), `${place}1`, place.replace("\xc8", "\x01"), inserted.slice(0, -2)]) {
    expect(isPlace(text), JSON.stringify(text)).toBe(false);
  }
  expect([isPlace(place), isPlace(inserted), isPrefix(place), isPrefix(`${place}\x01`)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test("ranges are pairs in ascending order", () => {
  expect([areRanges(["a", "b", "c", ""]), areRanges(["a", ""])]).toEqual([true, true]);
  for (const wrong of [
    ["b", "a"],
    ["a", "c", "b", ""],
    ["a", "", "a", ""],
    ["", "a"],
  ])
    expect(areRanges(wrong)).toBe(false);
});
