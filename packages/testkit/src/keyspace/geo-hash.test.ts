/** Positions as scores and back, as a Redis 7.0 server gave them. */
import { expect, test } from "vitest";
import { geohashText, positionAt, scoreAt } from "./geo-hash.js";
import { distanceBetween } from "./geo-search.js";

const palermo = scoreAt({ longitude: 13.361389, latitude: 38.115556 });
const catania = scoreAt({ longitude: 15.087269, latitude: 37.502669 });

test("a position is a score", () => {
  expect([palermo, catania]).toEqual([3479099956230698, 3479447370796909]);
  expect(positionAt(palermo)).toEqual({ longitude: 13.361389338970184, latitude: 38.1155563954963 });
  expect(geohashText(positionAt(palermo))).toBe("sqc8b49rny0");
  expect(distanceBetween(positionAt(palermo), positionAt(catania))).toBeCloseTo(166274.1516, 4);
});

test("the corners of the map, and scores that are no position", () => {
  const corner = { longitude: 180, latitude: 85.05112878 };
  expect(scoreAt(corner)).toBe(13510798882111488);
  for (const score of [13510798882111488, -1, 1e19]) expect(positionAt(score)).toEqual(corner);
  expect(positionAt(Infinity)).toEqual(positionAt(0));
  expect(positionAt(-Infinity)).toEqual({ longitude: 180, latitude: positionAt(0).latitude });
});
