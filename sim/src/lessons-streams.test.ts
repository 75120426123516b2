/**
 * Histories of streams worth telling, beyond those of tests/cases: they need one order of delivery or another, or look at
 * what is kept beside a stream. Three regions over model servers.
 */
import type { Reply } from "@meridian/core";
import { beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "./names.js";
import type { Region } from "./region.js";
import { deliver, ToldRegions } from "./told-regions.js";

const HOUR_MS = 3_600_000;
let told: ToldRegions;
let us: Region;
let eu: Region;
let ap: Region;

beforeEach(() => {
  told = new ToldRegions();
  ({ us, eu, ap } = told);
});

const sync = (): void => told.sync();
const everywhere = (name: string, ...args: string[]): Reply => told.everywhere(name, ...args);

/** The names of the groups of x, in every region. */
function groups(): string[] {
  const [first = [], ...others] = told.regions.map((region) => {
    const value = region.keyspace.slot("x")?.value;
    return value?.type === "stream" ? [...value.groups.keys()].sort() : [];
  });
  for (const other of others) expect(other).toEqual(first);
  return first;
}

/** Ids of what the group delivers as new. */
function read(region: Region, ...options: string[]): string[] {
  const reply = region.call("XREADGROUP", "GROUP", "g", "c", ...options, "STREAMS", "x", ">");
  if (!Array.isArray(reply)) return [];
  return ((reply[0] as Reply[])[1] as [string, string[]][]).map(([id]) => id);
}

/** What is kept beside streams, in any region. */
function kept(): string[] {
  return told.regions.flatMap((region) =>
    region.keyspace.keys().filter((name) => /^:(x|g|y|gd|n)(:|$)/.test(name.slice(ROOT.length))),
  );
}

describe("groups that were destroyed", () => {
  test("a destroy wins whether it arrives before or after the creation it had not seen", () => {
    us.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    us.call("XGROUP", "CREATE", "x", "h", "0");
    deliver(us, eu);
    eu.call("XGROUP", "DESTROY", "x", "g");
    ap.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    deliver(ap, us);
    sync();
    expect(groups()).toEqual(["h"]);
  });

  test("one that had seen the destroy stands", () => {
    us.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    sync();
    eu.call("XGROUP", "DESTROY", "x", "g");
    sync();
    expect(everywhere("EXISTS", "x")).toBe(0);
    ap.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    sync();
    expect(groups()).toEqual(["g"]);
  });

  test("a life that a creation made goes with the destroy that emptied the stream, in any order of two destroys", () => {
    us.call("XADD", "x", "5-1", "f", "v");
    us.call("XGROUP", "CREATE", "x", "g", "0");
    sync();
    ap.call("DEL", "x");
    ap.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    us.call("XGROUP", "DESTROY", "x", "g");
    eu.call("XDEL", "x", "5-1");
    eu.call("XGROUP", "DESTROY", "x", "g");
    deliver(us, ap);
    deliver(eu, ap);
    deliver(eu, us);
    sync();
    expect(everywhere("EXISTS", "x")).toBe(0);
  });

  test("are remembered until all regions have said that they know, and an hour longer than they may be on their way", () => {
    us.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    sync();
    us.call("XGROUP", "DESTROY", "x", "g");
    sync();
    for (const region of told.regions) region.call("PUBLISH", "c", "m");
    sync();
    for (const region of told.regions) region.sweep();
    expect(kept()).toHaveLength(told.regions.length);
    told.nowMs += HOUR_MS;
    for (const region of told.regions) region.sweep();
    expect(kept()).toEqual([]);
  });

  test("are remembered as long as one region is silent", () => {
    us.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    sync();
    us.call("XGROUP", "DESTROY", "x", "g");
    deliver(us, eu);
    told.nowMs += 2 * HOUR_MS;
    eu.call("PUBLISH", "c", "m");
    deliver(eu, us);
    for (const region of told.regions) region.sweep();
    ap.call("XGROUP", "CREATE", "x", "g", "0");
    sync();
    expect(groups()).toEqual([]);
  });
});

describe("streams without entries", () => {
  test("a stream that lost its life to a delete keeps what came in meanwhile, and stays when that is removed", () => {
    us.call("XADD", "x", "5-1", "f", "v");
    sync();
    us.call("DEL", "x");
    eu.call("XADD", "x", "6-1", "f", "v");
    sync();
    expect(everywhere("XLEN", "x")).toBe(1);
    us.call("XDEL", "x", "6-1");
    expect(us.keyspace.call("EXISTS", "x")).toBe(1);
    sync();
    expect(everywhere("EXISTS", "x")).toBe(1);
    ap.call("DEL", "x");
    sync();
    expect(kept()).toEqual([]);
  });

  test("an entry that a delete had not seen does not bring the groups back", () => {
    us.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
    sync();
    us.call("DEL", "x");
    eu.call("XADD", "x", "6-1", "f", "v");
    sync();
    expect(everywhere("XLEN", "x")).toBe(1);
    expect(groups()).toEqual([]);
  });
});

describe("what a group delivers", () => {
  test("a group that begins at the end still gets what its creator had not seen", () => {
    eu.call("XADD", "x", "3-2", "f", "unseen");
    us.call("XADD", "x", "5-1", "f", "old");
    us.call("XGROUP", "CREATE", "x", "g", "$");
    sync();
    for (const region of told.regions) expect(read(region), region.name).toEqual(["3-2"]);
  });

  test("what one region acknowledged is passed elsewhere, but for what it had not seen", () => {
    us.call("XADD", "x", "5-1", "f", "v");
    us.call("XGROUP", "CREATE", "x", "g", "0");
    sync();
    eu.call("XADD", "x", "6-2", "f", "unseen");
    us.call("XADD", "x", "7-1", "f", "v");
    expect(read(us)).toEqual(["5-1", "7-1"]);
    us.call("XACK", "x", "g", "5-1", "7-1");
    sync();
    expect(read(eu)).toEqual(["6-2"]);
    expect(read(us)).toEqual(["6-2"]);
  });

  test("what was pending elsewhere is acknowledged with the prefix", () => {
    us.call("XADD", "x", "5-1", "f", "v");
    us.call("XADD", "x", "6-1", "f", "v");
    us.call("XGROUP", "CREATE", "x", "g", "0");
    sync();
    expect(read(us)).toEqual(["5-1", "6-1"]);
    expect(read(eu)).toEqual(["5-1", "6-1"]);
    us.call("XACK", "x", "g", "5-1");
    sync();
    expect(eu.keyspace.call("XPENDING", "x", "g", "-", "+", "9")).toEqual([["6-1", "c", expect.any(Number), 1]]);
  });

  test("a reader that acknowledges nothing tells the others all the same", () => {
    us.call("XADD", "x", "5-1", "f", "v");
    us.call("XGROUP", "CREATE", "x", "g", "0");
    sync();
    expect(read(us, "NOACK")).toEqual(["5-1"]);
    sync();
    expect(read(eu)).toEqual([]);
  });

  test("a cursor that was set back gives all again, and what came late once", () => {
    us.call("XADD", "x", "5-1", "f", "v");
    us.call("XGROUP", "CREATE", "x", "g", "0");
    eu.call("XADD", "x", "4-2", "f", "late");
    expect(read(us)).toEqual(["5-1"]);
    sync();
    us.call("XGROUP", "SETID", "x", "g", "0");
    expect(read(us)).toEqual(["4-2", "5-1"]);
    expect(read(us)).toEqual([]);
  });

  test("what is removed before it was delivered late is not waited for", () => {
    us.call("XADD", "x", "5-1", "f", "v");
    us.call("XGROUP", "CREATE", "x", "g", "0");
    eu.call("XADD", "x", "4-2", "f", "late");
    expect(read(us)).toEqual(["5-1"]);
    sync();
    eu.call("XDEL", "x", "4-2");
    sync();
    expect(kept().filter((name) => name.includes(":y:"))).toEqual([]);
    us.call("XACK", "x", "g", "5-1");
    sync();
    expect(read(eu)).toEqual([]);
  });
});

describe("ids", () => {
  test("two regions never make the same one, though they do so in the same millisecond", () => {
    const ids = told.regions.flatMap((region) => [1, 2, 3].map(() => region.call("XADD", "x", "*", "f", region.name)));
    expect(new Set(ids).size).toBe(ids.length);
    sync();
    expect(everywhere("XLEN", "x")).toBe(ids.length);
  });

  test("a bare number of milliseconds is one id, each region its own", () => {
    const [first, second] = told.regions;
    expect(first?.call("XADD", "x", "7", "f", "v")).toBe("7-1");
    expect(first?.call("XADD", "x", "7", "f", "v")).toEqual({ err: expect.stringContaining("equal or smaller") });
    expect(first?.call("XADD", "x", "7-*", "f", "v")).toBe("7-257");
    expect(first?.call("XADD", "x", "8-*", "f", "v")).toBe("8-1");
    expect(first?.call("XADD", "y", "0-*", "f", "v")).toBe("0-257");
    expect(second?.call("XADD", "x", "7", "f", "v")).toBe("7-2");
    sync();
    expect(everywhere("XLEN", "x")).toBe(4);
  });

  test("of two entries given one id the loser is kept, and shows where only the winner is removed", () => {
    us.call("XADD", "x", "5-5", "f", "us");
    told.nowMs += 1;
    eu.call("XADD", "x", "5-5", "f", "eu");
    eu.call("XDEL", "x", "5-5");
    sync();
    expect(everywhere("XRANGE", "x", "-", "+")).toEqual([["5-5", ["f", "us"]]]);
  });

  test("numbers as large as Redis takes them", () => {
    const last = "18446744073709551615-18446744073709551614";
    us.call("XADD", "x", last, "f", "v");
    eu.call("XADD", "x", "9007199254740993-9007199254740995", "f", "v");
    eu.call("XADD", "x", "9007199254740993-*", "f", "v");
    sync();
    const ids = (everywhere("XRANGE", "x", "-", "+") as [string][]).map(([id]) => id);
    expect(ids).toEqual(["9007199254740993-9007199254740995", "9007199254740993-9007199254741250", last]);
    expect(us.call("XADD", "x", "*", "f", "v")).toEqual({ err: expect.stringMatching(/exhausted/) as string });
  });
});

test("a stream that the server evicted takes entries again, late ones too", () => {
  us.call("XADD", "x", "5-1", "f", "v");
  us.keyspace.call("DEL", "x");
  us.call("XADD", "x", "7-1", "f", "v");
  eu.call("XADD", "x", "6-2", "f", "v");
  deliver(eu, us);
  const ids = (us.keyspace.call("XRANGE", "x", "-", "+") as [string][]).map(([id]) => id);
  expect(ids).toEqual(["6-2", "7-1"]);
});

test("late entries of one call go in together, whatever else is written between them", () => {
  for (let at = 0; at < 20; at++) us.call("XADD", "x", `${1000 + at}-0`, "f", "later");
  for (let at = 0; at < 20; at++) {
    eu.call(
      "pipeline",
      "5",
      "XADD",
      "x",
      `${at + 1}-0`,
      "f",
      "v",
      "4",
      "HSET",
      "h",
      `f${at}`,
      "v",
      "3",
      "SADD",
      "e",
      `${at}`,
    );
  }
  let added = 0;
  const { keyspace } = us;
  const call = keyspace.call.bind(keyspace);
  keyspace.call = (name, ...args) => {
    if (name === "XADD" && args[0] === "x") added++;
    return call(name, ...args);
  };
  deliver(eu, us);
  expect(added).toBeLessThan(100); // one by one, each with all that comes after it, they would be 440
  sync();
  expect(everywhere("XLEN", "x")).toBe(40);
  expect(everywhere("HLEN", "h")).toBe(20);
});
