/**
 * What lasts, beyond the faults of every run: a region whose processes stand still, a line that carries one way only, a
 * server that is full, a disk that takes nothing, a failover within a region, a clock that steps by an hour.
 *
 * Each begins at one step and ends at a later one; when all is to come to rest, all have ended, and the clocks are right.
 */
import { limits } from "./limits.js";
import type { Region } from "./region.js";
import type { World } from "./world.js";

/** Of all steps: as many begin a hardship, and as many may end one. */
const BEGIN_RATE = 0.03;
const END_RATE = 0.05;

const states = ["stopped", "full", "diskless"] as const;
type State = (typeof states)[number];

export class Hardships {
  private readonly of = new Map<Region, Set<State>>();
  private hasStepped = false;

  constructor(private readonly world: World) {}

  /** Its processes stand still: nothing is done there, what arrives waits. */
  isStopped(region: Region): boolean {
    return this.has(region, "stopped");
  }

  /** Its server refuses what takes memory: writes of clients, and entries of others. */
  isFull(region: Region): boolean {
    return this.has(region, "full");
  }

  /** Nothing it writes becomes durable. */
  isDiskless(region: Region): boolean {
    return this.has(region, "diskless");
  }

  /** One may begin or end; true where that was the step. */
  step(region: Region): boolean {
    const { draw } = this.world;
    if (draw.chance(BEGIN_RATE)) this.begin(region);
    else if (draw.chance(END_RATE)) this.end(region);
    else return false;
    return true;
  }

  /** All hardships end. Stamps made ahead of the time are waited for, as they are elsewhere. */
  endAll(): void {
    const { world } = this;
    this.of.clear();
    world.network.mendAll();
    if (!this.hasStepped) return;
    for (const region of world.regions) region.skewMs = 0;
    world.nowMs += limits.clockLeapMs;
    this.hasStepped = false;
  }

  private begin(region: Region): void {
    const { world } = this;
    const { draw, regions } = world;
    const kind = draw.pick([...states, "one way", "failover", "leap"] as const);
    if (kind === "one way") {
      const other = draw.pick(regions);
      if (other !== region) world.network.toggleOneWay(region.place, other.place);
      world.note(region, `line to ${other.name} carries one way only, or both again`);
    } else if (kind === "failover") {
      world.note(region, "failover to a replica that has what was durable");
      region.promote();
    } else if (kind === "leap") {
      this.leap(region);
    } else {
      world.note(region, `${kind} from now on`);
      this.of.set(region, new Set([...(this.of.get(region) ?? []), kind]));
    }
  }

  private leap(region: Region): void {
    const { draw, swarm } = this.world;
    if (swarm.frozen) return;
    region.skewMs = draw.pick([-1, 0, 1]) * limits.clockLeapMs + this.world.skew();
    this.hasStepped = true;
    this.world.note(region, `clock steps to ${region.skewMs} ms`);
  }

  private end(region: Region): void {
    const held = this.of.get(region);
    if (held === undefined || held.size === 0) return;
    const state = this.world.draw.pick([...held]);
    held.delete(state);
    this.world.note(region, `${state} no more`);
  }

  private has(region: Region, state: State): boolean {
    return this.of.get(region)?.has(state) ?? false;
  }
}
