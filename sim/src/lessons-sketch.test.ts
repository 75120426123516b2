/**
 * Histories of HyperLogLogs, bits and whole values worth telling, beyond those of tests/cases: they need bytes that no words
 * spell, or look at what is kept and logged. Three regions over model servers.
 */
import type { Reply } from "@meridian/core";
import { unpack } from "@meridian/testkit";
import { beforeEach, expect, test } from "vitest";
import { ROOT } from "./names.js";
import type { Region } from "./region.js";
import { deliver, ToldRegions } from "./told-regions.js";

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

/** The operations logged so far, the oldest first. */
function logged(): unknown[][] {
  return [...told.history.entries.values()].flatMap(({ payload }) => (unpack(payload) as unknown[])[2] as unknown[][]);
}

/** What is kept beside a HyperLogLog, in any region. */
function sides(key: string): string[] {
  return told.regions.flatMap((region) => region.keyspace.keys().filter((name) => name === `${ROOT}:p:${key}`));
}

test("a text with the bytes of a HyperLogLog becomes one where something is added, and two such unite", () => {
  us.call("PFADD", "source", "a", "b");
  us.call("SET", "p", us.keyspace.call("GET", "source") as string, "EX", "100");
  sync();
  told.nowMs += 5;
  expect(us.call("PFADD", "p", "a")).toBe(0);
  expect(us.call("PFADD", "p", "c")).toBe(1);
  expect(eu.call("PFADD", "p", "d")).toBe(1);
  sync();
  expect(everywhere("PFCOUNT", "p")).toBe(4);
  expect(everywhere("PEXPIRETIME", "p")).toBe(1_790_000_100_000);
  expect(sides("p")).toHaveLength(3);
  ap.call("DEL", "p");
  sync();
  expect(everywhere("EXISTS", "p")).toBe(0);
  expect(sides("p")).toEqual([]);
});

test("an addition that raises nothing is not logged, but into one of several it is", () => {
  us.call("PFADD", "p", "a");
  eu.call("PFADD", "p", "b");
  us.call("PFADD", "p", "a");
  expect(logged()).toHaveLength(2);
  sync();
  expect(us.call("PFADD", "p", "b")).toBe(0);
  sync();
  expect(logged()).toHaveLength(3);
  eu.call("DEL", "p");
  us.call("PFADD", "p");
  expect(logged()).toHaveLength(4);
});

test("of two, what was added to both outlives the one, and its bytes are not kept twice any more", () => {
  us.call("PFADD", "p", "a");
  eu.call("PFADD", "p", "b");
  deliver(us, ap);
  deliver(eu, ap);
  expect(ap.call("PFADD", "p", "c")).toBe(1);
  expect(us.call("DEL", "p")).toBe(1);
  sync();
  expect(everywhere("PFCOUNT", "p")).toBe(2);
  expect(sides("p")).toEqual([]);
});

test("a hidden HyperLogLog takes additions that saw only it", () => {
  us.call("PFADD", "k", "a");
  deliver(us, ap);
  told.nowMs += 1;
  eu.call("HSET", "k", "f", "v");
  deliver(eu, us);
  expect(us.keyspace.call("TYPE", "k")).toEqual({ ok: "hash" });
  ap.call("PFADD", "k", "b");
  deliver(ap, us);
  eu.call("DEL", "k");
  sync();
  expect(everywhere("PFCOUNT", "k")).toBe(2);
});

test("a value touched in one region is revived once, however many expired it without having seen that", () => {
  us.call("PFADD", "p", "a");
  us.call("PEXPIRE", "p", "100");
  sync();
  eu.call("PEXPIRE", "p", "1000");
  told.nowMs += 150;
  for (const region of [us, ap]) expect(region.call("DEL", "p")).toBe(0);
  deliver(us, eu);
  deliver(ap, eu);
  sync();
  expect(logged().filter(([code]) => code === "P")).toHaveLength(1);
  expect(everywhere("PFCOUNT", "p")).toBe(1);
});

test("a restored value is written over what was seen; the newer of two types shows", () => {
  us.call("SET", "k", "one");
  us.call("RPUSH", "l", "a", "b");
  const [text, list] = ["k", "l"].map((key) => us.keyspace.call("DUMP", key) as string);
  sync();
  expect(us.call("RESTORE", "k", "0", text ?? "")).toEqual({ err: "BUSYKEY Target key name already exists." });
  expect(us.call("RESTORE", "k", "5000", list ?? "", "REPLACE")).toEqual({ ok: "OK" });
  sync();
  expect(everywhere("LRANGE", "k", "0", "-1")).toEqual(["a", "b"]);
  expect(everywhere("PTTL", "k")).toBeGreaterThan(4000);
  us.call("RPUSH", "k", "c");
  told.nowMs += 1;
  expect(eu.call("RESTORE", "k", "0", text ?? "", "REPLACE")).toEqual({ ok: "OK" });
  sync();
  expect(everywhere("GET", "k")).toBe("one");
});

test("a message to a shard's channel passes through every region once", () => {
  us.call("SPUBLISH", "news", "hello");
  sync();
  for (const region of told.regions) expect(region.keyspace.shardPublished).toEqual([["news", "hello"]]);
});
