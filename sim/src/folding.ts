/**
 * What an agent does about origins of its region that can no longer speak: it folds them away once every region holds all of
 * them durably, and nothing of them is under way. Between real agents the second is a matter of time. Where it is asked for, a
 * region is set back to a backup from before soon afterwards.
 */
import { text } from "./failure.js";
import type { Region } from "./region.js";
import { isFoldedBy, regionOf } from "./names.js";
import type { RunOptions } from "./swarm.js";
import type { World } from "./world.js";

const CALM_RATE = 0.3;
const HURRY_RATE = 0.15;
const SET_BACK_RATE = 0.9;
const SET_BACK_STEPS_MAX = 12;

export class Folding {
  /** Folds so far. */
  count = 0;
  /** Regions that were set back to a time before a fold. */
  forgotten = 0;
  private setBackIn = 0;

  constructor(
    private readonly world: World,
    private readonly options: RunOptions,
  ) {}

  /** Folds more often, and sets a region back soon after a fold. */
  forget(): void {
    const { world } = this;
    if (this.options.foldsForgotten !== true) return;
    if (world.draw.chance(HURRY_RATE)) this.step(world.draw.pick(world.regions));
    if (this.setBackIn === 0 || --this.setBackIn > 0) return;
    const region = world.draw.pick(world.regions);
    const before = region.folded();
    world.sync.setBack(region);
    const after = region.folded();
    if (before.some((origin) => !after.includes(origin))) this.forgotten++;
  }

  step(region: Region): void {
    const { world } = this;
    if (!world.sync.isQuiet()) return;
    if (world.draw.chance(CALM_RATE)) this.calm();
    const own = region.ownOrigin();
    this.fold(region, region.name, (origin) => origin < own);
    for (const owner of world.membership?.goneFor(region) ?? []) this.fold(region, owner, () => true);
  }

  private fold(region: Region, owner: string, isEnded: (origin: string) => boolean): void {
    const { world } = this;
    const known = [...new Set(world.regions.flatMap((one) => [...one.vector().keys()]))];
    const ends: [string, number][] = [];
    for (const origin of known.filter((one) => regionOf(one) === owner && isEnded(one)).sort()) {
      const end = this.endOf(region, origin);
      if (end === undefined) break;
      ends.push([origin, end]);
    }
    const latest = ends.at(-1)?.[0];
    if (latest === undefined || world.network.carries((origin) => isFoldedBy(latest, origin))) return;
    const before = new Map(world.history.ends);
    for (const [origin, end] of ends) world.history.ends.set(origin, end);
    const reply = region.call("fold", latest, ...ends.flatMap(([origin, end]) => [origin, String(end)]));
    if (reply === 1) this.folded();
    else for (const [origin] of ends) if (!before.has(origin)) world.history.ends.delete(origin);
    world.note(region, `folds up to ${latest}: ${text(reply)}`);
  }

  private folded(): void {
    this.count++;
    const { draw } = this.world;
    if (this.options.foldsForgotten !== true || !draw.chance(SET_BACK_RATE)) return;
    this.setBackIn = 1 + draw.below(SET_BACK_STEPS_MAX);
  }

  /** All that was written is brought everywhere, and is durable; so does a quiet hour. */
  private calm(): void {
    const { world } = this;
    for (const from of world.regions) for (const to of world.regions) world.bring(from, to);
    for (const one of world.regions) one.sync();
  }

  /** What the origin ended with; undefined where regions differ about it, or could. */
  private endOf(region: Region, origin: string): number | undefined {
    const end = region.vector().get(origin);
    for (const one of this.world.regions) {
      if (one.vector().get(origin) !== end) return undefined;
      if (this.options.foldsEarly !== true && one.durableVector.get(origin) !== end) return undefined;
    }
    return end;
  }
}
