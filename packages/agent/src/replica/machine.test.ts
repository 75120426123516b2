/** The machine in single steps: what goes in, what comes out. */
import { beforeEach, describe, expect, test } from "vitest";
import { replicaLimits, type ReplicaLimits } from "./limits.js";
import { Replica } from "./machine.js";
import type { ApplyReply, Command, Entry, ReplicaEvent, Standing } from "./protocol.js";
import { stampAtMs } from "./stamps.js";

type Machine = Replica<string>;
type Of<Kind> = Extract<Command<string>, { kind: Kind }>;

const MINUTE_MS = 60_000;

let machine: Machine;
let nowMs: number;

beforeEach(() => begin());

function begin(limits: Partial<ReplicaLimits> = {}): void {
  machine = new Replica("a", ["a", "b", "c"], { ...replicaLimits, ...limits });
  nowMs = 1_000_000;
}

function give(event: ReplicaEvent<string>, afterMs = 0): Command<string>[] {
  nowMs += afterMs;
  return machine.handle(event, nowMs);
}

function only<Kind extends Command<string>["kind"]>(commands: readonly Command<string>[], kind: Kind): Of<Kind>[] {
  return commands.filter((command): command is Of<Kind> => command.kind === kind);
}

function one<Kind extends Command<string>["kind"]>(commands: readonly Command<string>[], kind: Kind): Of<Kind> {
  const [found, ...others] = only(commands, kind);
  expect(others).toEqual([]);
  if (found === undefined) throw new Error(`no ${kind} among ${JSON.stringify(commands)}`);
  return found;
}

function standing(applied: Record<string, number>, ownOrigin = "b~1", durable = applied): Standing {
  return {
    sources: [],
    ownOrigin,
    applied: new Map(Object.entries(applied)),
    durable: new Map(Object.entries(durable)),
  };
}

function state(vector: Record<string, number>, ownOrigin = "a~1", serverNowMs = 0): Command<string>[] {
  return give({ kind: "state", ownOrigin, vector: new Map(Object.entries(vector)), serverNowMs });
}

function entries(...stamps: number[]): Entry<string>[] {
  return stamps.map((stamp) => ({ stamp, payload: `p${stamp}` }));
}

function receive(source: string, origin: string, after: number, ...stamps: number[]): Command<string>[] {
  return give({ kind: "received", source, batch: { origin, after, entries: entries(...stamps) } });
}

function applied(
  command: Of<"apply">,
  status: "ok" | "gap" | "wait" | "ahead",
  at: number,
  detail: [string, number] = ["", 0],
) {
  const reply: ApplyReply = { status, at, detailOrigin: detail[0], detailStamp: detail[1] };
  return give({ kind: "applied", apply: command.apply, reply });
}

const stampsOf = (list: readonly Entry<string>[]): number[] => list.map(({ stamp }) => stamp);

describe("sending", () => {
  test("follows the own log for a peer that has all, and sends what comes at once", () => {
    state({ "a~1": 10 });
    const read = one(give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10 }) }), "read");
    expect(read).toMatchObject({ origin: "a~1", after: 10, follow: true });
    const commands = give({ kind: "logged", read: read.read, entries: entries(11, 12) });
    expect(one(commands, "send")).toEqual({
      kind: "send",
      peer: "b",
      batch: { origin: "a~1", after: 10, entries: entries(11, 12) },
    });
    expect(one(commands, "read")).toMatchObject({ after: 12, follow: true });
  });

  test("reads the own log once for all peers", () => {
    state({ "a~1": 10 });
    const read = one(give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10 }) }), "read");
    expect(give({ kind: "peerUp", peer: "c", standing: standing({ "a~1": 10 }, "c~1") })).toEqual([]);
    const sends = only(give({ kind: "logged", read: read.read, entries: entries(11) }), "send");
    expect(sends.map(({ peer }) => peer)).toEqual(["b", "c"]);
  });

  test("resumes where the receiver stands, and joins the tail", () => {
    state({ "a~1": 10 });
    const read = one(give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 4 }) }), "read");
    expect(read).toMatchObject({ after: 4, follow: false });
    const commands = give({ kind: "logged", read: read.read, entries: entries(6, 10) });
    expect(one(commands, "send").batch).toMatchObject({ after: 4 });
    expect(one(commands, "read")).toMatchObject({ after: 10, follow: true });
  });

  test("stops reading when the window is full, and goes on when it is acknowledged", () => {
    begin({ windowEntriesMax: 3 });
    state({ "a~1": 10 });
    const read = one(give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10 }) }), "read");
    const commands = give({ kind: "logged", read: read.read, entries: entries(11, 12, 13) });
    expect(only(commands, "read")).toEqual([]);
    expect(give({ kind: "tick" }, 100)).toEqual([]);
    const acked = give({ kind: "acked", peer: "b", standing: standing({ "a~1": 11 }), rewind: undefined });
    expect(only(acked, "read")).toEqual([]); // the frame of three is still under way
    const whole = give({ kind: "acked", peer: "b", standing: standing({ "a~1": 13 }), rewind: undefined });
    expect(one(whole, "read")).toMatchObject({ after: 13 });
  });

  test("sends nothing into a stream that is full, and goes on when it has drained", () => {
    state({ "a~1": 10 });
    const read = one(give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10 }) }), "read");
    give({ kind: "writable", peer: "b", on: false });
    expect(give({ kind: "logged", read: read.read, entries: entries(11) })).toEqual([]);
    const sent = one(give({ kind: "writable", peer: "b", on: true }), "send");
    expect(sent.batch.after).toBe(10);
  });

  test("goes back when the receiver asks", () => {
    state({ "a~1": 10 });
    const read = one(give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10 }) }), "read");
    give({ kind: "logged", read: read.read, entries: entries(11, 12, 13) });
    const rewind = { origin: "a~1", after: 11, reason: "missing" } as const;
    const again = one(give({ kind: "acked", peer: "b", standing: standing({ "a~1": 10 }), rewind }), "send");
    expect(again.batch).toEqual({ origin: "a~1", after: 11, entries: entries(12, 13) });
  });

  test("sends again what a peer has lost in a crash, and gives its own lost tail back", () => {
    state({ "a~1": 10, "b~1": 7 });
    give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10, "b~1": 7 }) });
    const lost = standing({ "a~1": 8, "b~1": 5 }, "b~2");
    const reads = only(give({ kind: "acked", peer: "b", standing: lost, rewind: undefined }), "read");
    expect(reads.map(({ origin, after }) => [origin, after])).toEqual([
      ["a~1", 8],
      ["b~1", 5],
    ]);
  });

  test("passes a third region's entries on only to a peer that stands still without them", () => {
    state({ "a~1": 10, "c~1": 9 });
    const up = give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10, "c~1": 3 }) });
    expect(only(up, "read").map(({ origin }) => origin)).toEqual(["a~1"]);
    expect(give({ kind: "tick" }, 600)).toEqual([]);
    // It moves: so it gets them elsewhere.
    give({ kind: "acked", peer: "b", standing: standing({ "a~1": 10, "c~1": 6 }), rewind: undefined });
    expect(give({ kind: "tick" }, 600)).toEqual([]);
    expect(one(give({ kind: "tick" }, 600), "read")).toMatchObject({ origin: "c~1", after: 6, follow: false });
  });

  test("stops passing on when the peer receives from that region itself", () => {
    begin({ windowEntriesMax: 1 });
    state({ "c~1": 9 });
    give({ kind: "peerUp", peer: "b", standing: standing({ "c~1": 3 }) });
    const read = one(give({ kind: "tick" }, 1000), "read");
    one(give({ kind: "logged", read: read.read, entries: entries(4) }), "send");
    const apart = { kind: "acked", peer: "b", standing: standing({ "c~1": 4 }), rewind: undefined } as const;
    expect(one(give(apart), "read")).toMatchObject({ origin: "c~1", after: 4 });
    const together = { ...apart, standing: { ...standing({ "c~1": 5 }), sources: ["c"] } };
    expect(give(together)).toEqual([]);
    expect(give({ kind: "tick" }, 5000)).toEqual([]);
    expect(one(give({ kind: "tick" }, 5000), "read")).toMatchObject({ origin: "c~1", after: 5 }); // up, and stuck
  });

  test("an own former incarnation goes at once, and a new one takes the tail's place", () => {
    state({ "a~1": 10 });
    give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10 }) });
    give({ kind: "serverLost" });
    const reads = only(state({ "a~1": 12, "a~2": 0 }, "a~2"), "read");
    expect(reads.map(({ origin, after, follow }) => [origin, after, follow])).toEqual([
      ["a~1", 10, false],
      ["a~2", 0, true],
    ]);
  });

  test("a log that does not reach back: an alarm once, and nothing more until the peer moves", () => {
    state({ "a~1": 10, "a~0": 5 });
    const read = only(give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 10 }) }), "read").find(
      ({ origin }) => origin === "a~0",
    );
    const commands = give({ kind: "logged", read: read?.read ?? 0, entries: [] });
    expect(one(commands, "alarm").alarm).toMatchObject({ code: "REPLICA_NEEDS_STATE_SYNC", peer: "b", origin: "a~0" });
    expect(give({ kind: "tick" }, 1000)).toEqual([]);
  });

  test("three refusals at the same place mean that the log does not reach back", () => {
    state({ "a~1": 10 });
    give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": 4 }) });
    const rewind = { origin: "a~1", after: 4, reason: "refused" } as const;
    const refuse = () => give({ kind: "acked", peer: "b", standing: standing({ "a~1": 4 }), rewind });
    expect([only(refuse(), "alarm"), only(refuse(), "alarm")]).toEqual([[], []]);
    expect(one(refuse(), "alarm").alarm.code).toBe("REPLICA_NEEDS_STATE_SYNC");
    expect(only(give({ kind: "tick" }, 1000), "read")).toEqual([]);
  });
});

describe("receiving", () => {
  beforeEach(() => {
    state({ "a~1": 10, "b~1": 5 });
    give({ kind: "sourceUp", source: "b" });
  });

  test("in order: applied, then acknowledged", () => {
    const apply = one(receive("b", "b~1", 5, 6, 7), "apply");
    expect(apply).toMatchObject({ origin: "b~1", entries: entries(6, 7) });
    const ack = one(applied(apply, "ok", 7), "ack");
    expect(ack).toMatchObject({ source: "b", rewind: undefined });
    expect(ack.standing.applied.get("b~1")).toBe(7);
  });

  test("one apply at a time, of all that has come meanwhile", () => {
    const apply = one(receive("b", "b~1", 5, 6), "apply");
    expect(receive("b", "b~1", 6, 7)).toEqual([]);
    expect(receive("b", "b~1", 7, 8)).toEqual([]);
    expect(stampsOf(one(applied(apply, "ok", 6), "apply").entries)).toEqual([7, 8]);
  });

  test("of what was applied in part the rest follows, from where the server stands", () => {
    const apply = one(receive("b", "b~1", 5, 6, 9), "apply");
    expect(apply.after).toBe(5);
    const rest = one(applied(apply, "ok", 8), "apply");
    expect(rest).toMatchObject({ after: 8, entries: entries(9) });
    expect(only(applied(rest, "ok", 9), "apply")).toEqual([]);
  });

  test("duplicates are skipped and acknowledged", () => {
    expect(one(receive("b", "b~1", 3, 4, 5), "ack").standing.applied.get("b~1")).toBe(5);
    expect(stampsOf(one(receive("b", "b~1", 4, 5, 6), "apply").entries)).toEqual([6]);
  });

  test("a gap is asked for, once", () => {
    expect(one(receive("b", "b~1", 8, 9), "ack").rewind).toEqual({ origin: "b~1", after: 5, reason: "missing" });
    expect(receive("b", "b~1", 9, 10)).toEqual([]);
    expect(one(give({ kind: "tick" }, replicaLimits.rewindRetryMs), "ack").rewind).toMatchObject({ after: 5 });
  });

  test("a gap that the server finds is asked for as refused", () => {
    const apply = one(receive("b", "b~1", 5, 8), "apply");
    const [ack] = only(applied(apply, "gap", 5), "ack").filter(({ rewind }) => rewind !== undefined);
    expect(ack?.rewind).toEqual({ origin: "b~1", after: 5, reason: "refused" });
  });

  test("what waits is tried again when the other has come, and others go on meanwhile", () => {
    const apply = one(receive("b", "b~1", 5, 6), "apply");
    expect(only(applied(apply, "wait", 5, ["c~1", 4]), "apply")).toEqual([]);
    give({ kind: "sourceUp", source: "c" });
    const other = one(receive("c", "c~1", 0, 4), "apply");
    expect(other.origin).toBe("c~1");
    expect(one(applied(other, "ok", 4), "apply")).toMatchObject({ origin: "b~1", entries: entries(6) });
  });

  test("an alarm when nobody brings what is waited for", () => {
    applied(one(receive("b", "b~1", 5, 6), "apply"), "wait", 5, ["c~1", 4]);
    const commands = give({ kind: "tick" }, replicaLimits.waitAlarmMs);
    expect(one(commands, "alarm").alarm).toMatchObject({ code: "REPLICA_WAITING", origin: "b~1" });
  });

  test("a clock ahead, or a server that refuses: kept, tried again, alarm", () => {
    const apply = one(receive("b", "b~1", 5, 6), "apply");
    expect(one(applied(apply, "ahead", 5, ["", 6]), "alarm").alarm.code).toBe("REPLICA_CLOCK_AHEAD");
    expect(only(give({ kind: "tick" }, 500), "apply")).toEqual([]);
    const again = one(give({ kind: "tick" }, 500), "apply");
    const failed: ApplyReply = { status: "failed", message: "OOM" };
    const commands = give({ kind: "applied", apply: again.apply, reply: failed });
    expect(one(commands, "alarm").alarm.message).toContain("OOM");
    expect(stampsOf(one(give({ kind: "tick" }, 1000), "apply").entries)).toEqual([6]);
  });

  test("a poisoned entry is found one by one; its source is closed and kept out for a while", () => {
    const bad: ApplyReply = { status: "bad", message: "MERIDIAN_BADENTRY" };
    const batch = one(receive("b", "b~1", 5, 6, 7, 8), "apply");
    const first = one(give({ kind: "applied", apply: batch.apply, reply: bad }), "apply");
    expect(stampsOf(first.entries)).toEqual([6]);
    const second = one(applied(first, "ok", 6), "apply");
    expect(stampsOf(second.entries)).toEqual([7]);
    const commands = give({ kind: "applied", apply: second.apply, reply: bad });
    expect(one(commands, "close")).toMatchObject({ source: "b", alarm: { code: "REPLICA_BAD_ENTRY", peer: "b" } });
    give({ kind: "sourceDown", source: "b" });
    give({ kind: "sourceUp", source: "b" }, 100);
    expect(receive("b", "b~1", 6, 7)).toEqual([]);
    give({ kind: "sourceUp", source: "c" });
    expect(stampsOf(one(receive("c", "b~1", 6, 7), "apply").entries)).toEqual([7]); // from another it may be sound
  });

  test("after quarantine the source is asked again", () => {
    const apply = one(receive("b", "b~1", 5, 6), "apply");
    give({ kind: "applied", apply: apply.apply, reply: { status: "bad", message: "MERIDIAN_BADENTRY" } });
    const [ack] = only(give({ kind: "tick" }, replicaLimits.quarantineMs), "ack");
    expect(ack?.rewind).toEqual({ origin: "b~1", after: 5, reason: "missing" });
  });

  test("a queue that is full drops and asks again", () => {
    begin({ queueEntriesMax: 2 });
    state({ "b~1": 5 });
    give({ kind: "sourceUp", source: "b" });
    receive("b", "b~1", 5, 6, 7, 8);
    expect(one(receive("b", "b~1", 8, 9), "ack").rewind).toEqual({ origin: "b~1", after: 8, reason: "missing" });
  });

  test("the server lost its tail: what was queued is dropped and asked for from where it stands now", () => {
    receive("b", "b~1", 5, 6);
    give({ kind: "serverLost" });
    receive("b", "b~1", 6, 7);
    const commands = state({ "a~1": 8, "a~2": 0, "b~1": 3 }, "a~2");
    const rewinds = only(commands, "ack").flatMap(({ rewind }) => rewind ?? []);
    expect(rewinds).toEqual([{ origin: "b~1", after: 3, reason: "missing" }]);
    const last = only(commands, "ack").at(-1);
    expect(last?.standing).toMatchObject({ ownOrigin: "a~2" });
    expect(last?.standing.applied.get("b~1")).toBe(3);
  });

  test("what was applied, not yet acknowledged and lost again is asked for: its source takes it to be under way", () => {
    give({ kind: "sourceUp", source: "c" });
    const first = one(receive("b", "b~1", 5, 6), "apply");
    receive("c", "c~1", 0, 4);
    expect(only(applied(first, "ok", 6), "ack")).toEqual([]); // the other's is applied first
    give({ kind: "serverLost" });
    const rewinds = only(state({ "a~1": 10, "a~2": 0, "b~1": 5 }, "a~2"), "ack").filter(
      ({ source, rewind }) => source === "b" && rewind !== undefined,
    );
    expect(rewinds.map(({ rewind }) => rewind)).toEqual([{ origin: "b~1", after: 5, reason: "missing" }]);
  });

  test("an answer from before the server was lost is not believed", () => {
    const apply = one(receive("b", "b~1", 5, 6), "apply");
    give({ kind: "serverLost" });
    expect(applied(apply, "ok", 6)).toEqual([]);
    expect(machine.standing()?.applied.get("b~1")).toBe(5);
    expect(one(state({ "a~1": 10, "b~1": 5 }), "apply")).toMatchObject({ entries: entries(6) });
  });
});

describe("trimming", () => {
  const SERVER_MS = 1_800_000_000_000;
  const old = stampAtMs(SERVER_MS - 2 * MINUTE_MS);
  const young = stampAtMs(SERVER_MS - MINUTE_MS / 2);

  function hear(b: Record<string, number>, c: Record<string, number> | undefined): Command<string>[] {
    state({ "a~1": young }, "a~1", SERVER_MS);
    give({ kind: "durable", vector: new Map([["a~1", young]]) });
    give({ kind: "peerUp", peer: "b", standing: standing({ "a~1": young }, "b~1", b) });
    if (c !== undefined) give({ kind: "peerUp", peer: "c", standing: standing({ "a~1": young }, "c~1", c) });
    return only(give({ kind: "tick" }, replicaLimits.trimEveryMs), "trim");
  }

  test("up to what every region holds durably", () => {
    expect(hear({ "a~1": old }, { "a~1": old - 5 })).toEqual([{ kind: "trim", origin: "a~1", stamp: old - 5 }]);
    expect(only(give({ kind: "tick" }, replicaLimits.trimEveryMs), "trim")).toEqual([]);
  });

  test("a region that has said nothing holds everything", () => {
    expect(hear({ "a~1": old }, undefined)).toEqual([]);
    expect(hear({ "a~1": old }, {})).toEqual([]);
  });

  test("never what is younger than a minute", () => {
    const [trim] = hear({ "a~1": young }, { "a~1": young }) as Of<"trim">[];
    expect(trim?.stamp).toBe(stampAtMs(SERVER_MS - MINUTE_MS));
  });

  test("what a peer said stays true while its link is down", () => {
    hear({ "a~1": old }, { "a~1": 0 });
    give({ kind: "acked", peer: "c", standing: standing({ "a~1": old }, "c~1"), rewind: undefined });
    give({ kind: "peerDown", peer: "c" });
    expect(one(give({ kind: "tick" }, replicaLimits.trimEveryMs), "trim").stamp).toBe(old);
  });
});
