/** When logs are cut for regions that are away, and when a region needs the state of another: the machine in single steps. */
import { beforeEach, describe, expect, test } from "vitest";
import { replicaLimits } from "./limits.js";
import { Replica } from "./machine.js";
import type { Command, ReplicaEvent, Standing } from "./protocol.js";
import { stampAtMs } from "./stamps.js";

const SERVER_MS = 1_800_000_000_000;
const { awayAfterMs, logBytesMax, stateSyncAfterMs, trimEveryMs } = replicaLimits;
const OWN = "a~1";
/** Of our own log: where we stand, and a stamp long before. */
const now = stampAtMs(SERVER_MS);
const before = stampAtMs(SERVER_MS - 10 * awayAfterMs);
let machine: Replica<string>;
let nowMs: number;

beforeEach(() => {
  machine = new Replica("a", ["a", "b", "c"]);
  nowMs = 1_000_000;
});

function give(event: ReplicaEvent<string>, afterMs = 0): Command<string>[] {
  nowMs += afterMs;
  return machine.handle(event, nowMs);
}

function stands(applied: Record<string, number>, durable = applied): Standing {
  return {
    sources: [],
    ownOrigin: "",
    applied: new Map(Object.entries(applied)),
    durable: new Map(Object.entries(durable)),
  };
}

/** Our server has all of it on its disk; b and c stand there in our own log, and c is away. What is cut. */
function standing(b: number, c: number): number | undefined {
  give({ kind: "state", ownOrigin: OWN, vector: new Map([[OWN, now]]), serverNowMs: SERVER_MS });
  give({ kind: "durable", vector: new Map([[OWN, now]]) });
  give({ kind: "peerUp", peer: "b", standing: stands({ [OWN]: b }) });
  give({ kind: "peerUp", peer: "c", standing: stands({ [OWN]: c }) });
  give({ kind: "peerDown", peer: "c" });
  return cutIn(give({ kind: "tick" }));
}

function cutIn(commands: readonly Command<string>[]): number | undefined {
  const trim = commands.find((command) => command.kind === "trim");
  return trim?.kind === "trim" ? trim.stamp : undefined;
}

/** What is cut by the next look at the logs, and the alarms. */
function look(bytes: number, afterMs: number): { cutTo: number | undefined; alarms: string[] } {
  give({ kind: "logSize", bytes });
  const commands = give({ kind: "tick" }, afterMs);
  const alarms = commands.flatMap((command) => (command.kind === "alarm" ? [command.alarm.code] : []));
  return { cutTo: cutIn(commands), alarms };
}

describe("a budget for logs", () => {
  const oldest = stampAtMs(SERVER_MS - replicaLimits.trimKeepMs);

  test("logs beyond it are cut for a region that has been away for long, and that is said", () => {
    expect(standing(now, before)).toBe(before);
    expect(look(logBytesMax, awayAfterMs).cutTo).toBeUndefined();
    expect(machine.retention).toMatchObject({ holding: ["c"], fallen: [] });
    expect(look(logBytesMax + 1, trimEveryMs)).toEqual({ cutTo: oldest, alarms: ["REPLICA_NEEDS_STATE_SYNC"] });
    expect(machine.retention).toMatchObject({ holding: [], fallen: ["c"] });
  });

  test("of two regions only the first listed cuts", () => {
    for (const [regions, cutTo] of [
      [["a", "c"], oldest],
      [["c", "a"], undefined],
    ] as const) {
      machine = new Replica("a", regions);
      give({ kind: "state", ownOrigin: OWN, vector: new Map([[OWN, now]]), serverNowMs: SERVER_MS });
      give({ kind: "durable", vector: new Map([[OWN, now]]) });
      give({ kind: "peerUp", peer: "c", standing: stands({ [OWN]: before }) });
      give({ kind: "peerDown", peer: "c" });
      give({ kind: "tick" });
      expect(look(logBytesMax + 1, 2 * awayAfterMs).cutTo).toBe(cutTo);
    }
  });

  test("for a region that is none any more nothing is kept", () => {
    expect(standing(now, before)).toBe(before);
    machine.setRegions(["a", "b"]);
    expect(cutIn(give({ kind: "tick" }, trimEveryMs))).toBe(oldest);
    expect(machine.retention).toMatchObject({ holding: [], fallen: [] });
  });

  test("not for one that has just gone, or is there", () => {
    standing(now, before);
    expect(look(logBytesMax + 1, awayAfterMs / 2).cutTo).toBeUndefined();
    give({ kind: "peerUp", peer: "c", standing: stands({ [OWN]: before }) });
    expect(look(logBytesMax + 1, 2 * awayAfterMs)).toEqual({ cutTo: undefined, alarms: ["REPLICA_LOGS_TOO_LARGE"] });
  });

  test("what no more than half of all regions hold stays, and that is an alarm", () => {
    standing(before + 5, before);
    give({ kind: "peerDown", peer: "b" });
    give({ kind: "tick" });
    expect(look(logBytesMax + 1, awayAfterMs)).toMatchObject({ cutTo: before + 5 });
    expect(look(logBytesMax + 1, trimEveryMs)).toEqual({ cutTo: undefined, alarms: ["REPLICA_LOGS_TOO_LARGE"] });
  });

  test("a region that takes in a state counts again, from where that stands", () => {
    standing(now, before);
    look(logBytesMax + 1, awayAfterMs);
    give({ kind: "peerUp", peer: "c", standing: stands({ [OWN]: before }, { [OWN]: oldest + 7 }) });
    expect(machine.retention.fallen).toEqual(["c"]);
    give({ kind: "tick" }, trimEveryMs);
    expect(machine.retention.fallen).toEqual([]);
    give({ kind: "state", ownOrigin: OWN, vector: new Map([[OWN, now]]), serverNowMs: SERVER_MS + 2 * awayAfterMs });
    expect(look(0, trimEveryMs).cutTo).toBe(oldest + 7);
  });

  test("logs are kept from a head on that is given away, until the region says that it stands there", () => {
    standing(now, before);
    look(logBytesMax + 1, awayAfterMs);
    const head = new Map([[OWN, oldest + 9]]);
    give({ kind: "peerUp", peer: "c", standing: stands({ [OWN]: before }) });
    give({ kind: "exporting", peer: "c", vector: head });
    give({ kind: "state", ownOrigin: OWN, vector: new Map([[OWN, now]]), serverNowMs: SERVER_MS + 2 * awayAfterMs });
    expect(look(logBytesMax + 1, trimEveryMs).cutTo).toBe(oldest + 9);
    give({ kind: "acked", peer: "c", standing: stands({ [OWN]: before }, { [OWN]: oldest + 12 }), rewind: undefined });
    expect(look(0, trimEveryMs).cutTo).toBe(oldest + 12);
    give({ kind: "exporting", peer: "c", vector: new Map([[OWN, oldest + 20]]) });
    give({ kind: "acked", peer: "c", standing: stands({ [OWN]: before }), rewind: undefined });
    expect(look(0, trimEveryMs).cutTo).toBe(oldest + 20);
    expect(look(0, replicaLimits.headKeptMs).cutTo).toBe(now);
  });

  test("a region's own entries of the last minutes stay while it takes in a state", () => {
    give({ kind: "importing", vector: new Map() });
    const lately = SERVER_MS - replicaLimits.importKeepMs;
    expect(standing(now, now)).toBe(stampAtMs(lately));
    give({ kind: "importing", vector: undefined });
    expect(cutIn(give({ kind: "tick" }, trimEveryMs))).toBe(oldest);
  });

  test("copies of the log of a region that is away are kept from where it last stood", () => {
    const vector = new Map([
      [OWN, now],
      ["c~1", now],
    ]);
    const all = stands({ [OWN]: now, "c~1": now });
    give({ kind: "state", ownOrigin: OWN, vector, serverNowMs: SERVER_MS });
    give({ kind: "durable", vector });
    give({ kind: "peerUp", peer: "b", standing: all });
    give({ kind: "peerUp", peer: "c", standing: stands({ [OWN]: now, "c~1": now }, { "c~1": before }) });
    give({ kind: "peerDown", peer: "c" });
    expect(give({ kind: "tick" })).toEqual([{ kind: "trim", origin: "c~1", stamp: before }]);
    give({ kind: "logSize", bytes: logBytesMax + 1 });
    const trims = give({ kind: "tick" }, awayAfterMs).filter(({ kind }) => kind === "trim");
    expect(trims).toEqual([{ kind: "trim", origin: OWN, stamp: oldest }]);
  });
});

describe("a gap", () => {
  function told(): void {
    give({ kind: "state", ownOrigin: OWN, vector: new Map([["b~1", 5]]), serverNowMs: SERVER_MS });
    give({ kind: "sourceUp", source: "b" });
    give({ kind: "gap", source: "b", origin: "b~1", after: 5 });
  }
  const needs = (afterMs: number): string | undefined => machine.needsState((nowMs += afterMs));

  test("that stays one needs a state", () => {
    told();
    expect([needs(stateSyncAfterMs - 1), needs(1)]).toEqual([undefined, "b~1"]);
    give({ kind: "serverLost" });
    expect(needs(0)).toBeUndefined();
  });

  test("that somebody else fills does not, nor one that is no longer where we stand", () => {
    told();
    give({ kind: "state", ownOrigin: OWN, vector: new Map([["b~1", 6]]), serverNowMs: SERVER_MS });
    give({ kind: "gap", source: "b", origin: "b~1", after: 5 });
    expect(needs(2 * stateSyncAfterMs)).toBeUndefined();
  });

  test("is forgotten with the stream that told it", () => {
    told();
    give({ kind: "sourceDown", source: "b" });
    expect(needs(2 * stateSyncAfterMs)).toBeUndefined();
  });

  test("is told to the peer whose log does not reach back, as often as it is looked for", () => {
    give({
      kind: "state",
      ownOrigin: OWN,
      vector: new Map([
        ["a~0", 9],
        [OWN, 10],
      ]),
      serverNowMs: SERVER_MS,
    });
    const commands = give({ kind: "peerUp", peer: "b", standing: stands({ [OWN]: 10, "a~0": 4 }) });
    const read = commands.find((command) => command.kind === "read" && command.origin === "a~0");
    const answer = give({ kind: "logged", read: read?.kind === "read" ? read.read : 0, entries: [] });
    expect(answer).toContainEqual({ kind: "gap", peer: "b", origin: "a~0", after: 4 });
  });
});

test("while a state is taken in, and until it is durable, its vector is reported as durable", () => {
  give({ kind: "state", ownOrigin: OWN, vector: new Map([["b~1", 5]]), serverNowMs: SERVER_MS });
  give({ kind: "durable", vector: new Map([["b~1", 5]]) });
  give({
    kind: "importing",
    vector: new Map([
      ["b~1", 20],
      ["c~1", 3],
    ]),
  });
  const reported = (): unknown => Object.fromEntries(machine.standing()?.durable ?? []);
  expect(reported()).toEqual({ "b~1": 20, "c~1": 3 });
  give({
    kind: "durable",
    vector: new Map([
      ["b~1", 20],
      ["c~1", 3],
    ]),
  });
  give({ kind: "durable", vector: new Map([["b~1", 5]]) });
  expect(reported()).toEqual({ "b~1": 20, "c~1": 3 }); // a crash of the server: it runs still
  give({ kind: "importing", vector: undefined });
  give({ kind: "durable", vector: new Map([["b~1", 5]]) });
  expect(reported()).toEqual({ "b~1": 20, "c~1": 3 });
  give({
    kind: "durable",
    vector: new Map([
      ["b~1", 25],
      ["c~1", 3],
    ]),
  });
  expect(reported()).toEqual({ "b~1": 25, "c~1": 3 });
});
