/** What the simulator does to each region, written down so that it can be done again to a server. */
import type { Reply } from "@meridian/core";
import { ModelKeyspace, type Snapshot } from "@meridian/testkit";
import { Region } from "../../sim/src/region.js";
import { runSeed } from "../../sim/src/run.js";
import type { RunOptions } from "../../sim/src/swarm.js";
import { plainOf, type Plain } from "./support.js";

export type Event =
  | { kind: "call"; nowMs: number; runId: string; args: string[]; reply: Plain; before: Snapshot; after: Snapshot }
  | { kind: "sync" }
  | { kind: "crash" };

/** One seeded run of several regions with every fault, by region. */
export function record(seed: number, steps: number, options: RunOptions = {}): Map<string, Event[]> {
  const events = new Map<string, Event[]>();
  const note = (region: Region, event: Event): void => {
    const list = events.get(region.name) ?? [];
    list.push(event);
    events.set(region.name, list);
  };
  const real = {
    call: methodOf<(this: Region, ...args: string[]) => Reply>(Region, "call"),
    sync: methodOf<(this: Region) => void>(Region, "sync"),
    crash: methodOf<(this: Region) => void>(Region, "crash"),
  };
  const firstMembers = withFirstMembers();
  Region.prototype.call = function (...args: string[]) {
    const { keyspace } = this;
    const before = keyspace.snapshot();
    const reply = real.call.apply(this, args);
    const { runId } = keyspace;
    note(this, {
      kind: "call",
      nowMs: keyspace.nowMs(),
      runId,
      args,
      reply: plainOf(reply),
      before,
      after: keyspace.snapshot(),
    });
    return reply;
  };
  Region.prototype.sync = function () {
    real.sync.call(this);
    note(this, { kind: "sync" });
  };
  Region.prototype.crash = function () {
    note(this, { kind: "crash" });
    real.crash.call(this);
  };
  try {
    // Whether the run keeps every property is the simulator's own test; here what it did is enough.
    runSeed(seed, steps, options);
  } finally {
    Object.assign(Region.prototype, real);
    firstMembers();
  }
  return events;
}

/** SRANDMEMBER takes the first members in order, as in the bundle; returns the way back. */
function withFirstMembers(): () => void {
  const real = methodOf<(this: ModelKeyspace, name: string, ...args: (string | number)[]) => Reply>(
    ModelKeyspace,
    "call",
  );
  ModelKeyspace.prototype.call = function (name, ...args) {
    if (name !== "SRANDMEMBER") return real.call(this, name, ...args);
    const members = real.call(this, "SMEMBERS", args[0] ?? "") as string[];
    return members.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, Number(args[1]));
  };
  return () => {
    ModelKeyspace.prototype.call = real;
  };
}

function methodOf<Method>(type: { prototype: object }, name: string): Method {
  return Reflect.get(type.prototype, name) as Method;
}
