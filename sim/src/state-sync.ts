/**
 * Regions that the logs no longer reach: cut off for too long, set back to an old backup, or new. Meanwhile the others trim
 * their logs without them. Then what an agent does: it takes heads and pieces of state from other regions, one step at a time,
 * and hands one over once its exporter holds it durably, while all go on and anything may crash.
 */
import { Failure, text } from "./failure.js";
import type { Vector } from "./history.js";
import type { Region } from "./region.js";
import { isWithin } from "./vectors.js";
import type { World } from "./world.js";

const BUCKETS = 65536;
const FINISH_STEPS_MAX = 10000;
/** Of imports that run, at each export. */
const BEGIN_ANEW_RATE = 0.01;

interface Behind {
  /** Nothing reaches it, nothing comes from it. */
  isAway: boolean;
  /** It has not started yet: it writes nothing. */
  isAbsent: boolean;
  /** What it writes reaches nobody until all finishes: its own log has to tell it. */
  isMute: boolean;
  /** Of the heads that were taken in, for a crash may go back to an earlier one: logs are kept from there on. */
  starts: Vector[];
  /** What was exported and not handed over yet. */
  carried?: Carried;
  /** Behind a page of a large value: who has the next ones, and where that is. */
  paging?: { exporter: Region; next: string };
}

interface Carried {
  exporter: Region;
  kind: "head" | "piece";
  text: string;
  vector: Vector;
  /** Where its exporter goes on. */
  next: string;
}

export class StateSync {
  private readonly behind = new Map<Region, Behind>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** The logs are trimmed without it from now on. */
  takeOut(region: Region, { isAbsent = false }: { isAbsent?: boolean } = {}): void {
    if (this.behind.size + 1 >= this.world.regions.length || this.behind.has(region)) return;
    this.behind.set(region, { isAway: true, isAbsent, isMute: this.world.draw.chance(0.5), starts: [] });
    this.world.note(region, isAbsent ? "has not started yet" : "falls out of the logs");
  }

  /** It begins again with what it had long ago; only where nobody depends on what it forgets. */
  setBack(region: Region): void {
    if (this.behind.size > 0 || this.world.regions.some((one) => one.isAhead())) return;
    this.behind.set(region, { isAway: false, isAbsent: false, isMute: this.world.draw.chance(0.5), starts: [] });
    this.world.note(region, "set back to an old backup");
    region.setBack();
  }

  isAway(region: Region): boolean {
    return (this.behind.get(region)?.isAway ?? false) || this.world.membership?.isJoining(region) === true;
  }

  isAbsent(region: Region): boolean {
    return this.behind.get(region)?.isAbsent ?? false;
  }

  isBehind(region: Region): boolean {
    return this.behind.has(region);
  }

  /** Every region follows the logs, or has caught up with them. */
  isQuiet(): boolean {
    return this.behind.size === 0 && !this.world.regions.some((region) => region.isAhead());
  }

  /** The same of all regions but this one. */
  isQuietBeside(region: Region): boolean {
    return this.world.regions.every((one) => one === region || !(this.behind.has(one) || one.isAhead()));
  }

  /** It is no region any more. */
  remove(region: Region): void {
    this.behind.delete(region);
  }

  /** Whether what the region writes goes anywhere. */
  sends(region: Region): boolean {
    const behind = this.behind.get(region);
    return behind === undefined || !(this.isAway(region) || behind.isMute);
  }

  /** One that is out of the logs, and writes. */
  drawBehind(): Region | undefined {
    const writing = [...this.behind.keys()].filter((region) => !this.isAbsent(region));
    return writing.length > 0 ? this.world.draw.pick(writing) : undefined;
  }

  comeBack(region: Region): void {
    const behind = this.behind.get(region);
    if (behind) Object.assign(behind, { isAway: false, isAbsent: false });
  }

  /** From where on logs are to be kept for the region: from a head's vector on from when it was exported. */
  neededBy(region: Region): Vector[] {
    const behind = this.behind.get(region);
    if (!behind) return [region.durableVector];
    const { starts, carried } = behind;
    return carried?.kind === "head" ? [...starts, carried.vector] : starts;
  }

  /** One step of one region's agent. */
  step(region: Region): void {
    const behind = this.behind.get(region);
    if (!behind || this.isAway(region)) return;
    const [status, position] = this.reply(region, "state");
    const start = behind.starts.at(-1);
    if (status === "none" && start && isWithin(start, region.vector())) {
      if (isWithin(start, region.durableVector)) this.behind.delete(region);
      else region.sync();
    } else if (status === "ok" && Number(position) === BUCKETS) {
      this.reply(region, "end");
      this.world.note(region, "import ends");
    } else if (behind.carried && (behind.carried.next.includes(":") || this.world.draw.chance(0.7))) {
      this.handOver(region, behind, behind.carried);
    } else {
      const isAnew = status === "none" || this.world.draw.chance(BEGIN_ANEW_RATE);
      this.exportFor(region, behind, isAnew ? "head" : String(position));
    }
  }

  /** All that is behind catches up. */
  finish(): void {
    for (const [region, behind] of this.behind) {
      this.comeBack(region);
      behind.isMute = false;
    }
    for (let step = 0; step < FINISH_STEPS_MAX; step++) {
      const [next] = this.behind.keys();
      if (next === undefined) return;
      this.step(next);
    }
    throw new Failure("rest", `an import does not end in ${FINISH_STEPS_MAX} steps`);
  }

  private exportFor(region: Region, behind: Behind, from: string): void {
    const { world } = this;
    const exporters = world.regions.filter((one) => one !== region && this.exports(one));
    if (exporters.length === 0) {
      // What keeps the others from it reaches them by the logs.
      for (const from of world.regions.filter((one) => this.sends(one))) {
        for (const to of world.regions) if (!this.isAway(to)) world.bring(from, to);
      }
      return;
    }
    const { paging } = behind;
    delete behind.paging;
    const goesOn = paging !== undefined && paging.next.startsWith(`${from}:`) && exporters.includes(paging.exporter);
    const exporter = goesOn ? paging.exporter : world.draw.pick(exporters);
    const kind = from === "head" ? "head" : "piece";
    if (world.draw.chance(kind === "head" ? 0.7 : 0.2))
      for (const one of world.regions) if (this.sends(one)) world.bring(one, exporter);
    const budget = kind === "head" ? [] : [String(1 + world.draw.below(3)), world.draw.pick(["1", "100000"])];
    const reply = exporter.call("export", goesOn ? paging.next : from, ...budget, region.name);
    if (!Array.isArray(reply)) throw new Failure("export", text(reply));
    const [exported, flat] = (kind === "head" ? reply : reply.slice(1)) as [string, string[]];
    behind.carried = { exporter, kind, text: exported, vector: world.history.whole(flat), next: reply[0] as string };
    world.note(region, `${kind} exported by ${exporter.name}, to ${text(reply[0]).slice(0, 12)}`);
    if (world.draw.chance(0.7)) exporter.sync();
  }

  private exports(region: Region): boolean {
    if (this.behind.has(region) || region.isAhead()) return false;
    return this.world.membership === undefined || region.members().closed !== "left";
  }

  private handOver(region: Region, behind: Behind, carried: Carried): void {
    const isDurable = isWithin(carried.vector, carried.exporter.durableVector);
    if (!isDurable) {
      if (this.world.draw.chance(0.5)) carried.exporter.sync();
      else delete behind.carried;
      return;
    }
    if (!this.world.draw.chance(0.2)) delete behind.carried;
    if (carried.kind === "piece" && !region.isImporting()) return;
    const [status] = this.reply(region, carried.kind, carried.text);
    this.world.note(region, `import ${carried.kind}: ${status}`);
    if (status === "ok" && carried.next.includes(":")) {
      behind.paging = { exporter: carried.exporter, next: carried.next };
    }
    if (status === "ok" && carried.kind === "head") behind.starts.push(carried.vector);
  }

  private reply(region: Region, ...args: string[]): string[] {
    const reply = region.call("import", ...args);
    if (!Array.isArray(reply)) throw new Failure("import", text(reply));
    return reply as string[];
  }
}
