/** All regions, the clock, the network and the history of one run. */
import { encodeFrames, RunBuilder } from "@meridian/core";
import { pack, unpack, type Draw } from "@meridian/testkit";
import { BoundedCounters } from "./bounded.js";
import { Failure, text } from "./failure.js";
import { Folding } from "./folding.js";
import { Hardships } from "./hardships.js";
import { History, type Vector } from "./history.js";
import { limits } from "./limits.js";
import { Membership } from "./membership.js";
import { regionOf } from "./names.js";
import { Network, type Message } from "./network.js";
import { seededDraw } from "./random.js";
import { Region, type LogEntry } from "./region.js";
import { StateSync } from "./state-sync.js";
import { drawSwarm, type RunOptions, type Swarm } from "./swarm.js";

const START_MS = 1790000000000;
const regionNames = ["us-east-1", "eu-west-1", "ap-southeast-1", "sa-east-1"];
/** Names of regions that are added later, behind the others. */
const addedNames = ["af-south-1", "me-central-1", "il-central-1"];

/** One thing that happened, enough to make it happen again elsewhere. */
export type Step =
  | { kind: "command"; region: string; command: string[]; reply: unknown }
  | { kind: "deliver"; region: string; origin: string; stamps: number[]; status: string }
  | { kind: "note"; region: string; what: string };

export class World {
  nowMs = START_MS;
  readonly swarm: Swarm;
  readonly draw: Draw;
  readonly history: History;
  readonly regions: Region[];
  readonly network: Network;
  readonly steps: Step[] = [];
  readonly sync: StateSync;
  readonly hardships: Hardships | undefined;
  readonly folding: Folding;
  readonly membership: Membership | undefined;
  readonly bounded: BoundedCounters | undefined;
  private readonly mutant: RunOptions["mutant"];

  constructor(seed: number, options: RunOptions) {
    this.draw = seededDraw(seed);
    this.swarm = drawSwarm(this.draw, options);
    this.mutant = options.mutant;
    const names = regionNames.slice(0, this.swarm.regions);
    const places = options.membership === true ? [...names, ...addedNames] : names;
    this.history = new History(places);
    this.network = new Network(this.draw, this.swarm);
    const first = options.membership === true ? names : undefined;
    this.regions = names.map((name) => this.newRegion(name, places, first));
    this.sync = new StateSync(this);
    this.hardships = options.hardships === true ? new Hardships(this) : undefined;
    this.folding = new Folding(this, options);
    this.membership = options.membership === true ? new Membership(this, places, options.brokenMembers) : undefined;
    this.bounded = options.bounded === true ? new BoundedCounters(this) : undefined;
    if (this.swarm.joinsLate) this.sync.takeOut(this.regions.at(-1)!, { isAbsent: true });
  }

  /** `told`: of `places`, those that it knows when it starts. */
  newRegion(name: string, places: string[], told?: readonly string[], joins = false): Region {
    return new Region(name, places, this.history, this.draw, () => this.nowMs, this.skew(), told && { told, joins });
  }

  skew(): number {
    return this.draw.below(2 * this.swarm.skewMs + 1) - this.swarm.skewMs;
  }

  note(region: Region | undefined, what: string): void {
    this.steps.push({ kind: "note", region: region?.name ?? "all", what });
  }

  /** Hands a batch to a region's core. Returns how many entries it applied. */
  deliver(to: Region, origin: string, entries: LogEntry[]): number {
    const mutated = entries.map(({ stamp, payload }) => ({ stamp, payload: this.mutate(payload) }));
    const reply = to.call("apply", origin, encodeFrames(mutated));
    if (this.membership !== undefined && text(reply).includes("MERIDIAN_UNKNOWNREGION")) return 0; // it waits there
    if (!Array.isArray(reply)) throw new Failure("apply", text(reply));
    const [status, , , , applied] = reply;
    this.steps.push({
      kind: "deliver",
      region: to.name,
      origin,
      stamps: entries.map(({ stamp }) => stamp),
      status: typeof status === "string" ? status : text(status ?? false),
    });
    return Number(applied);
  }

  remove(region: Region): void {
    this.regions.splice(this.regions.indexOf(region), 1);
    this.sync.remove(region);
  }

  /** The region of that place, while it is there. */
  at(place: number): Region | undefined {
    return this.regions.find((region) => region.place === place);
  }

  private isStopped(place: number): boolean {
    const region = this.at(place);
    return region !== undefined && this.hardships?.isStopped(region) === true;
  }

  deliverArrived(): void {
    const isStopped = (at: number): boolean => this.isStopped(at);
    for (const { from, to, origin, entries } of this.network.arrived(this.nowMs, isStopped)) {
      const region = this.at(to);
      if (region === undefined || this.membership?.refuses(region, from) === true) continue;
      if (!this.sync.isAway(region) && this.hardships?.isFull(region) !== true) this.deliver(region, origin, entries);
    }
  }

  /** The batches that `from` would send to bring `to` up to date; at random a little stale. */
  batchesFor(source: Region, target: Region): Omit<Message, "atMs">[] {
    const [from, to] = [source.place, target.place];
    const vector = target.vector();
    return source.origins().flatMap((origin) => {
      const after = this.draw.chance(0.1) ? 0 : (vector.get(origin) ?? 0);
      const runs = this.coalesced(source, origin, after, vector);
      const entries = runs ?? source.entriesAfter(origin, after).slice(0, 1 + this.draw.below(limits.batchEntriesMax));
      return entries.length > 0 ? [{ from, to, origin, entries }] : [];
    });
  }

  /** Sweeps and exchanges everything, without faults, until nothing moves. */
  settle(): void {
    this.network.mendAll();
    this.hardships?.endAll();
    this.membership?.tellAll();
    this.sync.finish();
    this.membership?.finish();
    for (let round = 0; round < limits.settleRoundsMax; round++) {
      let moved = 0;
      for (const region of this.regions) moved += region.sweep();
      for (const to of this.regions) {
        for (const from of this.regions) if (from !== to) moved += this.exchange(from, to);
      }
      if (moved === 0) return;
      if (!this.swarm.frozen) this.nowMs++;
    }
    throw new Failure("rest", `regions still change after ${limits.settleRoundsMax} rounds`);
  }

  /** Brings a region all that another one has for it. */
  bring(from: Region, to: Region): void {
    if (from !== to) this.exchange(from, to);
  }

  private exchange(from: Region, to: Region): number {
    let moved = 0;
    for (const origin of from.origins()) {
      const vector = to.vector();
      const after = vector.get(origin) ?? 0;
      const runs = this.coalesced(from, origin, after, vector);
      const applied = runs === undefined ? 0 : this.deliver(to, origin, runs);
      // Of a run that is refused the entries are sent one by one.
      const entries = applied > 0 ? [] : from.entriesAfter(origin, after);
      moved += entries.length > 0 ? this.deliver(to, origin, entries) : applied;
    }
    return moved;
  }

  /**
   * What a region sends of its own log to one that stands there, in runs: as far as it is durable, so that no crash makes the
   * region itself stand in the middle of one. Undefined where single entries are sent.
   */
  private coalesced(from: Region, origin: string, after: number, there: Vector): LogEntry[] | undefined {
    const { draw, swarm } = this;
    if (swarm.runRate === 0 || regionOf(origin) !== from.name || !draw.chance(swarm.runRate)) return undefined;
    const durable = from.durableVector.get(origin) ?? 0;
    const entries = from.entriesAfter(origin, after).filter(({ stamp }) => stamp <= durable);
    const builder = new RunBuilder({
      origin,
      isThere: (other, stamp) => (there.get(other) ?? 0) >= stamp,
      isBorder: () => false,
      entriesMax: limits.runEntriesMax,
      operationsMax: 1 + draw.below(limits.runOperationsMax),
      bytesMax: Infinity,
    });
    for (const entry of entries.slice(0, limits.runEntriesMax)) builder.add(entry);
    const frames = builder.finish();
    return frames.length === 0 ? undefined : frames;
  }

  private mutate(payload: string): string {
    const entry = this.mutant ? unpack(payload) : undefined;
    if (!this.mutant || !Array.isArray(entry)) return payload;
    const [previous, dependencies, operations] = entry;
    if (operations === undefined) return payload; // a run
    return pack([previous!, dependencies!, (operations as unknown[][]).map((one) => this.mutant!(one)) as never]);
  }
}
