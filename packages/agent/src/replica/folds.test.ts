/** When former incarnations are folded away, and when not yet: the machine in single steps. */
import { beforeEach, expect, test } from "vitest";
import { replicaLimits } from "./limits.js";
import { Replica } from "./machine.js";
import type { Command, ReplicaEvent, Standing } from "./protocol.js";
import { WHOLE } from "./vector.js";

const { foldAfterMs, foldEveryMs, heldLookMs } = replicaLimits;
/** Where all stand: two former incarnations of a, and who writes now. */
const ALL = { "a~1": 10, "a~2": 20, "a~3": 30, "b~1": 7 };
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

function stands(applied: Record<string, number>, durable = applied, ownOrigin = ""): Standing {
  const [inMemory, onDisk] = [new Map(Object.entries(applied)), new Map(Object.entries(durable))];
  return { sources: [], ownOrigin, applied: inMemory, durable: onDisk };
}

function own(vector: Record<string, number>, ownOrigin = "a~3"): void {
  give({ kind: "state", ownOrigin, vector: new Map(Object.entries(vector)), serverNowMs: 0 });
  give({ kind: "durable", vector: new Map(Object.entries(vector)) });
}

function peers(b: Standing, c: Standing): void {
  give({ kind: "peerUp", peer: "b", standing: b });
  give({ kind: "peerUp", peer: "c", standing: c });
}

const folded = (commands: Command<string>[]): unknown[] =>
  commands.flatMap((command) => (command.kind === "fold" ? [[command.latest, ...command.ends]] : []));

/** What is folded by looks over so long. */
function over(ms: number): unknown[] {
  const found: unknown[] = [];
  for (const untilMs = nowMs + ms; nowMs < untilMs;) found.push(...folded(give({ kind: "tick" }, foldEveryMs)));
  return found;
}

const BOTH = [["a~2", ["a~1", 10], ["a~2", 20]]];

test("what all regions have held durably for long is folded away, all of it at once", () => {
  own(ALL);
  peers(stands(ALL), stands(ALL));
  expect(over(foldAfterMs)).toEqual([]);
  expect(over(foldEveryMs)).toEqual(BOTH);
});

test.each([
  ["lacks some of it", { ...ALL, "a~1": 9 }, undefined],
  ["has more of it", { ...ALL, "a~1": 11 }, undefined],
  ["has not got it on its disk", ALL, { ...ALL, "a~1": 9 }],
])("not where a region %s", (_, applied, durable) => {
  own(ALL);
  peers(stands(ALL), stands(applied, durable ?? applied));
  expect(over(2 * foldAfterMs)).toEqual([]);
});

test("only the earlier ones where the later one differs", () => {
  own(ALL);
  peers(stands(ALL), stands({ ...ALL, "a~2": 19 }));
  expect(over(foldAfterMs + foldEveryMs)).toEqual([["a~1", ["a~1", 10]]]);
});

test("not before our own disk has it", () => {
  own(ALL);
  give({ kind: "durable", vector: new Map(Object.entries({ ...ALL, "a~1": 9 })) });
  peers(stands(ALL), stands(ALL));
  expect(over(2 * foldAfterMs)).toEqual([]);
});

test("never the one that writes, nor of another region that is there", () => {
  own({ ...ALL, "b~0": 5 });
  peers(stands({ ...ALL, "b~0": 5 }), stands({ ...ALL, "b~0": 5 }));
  expect(over(foldAfterMs + foldEveryMs)).toEqual(BOTH);
});

test("what is folded is not folded again", () => {
  const vector = { "a~2": WHOLE, "a~3": 30 };
  own(vector);
  peers(stands(vector), stands(vector));
  expect(over(2 * foldAfterMs)).toEqual([]);
});

test("of a region that is gone the first by name says it", () => {
  machine.setRegions(["a", "b"]);
  own({ "a~3": 30, "c~1": 4 });
  give({ kind: "peerUp", peer: "b", standing: stands({ "a~3": 30, "c~1": 4 }) });
  expect(over(foldAfterMs + foldEveryMs)).toEqual([["c~1", ["c~1", 4]]]);

  machine = new Replica("b", ["a", "b"]);
  own({ "a~3": 30, "c~1": 4 }, "b~1");
  give({ kind: "peerUp", peer: "a", standing: stands({ "a~3": 30, "c~1": 4 }) });
  expect(over(2 * foldAfterMs)).toEqual([]);
});

test.each<[string, () => void]>([
  ["a link was lost", () => void [give({ kind: "peerDown", peer: "c" }), peers(stands(ALL), stands(ALL))]],
  ["the server was lost", () => void [give({ kind: "serverLost" }), own(ALL)]],
  ["the regions are others", () => machine.setRegions(["c", "b", "a"])],
  [
    "a peer's server was",
    () => void give({ kind: "acked", peer: "b", standing: stands(ALL, ALL, "b~2"), rewind: undefined }),
  ],
])("the time begins anew when %s, however short", (_, happens) => {
  own(ALL);
  peers(stands(ALL), stands(ALL));
  expect(over(foldAfterMs)).toEqual([]);
  happens();
  expect(over(foldAfterMs)).toEqual([]);
  expect(over(foldEveryMs)).toEqual(BOTH);
});

test("not while a link is down", () => {
  own(ALL);
  peers(stands(ALL), stands(ALL));
  give({ kind: "peerDown", peer: "c" });
  expect(over(2 * foldAfterMs)).toEqual([]);
});

test("a region in which something of an incarnation waits says so, until it is applied", () => {
  machine = new Replica("b", ["a", "b", "c"]);
  own(ALL, "b~1");
  give({ kind: "sourceUp", source: "a" });
  const told = (afterMs: number): number[] =>
    give({ kind: "tick" }, afterMs).flatMap((command) =>
      command.kind === "ack" ? [command.standing.durable.get("a~2") ?? -1] : [],
    );
  told(heldLookMs);
  give({ kind: "serverLost" });
  const entries = [{ stamp: 21, payload: "late" }];
  give({ kind: "received", source: "a", batch: { origin: "a~2", after: 20, entries } });
  expect(told(heldLookMs)).toEqual([]); // it may be applied at once
  expect(told(heldLookMs)).toEqual([19]);
  expect(told(heldLookMs)).toEqual([]); // they know
  own({ ...ALL, "a~2": 21 }, "b~1");
  expect(told(heldLookMs)).toEqual([21]);
});

test("what waits here of an own incarnation, given back, holds up the fold", () => {
  own(ALL);
  peers(stands(ALL), stands(ALL));
  give({ kind: "sourceUp", source: "b" });
  // It was made upon what is not here, and of its origin nothing is here.
  const entries = [{ stamp: 5, payload: "late" }];
  for (const command of give({ kind: "received", source: "b", batch: { origin: "a~0", after: 0, entries } })) {
    if (command.kind !== "apply") continue;
    const reply = { status: "wait", at: 0, detailOrigin: "c~1", detailStamp: 99 } as const;
    give({ kind: "applied", apply: command.apply, reply });
  }
  expect(over(2 * foldAfterMs)).toEqual([]);
});
