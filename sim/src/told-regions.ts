/** Three regions over model servers, for histories told one command at a time: a clock that only the teller moves, and all links. */
import { encodeFrames, type Reply } from "@meridian/core";
import { History } from "./history.js";
import { seededDraw } from "./random.js";
import { Region } from "./region.js";

const NAMES = ["us", "eu", "ap"];
const BEGIN_MS = 1_790_000_000_000;

export class ToldRegions {
  nowMs = BEGIN_MS;
  readonly history: History;
  readonly regions: readonly Region[];
  readonly us: Region;
  readonly eu: Region;
  readonly ap: Region;

  constructor(names: readonly string[] = NAMES) {
    this.history = new History([...names]);
    this.regions = names.map((name) => new Region(name, [...names], this.history, seededDraw(1), () => this.nowMs, 0));
    [this.us, this.eu, this.ap] = this.regions as [Region, Region, Region];
  }

  /** Everything reaches everyone: again, until nothing moves. `sweeps`: what has expired is logged. */
  sync({ sweeps = false, regions = this.regions }: { sweeps?: boolean; regions?: readonly Region[] } = {}): void {
    for (let moved = 1; moved > 0;) {
      moved = 0;
      if (sweeps) for (const region of regions) moved += region.sweep();
      for (const from of regions) for (const to of regions) if (from !== to) moved += deliver(from, to);
      this.nowMs += 1;
    }
  }

  /** What a plain server answers there, the same in every region; otherwise the answers of all, to be seen. */
  everywhere(name: string, ...args: string[]): Reply {
    const replies = this.regions.map((region) => region.keyspace.call(name, ...args));
    const isOne = replies.every((reply) => JSON.stringify(reply) === JSON.stringify(replies[0]));
    return isOne ? (replies[0] ?? false) : ["not the same everywhere", ...replies];
  }
}

/** Brings a region all that another one has; the number of entries that it applied. */
export function deliver(from: Region, to: Region): number {
  let applied = 0;
  for (const origin of from.origins()) {
    const entries = from.entriesAfter(origin, to.vector().get(origin) ?? 0);
    if (entries.length === 0) continue;
    const reply = to.call("apply", origin, encodeFrames(entries));
    if (!Array.isArray(reply)) throw new Error(`apply: ${JSON.stringify(reply)}`);
    applied += Number(reply[4]);
  }
  return applied;
}
