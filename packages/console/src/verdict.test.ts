/** One sentence says how all is, and the worst comes first. */
import type { LinkView, RegionStatus, StatusDocument } from "@meridian/agent/api";
import { expect, test } from "vitest";
import { namesOf, pairsOf, verdictOf } from "./verdict.js";

const NAMES = ["us", "eu", "ap"];

function status(cut: [string, string][] = [], down: string[] = []): StatusDocument {
  const regions = NAMES.map(
    (region) =>
      ({ region, state: down.includes(region) ? "server-down" : "up", stateSync: null, findings: [] }) as RegionStatus,
  );
  const links = NAMES.flatMap((from) =>
    NAMES.filter((to) => to !== from).map((to) => {
      const isCut = cut.some(([a, b]) => [a, b].includes(from) && [a, b].includes(to));
      return { from, to, state: isCut ? "cut" : "up", lagMs: 12.4 } as LinkView;
    }),
  );
  return { regions, links } as StatusDocument;
}

test("all well", () => {
  expect(verdictOf(status())).toMatchObject({ severity: "good", title: "All 3 regions linked, lag 12 ms" });
});

test("a link that is cut, a region that is cut off, a server that is down", () => {
  expect(verdictOf(status([["us", "eu"]])).title).toBe("us – eu is cut");
  const off: [string, string][] = [
    ["us", "eu"],
    ["eu", "ap"],
  ];
  expect(verdictOf(status(off)).title).toBe("eu is cut off");
  const down = verdictOf(status(off, ["eu"]));
  expect(down).toMatchObject({ severity: "bad", title: "eu: its server is down" });
  expect(down.troubles).toHaveLength(1);
});

test("a pair has the worse state of its directions", () => {
  const { links } = status();
  const [first] = links;
  if (first !== undefined) first.state = "connecting";
  expect(pairsOf(links).map(({ state }) => state)).toEqual(["connecting", "up", "up"]);
});

test("regions that only links know of come last", () => {
  const { regions, links } = status();
  expect(namesOf({ regions: regions.slice(1, 2), links })).toEqual(["eu", "us", "ap"]);
});
