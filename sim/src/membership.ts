/**
 * Regions that are added, removed and forgotten while all write and anything crashes. How they agree upon a change is played
 * elsewhere (packages/agent/src/members/table.test.ts); here a change is made where all that must agree know the list that it
 * is made upon, and each region hears of it when it does.
 *
 * 1. Only what is durable in a region's server is told to others, or counts as its word.
 * 2. A region that is forgotten goes on writing, and sends to all that have not agreed yet to forget it.
 */
import { randomCommand } from "@meridian/testkit";
import { Failure, text } from "./failure.js";
import { isWithin } from "./vectors.js";
import { regionOf } from "./names.js";
import type { KnownMembers, Region } from "./region.js";
import type { World } from "./world.js";

const RATE = 0.12;
const REGIONS_MAX = 4;
const REGIONS_MIN = 3;
const FINISH_ROUNDS_MAX = 50;

/** Gone before the others hold what it wrote; taken from though it is being forgotten. */
export type BrokenMembers = "undrained" | "taken from";

type Status = "member" | "leaving" | "removed" | "forgotten";
type Table = ReadonlyMap<string, Status>;

interface Word {
  readonly epoch: number;
  /** Nothing is taken of them any more: they are about to be forgotten. */
  readonly refused: readonly string[];
}

export class Membership {
  readonly counts = { added: 0, removed: 0, forgotten: 0 };
  private readonly tables: Table[];
  /** Was added, and its server has not started yet. */
  private unstarted: string | undefined;
  /** They hear nobody any more, and write. */
  private readonly cutOff: Region[] = [];
  /** What regions had when they were removed. */
  private readonly owed = new Map<string, number>();
  /** What there was of forgotten regions when all had agreed to take no more of them. */
  private readonly lastOf = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly names: string[],
    private readonly broken: BrokenMembers | undefined,
  ) {
    this.tables = [new Map(world.regions.map(({ name }) => [name, "member"]))];
  }

  /** Something of this may be done; true where that was the step. */
  step(region: Region): boolean {
    const { draw } = this.world;
    if (!draw.chance(RATE)) return false;
    const what = draw.pick(["hear", "hear", "go on", "go on", "cut off", "begin"] as const);
    if (what === "hear") this.hear(region, draw.pick(this.world.regions));
    else if (what === "go on") this.goOn(region);
    else if (what === "cut off") this.writeCutOff(region);
    else this.begin(region);
    return true;
  }

  /** It has not heard of the others yet. */
  isJoining(region: Region): boolean {
    return region.members().closed === "joining";
  }

  /** Its clients may not write. */
  isClosed(region: Region): boolean {
    return region.members().closed !== "";
  }

  /** Whether the region takes nothing of the one at that place. */
  refuses(region: Region, place: number): boolean {
    const name = this.names[place]!;
    const word = wordOf(region.members());
    const isGone = this.isGone(name, word.epoch) || word.refused.includes(name);
    return isGone && (this.broken !== "taken from" || this.tables[word.epoch]!.get(name) === "removed");
  }

  /** Regions that are gone, as all know; the one whose name comes first speaks for them. */
  goneFor(region: Region): string[] {
    const { regions } = this.world;
    if (!this.isEven() || regions.some(({ name }) => name < region.name)) return [];
    return this.names.filter((name) => this.isGone(name, this.latest));
  }

  /** All hear of all: whoever was added starts, whoever is cut off is forgotten. */
  tellAll(): void {
    const { regions } = this.world;
    const [first] = regions;
    if (this.unstarted !== undefined) this.start(this.unstarted, first!);
    for (let round = 0; round < FINISH_ROUNDS_MAX; round++) {
      for (const region of regions) region.sync();
      for (const region of regions) for (const from of regions) this.take(region, from);
      for (const one of this.cutOff) if (this.isDying(one)) for (const region of regions) this.forget(region, one);
      if (this.isEven() && !this.cutOff.some((one) => this.isDying(one))) return;
    }
    throw new Failure("members", `${regions.map((one) => text(one.members())).join("\n")}`);
  }

  /** All that leave have left. */
  finish(): void {
    const { world } = this;
    for (let round = 0; round < FINISH_ROUNDS_MAX; round++) {
      const leaving = world.regions.find((region) => this.statusOf(region.name) === "leaving");
      if (leaving === undefined) return;
      for (const from of world.regions) for (const to of world.regions) world.bring(from, to);
      for (const region of world.regions) region.sync();
      this.leave(leaving);
      this.tellAll();
    }
    throw new Failure("members", "a region that leaves is never gone");
  }

  /** At rest: one list everywhere, nothing lost of those that were removed, and no write where none may be. */
  check(): void {
    for (const region of this.world.regions) {
      const { places, closed } = region.members();
      if (closed !== "") throw new Failure("members", `${region.name} is still ${closed}`);
      const list = [...this.tables.at(-1)!.keys()].join(",");
      if (places !== "" && places !== list) throw new Failure("members", `${region.name}: ${places}, not ${list}`);
      if (!isWithin(this.owed, region.vector())) throw new Failure("members", `${region.name} lacks what was removed`);
      for (const [origin, stamp] of region.vector()) {
        if (this.statusOf(regionOf(origin)) !== "forgotten" || stamp <= (this.lastOf.get(origin) ?? 0)) continue;
        throw new Failure("members", `${region.name} took ${origin} ${stamp}, forgotten`);
      }
    }
    for (const region of this.cutOff) {
      this.write(region, { epoch: this.latest, refused: [] });
      const reply = region.call("SET", "late", "1");
      if (!text(reply).includes("MERIDIAN_FORGOTTEN")) throw new Failure("members", `forgotten, and ${text(reply)}`);
    }
  }

  private get latest(): number {
    return this.tables.length - 1;
  }

  private statusOf(name: string): Status | undefined {
    return this.tables.at(-1)!.get(name);
  }

  private isGone(name: string, epoch: number): boolean {
    const status = this.tables[epoch]!.get(name);
    return status === "removed" || status === "forgotten";
  }

  private isDying({ name }: Region): boolean {
    return this.statusOf(name) !== "forgotten";
  }

  /** All know the same list, and would after a crash. */
  private isEven(): boolean {
    return this.world.regions.every(
      (one) => wordOf(one.members()).epoch === this.latest && wordOf(one.durableMembers).epoch === this.latest,
    );
  }

  private hear(region: Region, from: Region): void {
    if (this.world.network.isCut(from.place, region.place) || this.isAway(region) || this.isAway(from)) return;
    this.take(region, from);
  }

  private take(region: Region, from: Region): void {
    const [mine, theirs] = [wordOf(region.members()), wordOf(from.durableMembers)];
    if (!this.tables[theirs.epoch]!.has(region.name)) return; // it was added later
    if (theirs.epoch > mine.epoch) this.write(region, theirs);
    else if (theirs.epoch === mine.epoch) {
      const refused = [...new Set([...mine.refused, ...theirs.refused])];
      if (refused.length > mine.refused.length) this.write(region, { ...mine, refused });
    }
  }

  private isAway(region: Region): boolean {
    return !this.isJoining(region) && this.world.sync.isAway(region);
  }

  private write(region: Region, word: Word, closed?: "left"): void {
    const { revision, closed: before } = region.members();
    const table = this.tables[word.epoch]!;
    const status = table.get(region.name);
    const usual =
      status === "leaving" ? (before === "left" ? "left" : "leaving") : status === "forgotten" ? status : "";
    const gone = this.names.filter((name) => this.isGone(name, word.epoch));
    const places = [...table.keys()].join(",");
    const reply = region.call("members", revision, text(word), places, gone.join(","), closed ?? usual);
    if (!Array.isArray(reply) || reply[0] !== "ok") throw new Failure("members", `${region.name}: ${text(reply)}`);
    this.world.note(region, `members: ${text(word)} ${closed ?? usual}`);
  }

  /** The region makes the next list; durable before it counts. */
  private commit(region: Region, name: string, status: Status): void {
    this.tables.push(new Map([...this.tables.at(-1)!, [name, status]]));
    this.write(region, { epoch: this.latest, refused: [] });
    region.sync();
    this.world.note(region, `makes ${name} ${status}`);
  }

  private begin(region: Region): void {
    const { world } = this;
    const { draw, regions } = world;
    const isBusy = this.unstarted !== undefined || this.cutOff.some((one) => this.isDying(one));
    if (isBusy || this.isClosed(region) || !this.isEven() || world.hardships?.isDiskless(region) === true) return;
    if (regions.some(({ name }) => this.statusOf(name) === "leaving")) return;
    const other = draw.pick(regions);
    const added = this.names.find((name) => this.statusOf(name) === undefined);
    if (regions.length < REGIONS_MAX && added !== undefined && draw.chance(0.5)) {
      this.unstarted = added;
      this.commit(region, added, "member");
      this.counts.added++;
    } else if (regions.length >= REGIONS_MIN && draw.chance(0.5)) {
      this.commit(region, other.name, "leaving");
    } else if (regions.length >= REGIONS_MIN && world.sync.isQuietBeside(other)) {
      world.note(other, "is cut off for good");
      world.remove(other);
      this.cutOff.push(other);
    }
  }

  private goOn(region: Region): void {
    const dying = this.cutOff.find((one) => this.isDying(one));
    if (this.unstarted !== undefined) this.start(this.unstarted, region);
    else if (dying !== undefined) this.forget(region, dying);
    else {
      const leaving = this.world.regions.find(({ name }) => this.statusOf(name) === "leaving");
      if (leaving !== undefined && this.world.hardships?.isStopped(leaving) !== true) this.leave(leaving);
    }
  }

  /** Its server starts empty, and is told of one other region. */
  private start(name: string, from: Region): void {
    const { world } = this;
    this.unstarted = undefined;
    const region = world.newRegion(name, this.names, [from.name, name], true);
    world.regions.push(region);
    world.sync.takeOut(region);
  }

  /** Takes nothing more of it; when all do, it is forgotten. */
  private forget(region: Region, dying: Region): void {
    const mine = wordOf(region.members());
    if (mine.epoch !== this.latest || !this.isDying(dying) || this.isJoining(region)) return;
    const { name } = dying;
    if (!mine.refused.includes(name)) {
      this.write(region, { ...mine, refused: [...mine.refused, name] });
      return;
    }
    const isAgreed = this.world.regions.every((one) => wordOf(one.durableMembers).refused.includes(name));
    if (!isAgreed || !this.isEven() || this.world.hardships?.isDiskless(region) === true) return;
    for (const [origin, stamp] of this.world.regions.flatMap((one) => [...one.vector()])) {
      if (regionOf(origin) === name) this.lastOf.set(origin, Math.max(stamp, this.lastOf.get(origin) ?? 0));
    }
    this.commit(region, name, "forgotten");
    this.counts.forgotten++;
  }

  /** What a region does that is being removed; `left` is durable before it says that it is gone. */
  private leave(region: Region): void {
    const { world } = this;
    const { closed } = region.members();
    const vector = region.vector();
    if (closed === "leaving") {
      const own = new Map([...vector].filter(([origin]) => regionOf(origin) === region.name));
      if (this.isHeld(region, own)) this.write(region, wordOf(region.members()), "left");
      return;
    }
    if (closed !== "left" || region.durableMembers.closed !== "left") return;
    if (!this.isEven() || !this.isHeld(region, vector) || world.hardships?.isDiskless(region) === true) return;
    for (const [origin, stamp] of vector) this.owed.set(origin, Math.max(stamp, this.owed.get(origin) ?? 0));
    world.note(region, "is removed");
    this.tables.push(new Map([...this.tables.at(-1)!, [region.name, "removed"]]));
    world.remove(region);
    this.counts.removed++;
    // Its agent goes on telling until somebody has heard it.
    const next = world.regions[0]!;
    this.write(next, { epoch: this.latest, refused: [] });
    next.sync();
  }

  private isHeld(region: Region, vector: ReadonlyMap<string, number>): boolean {
    if (this.broken === "undrained") return true;
    return this.world.regions.every((one) => one === region || isWithin(vector, one.durableVector));
  }

  /** One that is cut off writes, and sends to the region, which may take it. */
  private writeCutOff(region: Region): void {
    const { world } = this;
    const { draw } = world;
    if (this.cutOff.length === 0) return;
    const one = draw.pick(this.cutOff);
    one.call(...randomCommand(draw, world.swarm.profile));
    if (this.refuses(region, one.place) || world.sync.isBehind(region)) return;
    for (const message of world.batchesFor(one, region)) world.network.send(message, world.nowMs);
  }
}

function wordOf({ note }: KnownMembers): Word {
  return note === "" ? { epoch: 0, refused: [] } : (JSON.parse(note) as Word);
}
