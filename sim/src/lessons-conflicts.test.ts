/**
 * Conflicts told and resolved, one command at a time: a resolution is a write that saw just what it was made of, whoever makes
 * it, wherever, and however often (docs/decisions/0047-conflict-hooks.md).
 */
import type { Reply } from "@meridian/core";
import { seededRandom, testSeed } from "@meridian/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import type { Region } from "./region.js";
import { deliver, ToldRegions } from "./told-regions.js";

const CHANNEL = "meridian:conflicts";
type Row = [stamp: string, origin: string, region: string, value: string];

interface Notice {
  event: string;
  key: string;
  part: string;
  number: number;
  resolver: string;
  version: number;
  winner: { value: string | null; size: number; region: string } | null;
  losers: { value: string | null; size: number; region: string }[];
}

let told: ToldRegions;
let us: Region;
let eu: Region;
let ap: Region;

beforeEach(() => {
  told = new ToldRegions();
  ({ us, eu, ap } = told);
});

const read = (region: Region, ...place: string[]): Row[] => {
  const reply = region.call("MERIDIAN.CONFLICT", "READ", ...place);
  return reply === false ? [] : (reply as Row[]);
};

/** What the resolver of these tests makes of what is there: all words, once, in order. */
const union = (rows: Row[]): string => [...new Set(rows.flatMap((row) => row[3].split(" ")))].toSorted().join(" ");

function resolve(region: Region, rows: Row[], value: string, key: string, ...field: string[]): Reply {
  const dots = rows.flatMap(([stamp, origin]) => [stamp, origin]);
  return region.call("MERIDIAN.CONFLICT", "RESOLVE", key, value, "union", "3", String(rows.length), ...dots, ...field);
}

const losersOf = (region: Region, key: string): unknown[] =>
  (JSON.parse(region.call("losers", key) as string) as { losers: unknown[] }).losers;

const notices = ({ keyspace }: Region): Notice[] =>
  keyspace.published.splice(0).map(([channel, text]) => {
    expect(channel).toBe(CHANNEL);
    return JSON.parse(text) as Notice;
  });

describe("a resolution", () => {
  test("is shown everywhere, and takes the place of all that it was made of", () => {
    us.call("SET", "k", "a");
    eu.call("SET", "k", "b");
    ap.call("SET", "k", "c");
    told.sync();
    const rows = read(eu, "k");
    expect(rows.map((row) => [row[2], row[3]])).toEqual([
      ["us", "a"],
      ["eu", "b"],
      ["ap", "c"],
    ]);
    expect(resolve(eu, rows, union(rows), "k")).toBe(1);
    told.sync();
    expect(told.everywhere("GET", "k")).toBe("a b c");
    for (const region of told.regions) expect([read(region, "k"), losersOf(region, "k")]).toEqual([[], []]);
    expect(us.keyspace.call("HGETALL", "mer:{0}:cr")).toEqual([]);
    expect(eu.keyspace.call("HGETALL", "mer:{0}:cr")).toEqual(["union 3", "1"]);
  });

  test("is not made where somebody wrote meanwhile, and does not take away what it had not seen", () => {
    us.call("SET", "k", "a");
    eu.call("SET", "k", "b");
    told.sync();
    const rows = read(us, "k");
    us.call("SET", "k", "newer");
    expect(resolve(us, rows, "a b", "k")).toBe(0);
    ap.call("APPEND", "k", "!");
    expect(resolve(eu, read(eu, "k"), "a b", "k")).toBe(1);
    expect(us.call("MERIDIAN.CONFLICT", "READ", "k")).toBe(false);
    told.sync();
    expect(read(us, "k").map((row) => row[3])).toEqual(["newer", "a b", "a!"]);
  });

  test("made in two regions at once is no conflict where both made the same, and one where they did not", () => {
    for (const [key, other] of [
      ["same", "a b"],
      ["other", "b a"],
    ] as const) {
      us.call("SET", key, "a");
      eu.call("SET", key, "b");
      told.sync();
      for (const region of told.regions) region.keyspace.heard.add(CHANNEL);
      told.regions.forEach(notices);
      expect(resolve(us, read(us, key), "a b", key)).toBe(1);
      expect(resolve(eu, read(eu, key), other, key)).toBe(1);
      told.sync();
      expect(told.everywhere("GET", key)).toBe("a b");
      for (const region of told.regions) {
        expect(losersOf(region, key)).toHaveLength(key === "same" ? 0 : 1);
        expect(read(region, key)).toHaveLength(key === "same" ? 0 : 2);
        const events = notices(region).map(({ event }) => event);
        expect(events.filter((event) => event === "resolved")).toHaveLength(2);
        expect(events.filter((event) => event === "conflict")).toHaveLength(key === "same" ? 0 : 1);
      }
    }
  });

  test("keeps the deadline of what shows, and a delete that has not seen it leaves it", () => {
    us.call("SET", "k", "a", "PX", "100000");
    eu.call("SET", "k", "b");
    told.sync();
    const deadline = us.keyspace.call("PEXPIRETIME", "k");
    expect(resolve(us, read(us, "k"), "a b", "k")).toBe(1);
    ap.call("DEL", "k");
    told.sync();
    expect(told.everywhere("GET", "k")).toBe("a b");
    expect(told.everywhere("PEXPIRETIME", "k")).toBe(deadline);
    eu.call("DEL", "k");
    told.sync();
    expect(told.everywhere("EXISTS", "k")).toBe(0);
  });

  test("of a field leaves the other fields alone; nothing is resolved where something is counted on top", () => {
    us.call("HSET", "h", "f", "a", "g", "1");
    eu.call("HSET", "h", "f", "b");
    us.call("SET", "n", "1");
    eu.call("SET", "n", "2");
    told.sync();
    us.call("INCR", "n");
    expect(read(us, "n")).toEqual([]);
    expect(resolve(eu, read(eu, "h", "f"), "a b", "h", "f")).toBe(1);
    told.sync();
    expect(told.everywhere("HGETALL", "h")).toEqual(["f", "a b", "g", "1"]);
    expect(losersOf(ap, "h")).toEqual([]);
  });

  test.each([
    [["READ"], "wrong number"],
    [["READ", "k", "f", "g"], "wrong number"],
    [["WRITE", "k"], "unknown subcommand"],
    [["LIST", "k"], "wrong number"],
    [["LIST", "k", "-1"], "invalid cursor"],
    [["READ", "list"], "WRONGTYPE"],
    [["RESOLVE", "k", "v", "name", "1", "2", "1", "us~1", "2"], "wrong number"],
    [["RESOLVE", "k", "v", "a name", "1", "2", "1", "us~1", "2", "eu~1"], "MERIDIAN_BADRESOLVE"],
    [["RESOLVE", "k", "v", "name", "1.5", "2", "1", "us~1", "2", "eu~1"], "MERIDIAN_BADRESOLVE"],
    [["RESOLVE", "k", "v", "name", "1", "1", "1", "us~1", "2", "eu~1"], "MERIDIAN_BADRESOLVE"],
    [["RESOLVE", "k", "v", "name", "1", "x", "1", "us~1", "2", "eu~1"], "MERIDIAN_BADRESOLVE"],
    [["RESOLVE", "k", "v", "name", "1", "3", "1", "us~1", "2", "eu~1"], "wrong number"],
    [["READ", "mer:{0}:x"], "MERIDIAN_RESERVED"],
  ])("%j is refused, and changes nothing", (args, code) => {
    us.call("RPUSH", "list", "1");
    const before = us.vector();
    expect(us.call("MERIDIAN.CONFLICT", ...args)).toEqual({ err: expect.stringContaining(code) as string });
    expect(us.vector()).toEqual(before);
  });
});

describe("a notice", () => {
  test("tells who wrote what, what it is the how-manieth of, and nothing to nobody", () => {
    us.call("SET", "unheard", "a");
    eu.call("SET", "unheard", "b");
    told.sync();
    expect(notices(us)).toEqual([]);
    us.keyspace.heard.add(CHANNEL);
    us.call("SET", "k/\u00e4", "a".repeat(1025));
    eu.call("SET", "k/\u00e4", "b");
    us.call("ZADD", "z", "1", "m");
    eu.call("ZADD", "z", "2", "m");
    us.call("HSET", "clash", "f", "a");
    eu.call("SET", "clash", "b");
    told.sync();
    const seen = notices(us);
    expect(seen).toHaveLength(3);
    expect(seen[0]).toMatchObject({
      event: "conflict",
      key: "k/\u00e4",
      number: 2,
      winner: { value: null, size: 1025, region: "us" },
      losers: [{ value: "b", size: 1, region: "eu" }],
    });
    expect(seen[1]).toMatchObject({ type: "zset", part: "m", number: 1, winner: { value: "1" } });
    expect(seen[2]).toMatchObject({ type: "clash", key: "clash", winner: null, losers: [] });
    expect(notices(eu)).toEqual([]);
  });

  test("of a resolution tells in every region who made it, and of what", () => {
    us.call("SET", "k", "a");
    eu.call("SET", "k", "b");
    told.sync();
    resolve(us, read(us, "k"), "a b", "k");
    told.sync();
    for (const region of told.regions) {
      const [notice] = notices(region);
      expect(notice).toMatchObject({ event: "resolved", resolver: "union", version: 3, winner: { value: "a b" } });
      expect(notice?.losers.map(({ value }) => value)).toEqual(["a", "b"]);
    }
  });
});

test("whoever resolves whatever at any time: all regions end with the same, and no word is lost", () => {
  const random = seededRandom(testSeed());
  const keys = ["k0", "k1"];
  const written = new Map(keys.map((key) => [key, new Set<string>()]));
  for (let step = 0; step < 600; step++) {
    const region = random.pick(told.regions);
    const key = random.pick(keys);
    const rows = read(region, key);
    if (random.chance(0.5)) deliver(random.pick(told.regions), region);
    else if (rows.length > 0) expect(resolve(region, rows, union(rows), key)).toBe(1);
    else {
      written.get(key)?.add(`w${step}`);
      region.call("APPEND", key, ` w${step}`);
    }
    told.nowMs += random.integer(0, 1);
  }
  told.sync();
  for (const key of keys) {
    const rows = read(us, key);
    for (const region of told.regions) expect(read(region, key)).toEqual(rows);
    if (rows.length > 0) resolve(us, rows, union(rows), key);
  }
  told.sync();
  for (const key of keys) {
    const words = String(told.everywhere("GET", key)).split(" ");
    expect(words).toEqual(expect.arrayContaining([...(written.get(key) ?? [])]));
    for (const region of told.regions) expect(losersOf(region, key)).toEqual([]);
  }
});
