/** What an entry declares of its operations (core, sync/declared.ts) comes off a wire: it is checked, and waited for. */
import { encodeFrames } from "@meridian/core";
import { pack, unpack } from "@meridian/testkit";
import { describe, expect, test } from "vitest";
import { ToldRegions } from "./told-regions.js";

describe("what an entry declares", () => {
  const write = ["SADD", "e", "x"];
  const bad: Record<string, unknown> = {
    "no operation": ["V", [], "E"],
    "an operation that is none": ["V", [], ["E", "e"]],
    "one within another": ["V", [], ["V", [], ["D", "e", []]]],
    "a stamp without origin": ["V", [5], ["D", "e", []]],
    "an origin that is none": ["V", ["us", 5], ["D", "e", []]],
    "a stamp below 0": ["w", ["us~1", -1]],
    "buckets beyond the last": ["V", [0, 65537, []], ["Z", []]],
    "buckets that overlap": ["V", [0, 10, [], 5, 20, []], ["Z", []]],
    "buckets for an operation on one key": ["V", [0, 10, []], ["D", "e", []]],
    "a key of Meridian's own": ["V", [], ["D", "mer:{0}:vv", []]],
    "nothing to wait for": ["w"],
  };

  for (const [what, operation] of Object.entries(bad)) {
    test(`${what}: nothing of it is applied`, () => {
      const { us, eu } = new ToldRegions();
      us.call(...write);
      const [origin = ""] = us.origins();
      const [{ stamp, payload }] = us.entriesAfter(origin, 0) as [{ stamp: number; payload: string }];
      const [previous, dependencies, operations] = unpack(payload) as [number, string[], unknown[]];
      const altered = pack([previous, dependencies, [...operations, operation]] as never);
      const reply = eu.call("apply", origin, encodeFrames([{ stamp, payload: altered }]));
      expect(reply).toEqual({ err: expect.stringMatching(/^MERIDIAN_BADENTRY /) });
      expect(eu.keyspace.call("EXISTS", "e")).toBe(0);
    });
  }

  test("is waited for", () => {
    const { us, eu } = new ToldRegions();
    us.call(...write);
    const [origin = ""] = us.origins();
    const [{ stamp, payload }] = us.entriesAfter(origin, 0) as [{ stamp: number; payload: string }];
    const [previous, dependencies, operations] = unpack(payload) as [number, string[], unknown[]];
    for (const declared of [
      ["w", ["us~1", 7]],
      ["V", ["us~1", 7], operations[0]],
      ["V", [0, 9, ["us~1", 7]], ["Z", []]],
    ]) {
      const altered = pack([previous, dependencies, [declared]] as never);
      const reply = eu.call("apply", origin, encodeFrames([{ stamp, payload: altered }]));
      expect(reply).toEqual(["wait", "0", "us~1", "7", 0]);
    }
  });
});
