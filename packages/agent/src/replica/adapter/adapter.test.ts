/** The pure parts of the adapter: records, durability, backlog, meter, alarms. */
import { decodeFrames, encodeFrames } from "@meridian/core";
import { EngineError } from "@meridian/engine";
import { expect, test } from "vitest";
import { alarmOf, type Alarm } from "../alarms.js";
import { idOfStamp, msOfStamp, stampAtMs, stampOfId } from "../stamps.js";
import { AlarmLog } from "./alarm-log.js";
import { ApplySize } from "./apply-size.js";
import { BacklogGauge } from "./backlog-gauge.js";
import { Durability, type PersistenceLook } from "./durability.js";
import { adapterLimits } from "./limits.js";
import { Meter } from "./meter.js";
import { entriesIn, framesAfter, recordsOf } from "./records.js";
import { isServerLost } from "./server-calls.js";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const T0 = 1_800_000_000_000;

test("stamps are stream ids and times", () => {
  const stamp = stampAtMs(T0) + 4095;
  expect(idOfStamp(stamp)).toBe(`${T0}-4095`);
  expect(stampOfId(`${T0}-4095`)).toBe(stamp);
  expect(msOfStamp(stamp)).toBe(T0);
  expect(idOfStamp(0)).toBe("1704067200000-0");
  expect(() => stampOfId("1-1")).toThrow(RangeError);
});

test("records keep their stamps and bytes, and say how many entries they hold", () => {
  const frames = bytes(
    encodeFrames([
      { stamp: 5, payload: "a\xff" },
      { stamp: 9, payload: "" },
    ]),
  );
  expect(recordsOf([bytes("9"), frames, "12", bytes("")])).toEqual([
    { stamp: 9, payload: frames },
    { stamp: 12, payload: bytes("") },
  ]);
  expect([entriesIn(frames), entriesIn(frames.subarray(0, 20)), entriesIn(bytes("x"))]).toEqual([2, 1, 1]);
  for (const reply of [null, ["1"], ["x", frames], ["9", "text"]]) expect(() => recordsOf(reply)).toThrow(RangeError);
});

test("of records as many frames are taken as a call takes, from where the server stands", () => {
  const record = (...stamps: number[]) => ({
    stamp: stamps.at(-1) ?? 0,
    payload: bytes(encodeFrames(stamps.map((stamp) => ({ stamp, payload: `p${stamp}` })))),
  });
  const stampsOf = (frames: Buffer) => decodeFrames(frames.toString("latin1")).map(({ stamp }) => stamp);
  const large = 2 ** 52 + 1;
  const records = [record(3, 5, 9), record(12), record(14, large)];
  expect(stampsOf(framesAfter(records, 0, Infinity))).toEqual([3, 5, 9, 12, 14, large]);
  expect(stampsOf(framesAfter(records, 5, Infinity))).toEqual([9, 12, 14, large]);
  expect(stampsOf(framesAfter(records, 5, 3))).toEqual([9, 12, 14]);
  expect(stampsOf(framesAfter(records, 14, 16))).toEqual([large]);
  for (const damaged of [bytes("no frames at all"), record(3, 5).payload.subarray(0, 20), bytes("x")]) {
    const given = framesAfter([{ stamp: 5, payload: damaged }], 3, 16);
    expect(damaged.subarray(-given.length)).toEqual(given);
    expect(given.length).toBeGreaterThan(0);
  }
});

/** Two origins, each run of 40 entries of one upon the run of the other before; both logs are here. What was checked. */
function checkedToCatchUp(size: ApplySize, entries: number, batch: number): number {
  const at = { a: 0, b: 0 };
  let checked = 0;
  while (at.a < entries || at.b < entries) {
    for (const [own, other] of [["a", "b"] as const, ["b", "a"] as const]) {
      const given = Math.min(size.of(own), batch, entries - at[own]);
      const reach = (Math.floor(at[other] / 40) + (own === "a" ? 1 : 0)) * 40;
      const applied = Math.max(0, Math.min(given, reach - at[own]));
      if (given > 0) size.answered(own, applied < given ? "wait" : "ok", applied);
      at[own] += applied;
      checked += given;
    }
  }
  return checked;
}

test("entries that wait for others are given in numbers that apply, not by the thousand in vain", () => {
  const size = new ApplySize();
  expect(size.of("a")).toBe(Infinity);
  expect(checkedToCatchUp(size, 20_000, 4000)).toBeLessThan(3 * 40_000);
  expect(size.of("c")).toBe(Infinity);
  for (let at = 0; at < 20; at++) size.answered("a", "failed", 0);
  expect(size.of("a")).toBeLessThan(adapterLimits.waitingEntriesMax);
  for (let at = 0; at < 20; at++) size.answered("a", "ok", 16);
  expect(size.of("a")).toBe(Infinity);
  size.answered("a", "wait", 0);
  expect(size.of("a")).toBe(adapterLimits.waitingEntriesMin);
});

const SOUND = { aof_last_write_status: "ok", aof_pending_bio_fsync: "0", aof_delayed_fsync: "0" };

function look(
  atMs: number,
  change: Partial<PersistenceLook> = {},
  info: Record<string, string> = SOUND,
): PersistenceLook {
  return {
    aof: true,
    snapshots: false,
    process: "p",
    serverNowMs: T0 + atMs,
    info: new Map(Object.entries(info)),
    ...change,
  };
}

const vector = (stamp: number) => new Map([["a~1", stamp]]);

test("AOF: durable when a look well after it shows a sound file", () => {
  const durability = new Durability();
  expect(durability.look(look(0), vector(1))).toBeUndefined();
  expect(durability.look(look(2000), vector(2))).toBeUndefined();
  expect(durability.look(look(4001), vector(3))).toEqual(vector(1));
  expect(durability.look(look(9000), vector(4))).toEqual(vector(3));
});

test.each([
  ["a pending fsync", { ...SOUND, aof_pending_bio_fsync: "1" }],
  ["a failed write", { ...SOUND, aof_last_write_status: "err" }],
  ["a delayed fsync", { ...SOUND, aof_delayed_fsync: "1" }],
])("AOF: %s in between starts the wait anew", (_what, info) => {
  const durability = new Durability();
  durability.look(look(0), vector(1));
  expect(durability.look(look(3000, {}, info), vector(2))).toBeUndefined();
  expect(
    durability.look(look(5000, {}, { ...SOUND, aof_delayed_fsync: info.aof_delayed_fsync }), vector(3)),
  ).toBeUndefined();
});

test("another process: nothing before it counts", () => {
  const durability = new Durability();
  durability.look(look(0), vector(1));
  expect(durability.look(look(5000, { process: "q" }), vector(2))).toBeUndefined();
});

test("snapshots: durable when one began after it and ended; memory only: at once", () => {
  const durability = new Durability();
  const snapshots = { aof: false, snapshots: true };
  const saved = (atMs: number) => ({
    rdb_last_bgsave_status: "ok",
    rdb_last_save_time: String(Math.floor((T0 + atMs) / 1000)),
    rdb_last_bgsave_time_sec: "1",
  });
  durability.look(look(0, snapshots, saved(-60_000)), vector(1));
  expect(durability.look(look(5000, snapshots, saved(1000)), vector(2))).toBeUndefined(); // it may have begun before
  expect(durability.look(look(6000, snapshots, saved(4000)), vector(3))).toEqual(vector(1));
  expect(new Durability().look(look(0, { aof: false }), vector(1))).toEqual(vector(1));
});

test("the backlog is counted without reading the log", () => {
  const gauge = new BacklogGauge();
  expect(gauge.entriesAfter(5)).toBe(0);
  gauge.look("a~1", 100, 100, 1000, 2000);
  gauge.look("a~1", 300, 300, 1000, 3000);
  expect(gauge.entriesAfter(3000)).toBe(0);
  expect(gauge.entriesAfter(2000)).toBe(200);
  expect(gauge.entriesAfter(2500)).toBe(100);
  expect(gauge.entriesAfter(0)).toBe(300);
  gauge.look("a~2", 1, 1, 9000, 9000);
  expect(gauge.entriesAfter(0)).toBe(1);
});

test("the meter forgets after ten seconds what came, not the totals", () => {
  const meter = new Meter();
  for (let at = 0; at < 100; at++) {
    meter.count(2, 50, 5500);
    meter.delayed(at < 98 ? 10 : 500, 5500);
  }
  expect(meter.rates(6500)).toEqual({ operationsPerSecond: 200, bytesPerSecond: 5000 });
  const delays = meter.delays(6500);
  expect(delays?.p50).toBeGreaterThan(8);
  expect(delays?.p50).toBeLessThan(13);
  expect(delays?.p99).toBeGreaterThan(400);
  expect(meter.latestDelayMs(6000)).toBe(500);
  expect(meter.latestDelayMs(6600)).toBeUndefined();
  expect(meter.delays(17_000)).toBeNull();
  expect([meter.operationsTotal, meter.bytesTotal]).toEqual([200, 5000]);
});

test("a lost connection is known for one, whoever says so: it is no alarm", () => {
  const flushed = Object.assign(new Error("Reached the max retries"), { name: "MaxRetriesPerRequestError" });
  expect(
    [flushed, new Error("Connection is closed."), new EngineError("MERIDIAN_SERVERDOWN")].map(isServerLost),
  ).toEqual([true, true, true]);
  expect([new Error("NOPERM no permissions"), "text", undefined].map(isServerLost)).toEqual([false, false, false]);
});

test("alarms are counted, and passed on once in a while", () => {
  const raised: Alarm[] = [];
  const log = new AlarmLog((alarm) => raised.push(alarm));
  const alarm = alarmOf("REPLICA_APPLY_FAILED", { origin: "b~1" }, "OOM");
  for (let at = 0; at < 15; at++) log.raise(alarm, at * 1000);
  log.raise(alarmOf("REPLICA_APPLY_FAILED", { origin: "c~1" }, "OOM"), 20_000);
  expect(raised.map(({ origin }) => origin)).toEqual(["b~1", "b~1", "c~1"]);
  expect(raised[0]?.message).toBe(
    "the server refuses to apply entries, they are tried again; see its message (origin b~1: OOM)",
  );
  expect(log.list()).toMatchObject([
    { origin: "b~1", count: 15, firstMs: 0, lastMs: 14_000 },
    { origin: "c~1", count: 1 },
  ]);
});
