/** When a log is read in runs: what is old and durable, and not for a peer that has just refused one. */
import { expect, test } from "vitest";
import { replicaLimits } from "./limits.js";
import { Replica } from "./machine.js";
import type { Backlog, Rewind, Standing } from "./protocol.js";
import { stampAtMs } from "./stamps.js";

const SERVER_NOW_MS = 1_790_000_000_000;
const at = (ageMs: number): number => stampAtMs(SERVER_NOW_MS - ageMs);

function standing(own: string, stamp: number): Standing {
  return { sources: [], ownOrigin: own, applied: new Map([["a~1", stamp]]), durable: new Map() };
}

/** A machine that has logged up to now; b stands ten seconds back, c five. */
function machineWith(durable: number): {
  machine: Replica<string>;
  backlogs: (rewind?: Rewind) => (Backlog | undefined)[];
} {
  const machine = new Replica<string>("a", ["a", "b", "c"], replicaLimits);
  const vector = new Map([["a~1", at(0)]]);
  machine.handle({ kind: "state", ownOrigin: "a~1", vector, serverNowMs: SERVER_NOW_MS }, 0);
  machine.handle({ kind: "durable", vector: new Map([["a~1", durable]]) }, 0);
  machine.handle({ kind: "peerUp", peer: "c", standing: standing("c~1", at(5000)) }, 0);
  machine.handle({ kind: "peerDown", peer: "c" }, 0);
  const backlogs = (rewind?: Rewind): (Backlog | undefined)[] => {
    const event =
      rewind === undefined
        ? ({ kind: "peerUp", peer: "b", standing: standing("b~1", at(10_000)) } as const)
        : ({ kind: "acked", peer: "b", standing: standing("b~1", at(10_000)), rewind } as const);
    return machine.handle(event, 0).flatMap((command) => (command.kind === "read" ? [command.backlog] : []));
  };
  return { machine, backlogs };
}

test("in runs up to what is durable, and older than a second; they end where other regions stand", () => {
  const [backlog, ...others] = machineWith(at(3000)).backlogs();
  expect(others).toEqual([]);
  expect(backlog?.to).toBe(at(3000));
  expect(backlog?.borders.has(at(5000))).toBe(true);
  expect(backlog?.there.get("a~1")).toBe(at(10_000));
  expect(machineWith(at(0)).backlogs()[0]?.to).toBe(at(replicaLimits.runAfterMs));
  expect(machineWith(at(20_000)).backlogs()).toEqual([undefined]);
});

test("entry by entry for a peer that refused, as far as it had been sent", () => {
  const { machine, backlogs } = machineWith(at(3000));
  backlogs();
  const read = 1 + 1; // the read for c came first
  machine.handle({ kind: "logged", read, entries: [{ stamp: at(8000), payload: "run" }] }, 0);
  expect(backlogs({ origin: "a~1", after: at(10_000), reason: "refused" })).toEqual([undefined]);
});
