/** What `meridian link` asks for, and what it shows. */
import { expect, test } from "vitest";
import { bandwidthLines, requestOf } from "./link-command.js";

test("without a rate it only looks; none takes a limit away", () => {
  expect(requestOf("us", "eu", {})).toBeUndefined();
  expect(requestOf("us", "eu", { bandwidth: "1Mbit" })).toEqual({ bandwidth: "1Mbit", a: "us", b: "eu" });
  expect(requestOf(undefined, undefined, { bandwidth: "none" })).toEqual({ bandwidth: null });
});

test("shows the links that are named", () => {
  const links = [
    { from: "us", to: "eu", bandwidth: "1Mbit" },
    { from: "eu", to: "us", bandwidth: null },
    { from: "us", to: "ap", bandwidth: null },
  ];
  expect(bandwidthLines({ links }, "us", "eu")).toEqual(["us -> eu  1Mbit", "eu -> us  no limit"]);
  expect(bandwidthLines({ links }, undefined, undefined)).toHaveLength(3);
});
