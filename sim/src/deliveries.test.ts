/**
 * Groups of streams over random histories: nothing is skipped, whatever came late and wherever it was acknowledged, and no
 * region delivers an entry twice as new. Each region reads its group to the end; then every entry of the stream was delivered
 * there, or acknowledged elsewhere by somebody who had seen it, or was there when the group began after it.
 */
import { encodeFrames, type Reply } from "@meridian/core";
import type { Draw } from "@meridian/testkit";
import { expect, test } from "vitest";
import { Failure } from "./failure.js";
import { History, saw, type Event } from "./history.js";
import { seededDraw } from "./random.js";
import { Region } from "./region.js";
import { idTextOf } from "./stream-form.js";

const names = ["us", "eu", "ap"];
const STEPS = 250;
const BATCH_MAX = 3;
const seeds = Array.from({ length: 40 }, (_, at) => at + 1);

class Play {
  readonly history = new History(names);
  readonly regions: Region[];
  /** By region, the ids that it delivered as new. */
  readonly delivered = new Map<Region, Set<string>>();
  private nowMs = 1_790_000_000_000;
  private readonly draw: Draw;

  constructor(seed: number) {
    this.draw = seededDraw(seed);
    this.regions = names.map((name) => new Region(name, names, this.history, this.draw, () => this.nowMs, 0));
    for (const region of this.regions) this.delivered.set(region, new Set());
  }

  step(): void {
    const { draw } = this;
    const region = draw.pick(this.regions);
    const kind = draw.random();
    this.nowMs += draw.below(3);
    if (kind < 0.35) region.call("XADD", "x", draw.pick(["*", "*", "7-*"]), "f", String(draw.below(100)));
    else if (kind < 0.55) this.read(region, draw.pick(["1", "2", "9"]), draw.chance(0.1));
    else if (kind < 0.75) this.acknowledge(region);
    else if (kind < 0.78) region.call("XTRIM", "x", "MAXLEN", "30");
    else if (kind < 0.8) this.remove(region);
    else this.deliver(region, draw.pick(this.regions), 1 + draw.below(BATCH_MAX));
  }

  /** Reads new entries; the number of them. */
  read(region: Region, count: string, noAck: boolean): number {
    const options = ["COUNT", count, ...(noAck ? ["NOACK"] : [])];
    const reply = region.call("XREADGROUP", "GROUP", "g", this.draw.pick(["c", "d"]), ...options, "STREAMS", "x", ">");
    if (!Array.isArray(reply)) return 0;
    const ids = ((reply[0] as Reply[])[1] as [string, string[]][]).map(([id]) => id);
    const seen = this.delivered.get(region)!;
    for (const id of ids) {
      if (seen.has(id)) throw new Failure("deliveries", `${region.name} delivers ${id} again`);
      seen.add(id);
    }
    return ids.length;
  }

  deliver(from: Region, to: Region, most: number): number {
    let applied = 0;
    if (from === to) return 0;
    for (const origin of from.origins()) {
      const entries = from.entriesAfter(origin, to.vector().get(origin) ?? 0).slice(0, most);
      if (entries.length > 0) applied += Number((to.call("apply", origin, encodeFrames(entries)) as Reply[])[4]);
    }
    return applied;
  }

  sync(): void {
    for (let moved = 1; moved > 0;) {
      moved = 0;
      for (const from of this.regions) for (const to of this.regions) moved += this.deliver(from, to, Infinity);
    }
  }

  /** The ids of the stream, by what the region shows. */
  ids(region: Region): string[] {
    const value = region.keyspace.slot("x")?.value;
    return value?.type === "stream" ? value.entries.map(({ order }) => idTextOf(order)) : [];
  }

  events(): Event[] {
    return [...this.history.entries.values()].flatMap((entry) =>
      entry.operations.map((operation, at): Event => ({ entry, at, operation })),
    );
  }

  private acknowledge(region: Region): void {
    const value = region.keyspace.slot("x")?.value;
    const group = value?.type === "stream" ? value.groups.get("g") : undefined;
    const pending = group?.pending.map(({ order }) => idTextOf(order)) ?? [];
    if (pending.length === 0) return;
    const count = 1 + this.draw.below(3);
    const from = this.draw.chance(0.7) ? 0 : this.draw.below(pending.length);
    region.call("XACK", "x", "g", ...pending.slice(from, from + count));
  }

  private remove(region: Region): void {
    const ids = this.ids(region);
    if (ids.length > 0) region.call("XDEL", "x", this.draw.pick(ids));
  }
}

function orderOf(id: string): bigint {
  const [ms = "", seq = ""] = id.split("-");
  return (BigInt(ms) << 64n) | BigInt(seq);
}

/** Entries that the region need not deliver: acknowledged elsewhere, or there before the group. */
function excused(events: Event[], region: Region): Set<string> {
  const added = events.filter(({ operation: [code] }) => code === "a");
  const ids = new Set<string>();
  for (const event of events) {
    const [code, , , from, to] = event.operation as [string, string, string, string, string];
    const isElsewhere = code === "p" && !event.entry.origin.startsWith(`${region.name}~`);
    if (!isElsewhere && code !== "g") continue;
    const [low, high] = code === "g" ? ["0-0", from] : [from, to];
    for (const add of added) {
      const id = String(add.operation[2]);
      const isWithin = orderOf(id) > orderOf(low) && orderOf(id) <= orderOf(high);
      if (isWithin && saw(event, add)) ids.add(id);
    }
  }
  return ids;
}

function play(seed: number, start: string): Play {
  const world = new Play(seed);
  const [first] = world.regions as [Region];
  for (let entry = 0; entry < 5; entry++) first.call("XADD", "x", "*", "f", "first");
  first.call("XGROUP", "CREATE", "x", "g", start);
  world.sync();
  for (let step = 0; step < STEPS; step++) world.step();
  world.sync();
  return world;
}

for (const seed of seeds) {
  test(`nothing is skipped, and nothing comes twice, seed ${seed}`, () => {
    const world = play(seed, seed % 2 === 0 ? "0" : "$");
    for (const region of world.regions) {
      while (world.read(region, "10", false) > 0);
      const events = world.events();
      const fine = excused(events, region);
      const skipped = world.ids(region).filter((id) => !world.delivered.get(region)!.has(id) && !fine.has(id));
      expect(skipped, `skipped in ${region.name}`).toEqual([]);
    }
  });
}
