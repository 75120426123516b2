/**
 * A backlog in runs (packages/core/src/log/run.ts) leaves what it leaves entry by entry, to the last byte of metadata. Each history is
 * made twice: regions write and exchange a part of it; then all is exchanged, once entry by entry and once in runs, and the regions
 * are compared. And where a rule of what is left out is broken, the comparison notices.
 */
import { decodeFrames, encodeFrames, RunBuilder, type Packed, type Reply } from "@meridian/core";
import { pack, randomCommand, testSeed, unpack, type CommandProfile } from "@meridian/testkit";
import { describe, expect, test } from "vitest";
import { History } from "../../sim/src/history.js";
import { regionOf } from "../../sim/src/names.js";
import { seededDraw } from "../../sim/src/random.js";
import { Region } from "../../sim/src/region.js";
import { drawSwarm } from "../../sim/src/swarm.js";
import { differences, stateOfModel, type State } from "./normal-form.js";
import { ROOT } from "./support.js";

const names = ["us", "eu", "ap"];
const STEPS = 160;
const isBorder = (): boolean => false;
const NOW_MS = 1_790_000_000_000;
/** Rows of a log differ, and so does how often a conflict was met on the way. */
const apart = [`${ROOT}:log:`, `${ROOT}:cf`, `${ROOT}:ck`];

/** Breaks a run on its way. */
type Mutant = (operations: Packed[][]) => Packed[][];

interface Outcome {
  readonly states: State[];
  readonly entries: number;
  readonly frames: number;
}

interface Options {
  readonly coalesces: boolean;
  readonly weights?: CommandProfile["weights"];
  readonly clash?: boolean;
  readonly mutant?: Mutant;
}

class Play {
  entries = 0;
  frames = 0;
  readonly regions: Region[];
  private readonly draw;
  private readonly profile: CommandProfile;

  constructor(
    seed: number,
    private readonly options: Options,
  ) {
    this.draw = seededDraw(seed);
    const { weights, clash } = options;
    const swarm = drawSwarm(this.draw, { regions: 3, ttl: true, clash: clash ?? false, ...(weights && { weights }) });
    this.profile = { ...swarm.profile, keys: 1 };
    const history = new History(names);
    this.regions = names.map((name) => new Region(name, names, history, this.draw, () => NOW_MS, 0));
  }

  /** Writes, and now and then single entries that arrive: so the regions stand apart. */
  write(): void {
    const { draw, regions, profile } = this;
    for (let step = 0; step < STEPS; step++) {
      const region = draw.pick(regions);
      if (draw.chance(0.8)) region.call(...randomCommand(draw, profile));
      else this.bring(draw.pick(regions), region, 1 + draw.below(20), false);
    }
  }

  settle(): void {
    for (let moved = 1; moved > 0;) {
      moved = 0;
      for (const to of this.regions) {
        for (const from of this.regions) moved += this.bring(from, to, Infinity, this.options.coalesces);
      }
    }
  }

  private bring(from: Region, to: Region, most: number, coalesces: boolean): number {
    if (from === to) return 0;
    let applied = 0;
    for (const origin of from.origins().filter((name) => regionOf(name) === from.name)) {
      const vector = to.vector();
      const entries = from.entriesAfter(origin, vector.get(origin) ?? 0).slice(0, most);
      if (entries.length === 0) continue;
      const frames = coalesces ? this.inRuns(origin, entries, vector) : encodeFrames(entries);
      applied += Number((to.call("apply", origin, frames) as Reply[])[4]);
    }
    return applied;
  }

  private inRuns(origin: string, entries: { stamp: number; payload: string }[], there: Map<string, number>): string {
    const isThere = (other: string, stamp: number): boolean => (there.get(other) ?? 0) >= stamp;
    const builder = new RunBuilder({
      origin,
      isThere,
      isBorder,
      entriesMax: 200,
      operationsMax: 100,
      bytesMax: Infinity,
    });
    for (const entry of entries) builder.add(entry);
    const frames = builder.finish();
    this.entries += entries.length;
    this.frames += frames.length;
    const { mutant } = this.options;
    return encodeFrames(
      mutant === undefined ? frames : frames.map((frame) => ({ ...frame, payload: broken(frame.payload, mutant) })),
    );
  }
}

function broken(payload: string, mutant: Mutant): string {
  const value = unpack(payload) as Packed[];
  if (value.length === 3) return payload;
  const units = value[1] as Packed[];
  return pack([value[0]!, units.map((part, at) => (at % 3 === 2 ? mutant(part as Packed[][]) : part))]);
}

function play(seed: number, options: Options): Outcome {
  const world = new Play(seed, options);
  world.write();
  world.settle();
  const { entries, frames } = world;
  const states = world.regions.map(({ keyspace }) => {
    const snapshot = keyspace.snapshot();
    for (const [key, { value }] of snapshot.slots) {
      if (value.type !== "hash" || !key.startsWith(`${ROOT}:m:`)) continue;
      for (const [name, text] of value.fields) value.fields.set(name, withoutHint(text));
    }
    const state = stateOfModel(snapshot, NOW_MS);
    for (const key of state.keys()) if (apart.some((name) => key.startsWith(name))) state.delete(key);
    return state;
  });
  return { states, entries, frames };
}

/** That a hash or sorted set had counters is remembered when they are gone; in a run they may never have been there. */
function withoutHint(text: string): string {
  if (text === "H" || text === "Z") return text.toLowerCase();
  return text.startsWith("K") ? pack((unpack(text.slice(1)) as Packed[]).with(2, "")) : text;
}

function difference(seed: number, options: Omit<Options, "coalesces">): string {
  const plain = play(seed, { ...options, coalesces: false });
  const runs = play(seed, { ...options, coalesces: true });
  return plain.states
    .map((state, at) => differences(state, runs.states[at]!).map((line) => `${names[at]}: ${line}`))
    .flat()
    .join("\n");
}

const none = {
  string: 0,
  counter: 0,
  hash: 0,
  set: 0,
  zset: 0,
  list: 0,
  geo: 0,
  hll: 0,
  stream: 0,
  bits: 0,
  store: 0,
  key: 0,
  ttl: 0,
  flush: 0,
  sort: 0,
};
const mixes: Record<string, Omit<Options, "coalesces">> = {
  everything: {},
  "types at once": { clash: true },
  "strings and counters": { weights: { ...none, string: 4, counter: 6, key: 2, ttl: 1 } },
  "hashes, sets and sorted sets": { weights: { ...none, counter: 4, hash: 5, set: 4, zset: 5, key: 1, ttl: 1 } },
  "lists, streams and HyperLogLogs": { weights: { ...none, list: 4, stream: 4, hll: 2, key: 3, ttl: 1, string: 1 } },
};
const COUNT = Number(process.env["COUNT"] ?? 4);
const seeds = [...Array.from({ length: COUNT }, (_, at) => at + 1), testSeed()];

describe.each(Object.entries(mixes))("%s", (_name, options) => {
  test.each(seeds)("SEED=%d", (seed) => expect(difference(seed, options)).toBe(""), 60_000);
});

test("most entries of a backlog go in few frames", () => {
  const { entries, frames } = play(3, { coalesces: true, ...mixes["strings and counters"]! });
  expect(entries).toBeGreaterThan(50);
  expect(frames).toBeLessThan(entries / 3);
});

test("a region in the middle of a run does not take it", () => {
  const [us, eu] = new Play(1, { coalesces: false }).regions as [Region, Region];
  for (let at = 0; at < 5; at++) us.call("SET", "k", String(at));
  const [origin] = us.origins() as [string];
  const entries = us.entriesAfter(origin, 0);
  const builder = new RunBuilder({
    origin,
    isThere: () => true,
    isBorder,
    entriesMax: 9,
    operationsMax: 9,
    bytesMax: Infinity,
  });
  for (const entry of entries) builder.add(entry);
  const [run, ...others] = builder.finish();
  expect(others).toEqual([]);
  expect(run!.payload.length).toBeLessThan(entries[0]!.payload.length + 20);
  eu.call("apply", origin, encodeFrames(entries.slice(0, 2)));
  expect(eu.call("apply", origin, encodeFrames([run!]))).toEqual(["gap", String(entries[1]!.stamp), "", "0", 0]);
  eu.call("apply", origin, encodeFrames(entries.slice(2)));
  expect(eu.call("apply", origin, encodeFrames([run!]))).toEqual(["ok", String(run!.stamp), "", "0", 0]);
  expect(decodeFrames(encodeFrames([run!]))).toEqual([run]);
});

const mutants: Record<string, Mutant> = {
  "increments with what their sum was just before": (operations) =>
    operations.map((one) => (one[0] === "I" || one[0] === "J" ? one.with(4, one[6]!).with(5, 1) : one)),
  "writes that reset nothing": (operations) =>
    operations.map((one) => (one[0] === "S" ? one.with(3, []) : one[0] === "D" ? one.with(2, []) : one)),
  "fields that reset nothing": (operations) =>
    operations.map((one) =>
      one[0] === "H" || one[0] === "Y"
        ? one.with(
            2,
            (one[2] as Packed[]).map((part, at) => (at % 3 === 2 ? [] : part)),
          )
        : one,
    ),
  "the last operation left out": (operations) => (operations.length > 1 ? operations.slice(0, -1) : operations),
};

test.each(Object.entries(mutants))(
  "notices %s",
  (_name, mutant) => {
    const isNoticed = (seed: number): boolean =>
      Object.values(mixes).some((options) => difference(seed, { ...options, mutant }) !== "");
    expect(seeds.some(isNoticed)).toBe(true);
  },
  60_000,
);
