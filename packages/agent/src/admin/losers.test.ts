/** What a region says of its losers, of every type, from answers of the core as it gives them. */
import type { Engine } from "@meridian/engine";
import { expect, test } from "vitest";
import { agentLimits } from "../limits.js";
import { ConflictTally } from "./conflict-tally.js";
import { conflictSource } from "./losers.js";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const room = { conflicts: 100, bytes: 1000, valueBytes: 100 };

interface Loser {
  type: string;
  part: string;
  value: string | null;
  stamp?: number;
}

interface World {
  type: string;
  losers: Loser[];
  /** What the server answers to native reads, by their names. */
  native?: Record<string, unknown>;
  inspect?: unknown;
  /** Grows by what the core is asked. */
  asked?: string[];
}

function engineOf({ type, losers, native = {}, inspect, asked = [] }: World): Engine {
  const dot = { origin: "us~1", region: "us", stamp: 1, atMs: 7 };
  const answers: Record<string, unknown> = {
    losers: bytes(JSON.stringify({ key: "k", type, losers: losers.map((loser) => ({ ...dot, ...loser })) })),
    inspect: bytes(JSON.stringify(inspect ?? {})),
    conflicts: [Buffer.from("7"), [bytes("\xff")], [Buffer.from("string"), Buffer.from("12")]],
  };
  const read = (name: string): Promise<unknown> => Promise.resolve(native[name] ?? null);
  const redis = { call: read, callBuffer: read };
  const callBuffer = (command: string): Promise<unknown> => {
    asked.push(command);
    return Promise.resolve(answers[command]);
  };
  return { region: "us", root: "mer:{0}", redis, callBuffer } as unknown as Engine;
}

async function conflictsOf(world: World, given = room) {
  return await conflictSource(engineOf(world)).losers([Buffer.from("k").toString("base64")], given);
}

test("a page of keys with the counters", async () => {
  const page = await conflictSource(engineOf({ type: "none", losers: [] })).page("0");
  expect(page).toEqual({ next: "7", keysBase64: ["/w=="], counts: { string: 12 } });
});

test("the totals of the status", async () => {
  const native = { SCARD: 3, HGETALL: ["string", "12", "clash", "1"] };
  const totals = await new ConflictTally(engineOf({ type: "none", losers: [], native })).totals();
  expect(totals).toEqual({ keys: 3, counts: { string: 12, clash: 1 } });
});

test("losers of one place are one conflict, the latest first, beside what shows there", async () => {
  const losers = [
    { type: "hash", part: "f", value: "old", stamp: 1 },
    { type: "hash", part: "\xff", value: "\xfe", stamp: 2 },
    { type: "hash", part: "f", value: "newer", stamp: 3 },
  ];
  const { conflicts, bytes: told, whole } = await conflictsOf({ type: "hash", losers, native: { HGET: bytes("w") } });
  expect(conflicts).toMatchObject([
    { key: "k", type: "hash", part: "f", winner: "w", losers: [{ value: "newer" }, { value: "old" }] },
    {
      part: { base64: "/w==" },
      winner: "w",
      losers: [{ part: { base64: "/w==" }, value: { base64: "/g==" }, size: 1 }],
    },
  ]);
  expect(conflicts[0]?.losers[0]).toMatchObject({ region: "us", origin: "us~1", stamp: 3, atMs: 7, size: 5 });
  expect([told, whole]).toEqual([11, true]);
});

test("of a string and a sorted set", async () => {
  const string = { type: "string", losers: [{ type: "string", part: "", value: "lost" }] };
  const [ofString] = (await conflictsOf({ ...string, native: { GET: bytes("won") } })).conflicts;
  expect(ofString).toMatchObject({ part: "", index: null, winner: "won", losers: [{ value: "lost" }], seenIn: "us" });
  const zset = { type: "zset", losers: [{ type: "zset", part: "m", value: "1.5" }] };
  const [ofMember] = (await conflictsOf({ ...zset, native: { ZSCORE: bytes("inf") } })).conflicts;
  expect(ofMember).toMatchObject({ part: "m", winner: "inf", losers: [{ value: "1.5" }] });
});

test("of a list, by the place of the element, which may be beyond what the core describes", async () => {
  const registers = [
    { value: "lost", shows: false },
    { value: "\xff", shows: true },
  ];
  const inspect = {
    list: [
      { place: "aa", value: { registers: [] } },
      { place: "bb", value: { registers } },
    ],
  };
  const loser = { type: "list", part: "bb", value: "lost" };
  const [known] = (await conflictsOf({ type: "list", losers: [loser], inspect })).conflicts;
  expect(known).toMatchObject({ part: "bb", index: 1, winner: { base64: "/w==" } });
  const [unknown] = (await conflictsOf({ type: "list", losers: [{ ...loser, part: "cc" }], inspect })).conflicts;
  expect(unknown).toMatchObject({ part: "cc", index: null, winner: null });
});

test("however many elements of a list there are, the core describes it once", async () => {
  const losers = ["aa", "bb", "cc"].map((part) => ({ type: "list", part, value: "lost" }));
  const asked: string[] = [];
  const { conflicts } = await conflictsOf({ type: "list", losers, asked });
  expect(conflicts).toHaveLength(3);
  expect(asked).toEqual(["losers", "inspect"]);
});

test("as many losers as the core tells at most may not be all", async () => {
  const losers = Array.from({ length: agentLimits.losersToldMax }, () => ({ type: "string", part: "", value: "" }));
  expect((await conflictsOf({ type: "string", losers: losers.slice(1) })).whole).toBe(true);
  expect((await conflictsOf({ type: "string", losers })).whole).toBe(false);
});

test("of a stream: the fields of both entries of the id, exact", async () => {
  const losers = [{ type: "stream", part: "5-1", value: '["f","\xff"]' }];
  const native = { XRANGE: [[Buffer.from("5-1"), [bytes("\xfe"), bytes('"')]]] };
  const [conflict] = (await conflictsOf({ type: "stream", losers, native })).conflicts;
  expect(conflict).toMatchObject({ part: "5-1", winner: [[{ base64: "/g==" }, '"']] });
  expect(conflict?.losers[0]?.value).toEqual([["f", { base64: "/w==" }]]);
});

test("of two types: the hidden one whole, and what is hidden with it", async () => {
  const hash = { type: "hash", part: "", value: null };
  const native = { GET: bytes("shows"), HGET: bytes("of another key") };
  const field = { type: "hash", part: "f", value: "lost" };
  const { conflicts } = await conflictsOf({ type: "string", losers: [hash, field], native });
  expect(conflicts).toMatchObject([
    { type: "string", part: "", winner: "shows", losers: [{ type: "hash", value: null, size: null }] },
    { type: "string", part: "f", winner: null, losers: [{ type: "hash", value: "lost" }] },
  ]);
  const string = { type: "string", part: "", value: "hidden" };
  const [hidden] = (await conflictsOf({ type: "hash", losers: [string], native })).conflicts;
  expect(hidden).toMatchObject({ type: "hash", winner: null, losers: [{ value: "hidden" }] });
});

test("values and conflicts are cut to the room, and it is said", async () => {
  const losers = ["f", "g", "h"].map((part) => ({ type: "hash", part, value: "0123456789" }));
  const world = { type: "hash", losers, native: { HGET: bytes("won") } };
  const short = await conflictsOf(world, { conflicts: 3, bytes: 15, valueBytes: 4 });
  expect(short.conflicts.map(({ winner, losers: [loser] }) => [winner, loser?.value, loser?.size])).toEqual([
    ["won", "0123", 10],
    ["won", "0123", 10],
    ["w", "", 10],
  ]);
  expect(short).toMatchObject({ bytes: 15, whole: false });
  const few = await conflictsOf(world, { ...room, conflicts: 2 });
  expect(few.conflicts.map(({ part }) => part)).toEqual(["f", "g"]);
  expect(few.whole).toBe(false);
});
