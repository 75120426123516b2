/**
 * This agent among those of its region, where they share hash slots: a place for each group of slots (group-place.ts), and who is to
 * hold which (plan.ts).
 *
 * 1. An agent takes a free place where the plan gives it the group, where it was the last to hold it, or where nobody whose turn it is
 *    comes. It leaves one where the plan has given it to another for some answers.
 * 2. Where the node of a place answers none of those who are heard elsewhere, whoever held the group goes on with it.
 * 3. Nothing here is needed for data to be right: two that hold a group at once do work twice.
 */
import { CONTROL_SLOT, SLOTS } from "@meridian/core";
import type { Slots } from "@meridian/engine";
import {
  firstSlotOf,
  groupOf,
  GROUPS,
  groupsIn,
  hasGroup,
  NO_GROUPS,
  setOf,
  SLOTS_PER_GROUP,
  type GroupSet,
} from "../../link/index.js";
import { aboutOf, type AgentAbout } from "./about.js";
import type { AgentPresence, Agents } from "./agents.js";
import { GroupPlace } from "./group-place.js";
import { agentsLimits } from "./limits.js";
import { hasEnded, ownMachine } from "./own-process.js";
import { groupsToLeave, planGroups } from "./plan.js";

export interface GroupAgentsOptions {
  readonly slots: Slots;
  readonly id: string;
  /** Of this agent. */
  readonly admin: string | undefined;
  readonly link: string;
  /** The groups that it holds now. */
  readonly changed: (held: GroupSet) => void;
  /** What it tells the others of its work. */
  readonly tell: () => string;
}

interface Seen {
  readonly id: string;
  readonly about: string;
  readonly heardMs: number;
}

export class GroupAgents implements Agents {
  held: GroupSet = NO_GROUPS;
  private readonly places: GroupPlace[];
  private readonly own: Omit<AgentAbout, "unreached" | "silent">;
  private readonly look: NodeJS.Timeout;
  /** Of each group: for how many answers the plan has had another for it. */
  private readonly toLeave = Array<number>(GROUPS).fill(0);
  private unreachedSince = Array<number>(GROUPS).fill(Infinity);
  private stopped = false;

  constructor(private readonly options: GroupAgentsOptions) {
    const { admin = null, link, slots, id } = options;
    this.own = { admin, link, machine: ownMachine(), pid: process.pid };
    this.places = Array.from(
      { length: GROUPS },
      (_, group) =>
        new GroupPlace({
          slots,
          group,
          id,
          about: () => JSON.stringify({ ...this.own, unreached: this.unreached, silent: this.silent }),
          hasEnded: (text) => isOver(text),
          tell: () => (this.others > 0 && group === groupsIn(this.held)[0] ? options.tell() : ""),
          mayTake: (place) => this.mayTake(place),
          answered: () => this.answered(group),
        }),
    );
    this.look = setInterval(() => this.note(), agentsLimits.lookEveryMs);
    this.look.unref();
  }

  get id(): string {
    return this.options.id;
  }

  /** It has the group of the control slot. */
  get isActive(): boolean {
    return this.holds(groupOf(CONTROL_SLOT));
  }

  get others(): number {
    return this.seen().length;
  }

  get told(): readonly string[] {
    return this.places.map(({ told }) => told).filter((text) => text !== "");
  }

  /** Asked before each thing that is done for the group. */
  holds(group: number): boolean {
    const holds = !this.stopped && this.isHeld(this.places[group]!, performance.now());
    if (holds !== hasGroup(this.held, group)) this.note();
    return holds;
  }

  /** Whether the server of the group was heard lately, and so whether this agent may offer itself to other regions for it. */
  hearsServer(group: number): boolean {
    const nowMs = performance.now();
    const { lease } = this.places[group]!;
    return lease.silentMs(nowMs) < agentsLimits.activeMs || (lease.isHolder && this.isSilentForAll(group));
  }

  list(): readonly AgentPresence[] {
    const holders = this.places.map(({ lease }) => lease.holder);
    const viewOf = (id: string, about: string, heardMs: number, groups: GroupSet): AgentPresence => ({
      id,
      role: groups === NO_GROUPS ? "standby" : "active",
      slots: rangesOf(groups),
      admin: aboutOf(about).admin ?? null,
      heardMs,
    });
    const groupsOf = (id: string): GroupSet =>
      holders.reduce((set, one, at) => (one === id ? set | setOf(at) : set), 0);
    const others = this.seen().map(({ id, about, heardMs }) => viewOf(id, about, Math.round(heardMs), groupsOf(id)));
    return [viewOf(this.id, JSON.stringify(this.own), 0, this.held), ...others];
  }

  async start(): Promise<void> {
    this.options.slots.on("up", this.onUp);
    // All are asked before one is taken, so that two that start at once see each other.
    await Promise.all(this.places.map((place) => place.beat()));
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.look);
    this.options.slots.off("up", this.onUp);
    for (const place of this.places) place.stop();
    const late = new Promise<void>((resolve) => setTimeout(resolve, agentsLimits.beatEveryMs).unref());
    await Promise.race([Promise.all(this.places.map((place) => place.leave())), late]);
  }

  private readonly onUp = (slots: readonly number[]): void => {
    const up = new Set(slots);
    for (const place of this.places) if (up.has(firstSlotOf(place.group))) void place.beat();
  };

  private answered(group: number): void {
    if (this.stopped) return;
    const leaving = new Set(groupsToLeave(this.id, this.plan(), this.held));
    this.toLeave[group] = leaving.has(group) ? this.toLeave[group]! + 1 : 0;
    if (this.toLeave[group] >= agentsLimits.answersToLeave) {
      this.toLeave[group] = 0;
      void this.places[group]!.leave();
    }
    this.note();
  }

  private mayTake({ group, lease }: GroupPlace): boolean {
    if (this.stopped) return false;
    return lease.heldLast || lease.unmoved >= agentsLimits.beatsOverdue || this.plan()[group] === this.id;
  }

  private plan(): string[] {
    const nowMs = performance.now();
    const live = this.live().map(({ id, about }) => ({ id, unreached: aboutOf(about).unreached ?? NO_GROUPS }));
    const holders = this.places.map(({ lease }) => (lease.silentMs(nowMs) < agentsLimits.activeMs ? lease.holder : ""));
    return planGroups(holders, [...live, { id: this.id, unreached: this.unreached }]);
  }

  private isHeld({ group, lease }: GroupPlace, nowMs: number): boolean {
    return lease.isActive(nowMs) || (lease.isHolder && this.isSilentForAll(group));
  }

  /** Of those that are heard elsewhere nobody hears it. */
  private isSilentForAll(group: number): boolean {
    const live = this.live();
    return live.length > 0 && live.every(({ about }) => hasGroup(aboutOf(about).silent ?? NO_GROUPS, group));
  }

  /** The groups that it holds may be others than before. */
  private note(): void {
    const nowMs = performance.now();
    this.lookAtReach(nowMs);
    let held = NO_GROUPS;
    if (!this.stopped) for (const place of this.places) if (this.isHeld(place, nowMs)) held |= setOf(place.group);
    if (held === this.held) return;
    this.held = held;
    // Whoever asks may be amid something that is about the groups that were held. What was let by meanwhile is lost to them: a group
    // that is held again before this is told has been given up in between.
    queueMicrotask(() => {
      if (!this.stopped) this.options.changed(held);
    });
  }

  private lookAtReach(nowMs: number): void {
    const { slots } = this.options;
    for (let group = 0; group < GROUPS; group++) {
      const first = firstSlotOf(group);
      let isReached = slots.upCount === SLOTS;
      if (!isReached) {
        isReached = true;
        for (let slot = first; isReached && slot < first + SLOTS_PER_GROUP; slot++) isReached = slots.isUp(slot);
      }
      this.unreachedSince[group] = isReached ? Infinity : Math.min(this.unreachedSince[group]!, nowMs);
    }
  }

  /** For a while. */
  private get unreached(): GroupSet {
    const beforeMs = performance.now() - agentsLimits.unreachedMs;
    return this.unreachedSince.reduce(
      (set, sinceMs, group) => (sinceMs < beforeMs ? set | setOf(group) : set),
      NO_GROUPS,
    );
  }

  private get silent(): GroupSet {
    const nowMs = performance.now();
    let set = NO_GROUPS;
    for (const { lease, group } of this.places)
      if (lease.silentMs(nowMs) >= agentsLimits.unreachedMs) set |= setOf(group);
    return set;
  }

  /** Others that are there for sure. */
  private live(): Seen[] {
    return this.seen().filter(({ about, heardMs }) => heardMs < agentsLimits.liveMs && !isOver(about));
  }

  /** Others, as they were heard last at any place. */
  private seen(): Seen[] {
    const nowMs = performance.now();
    const all = new Map<string, Seen>();
    for (const { lease } of this.places) {
      const silentMs = Math.max(0, lease.silentMs(nowMs));
      for (const { id, about, agoMs } of lease.agents) {
        const heardMs = agoMs + silentMs;
        const known = all.get(id);
        if (id === this.id || heardMs > agentsLimits.presentMs || (known !== undefined && known.heardMs <= heardMs))
          continue;
        all.set(id, { id, about, heardMs });
      }
    }
    return [...all.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}

function isOver(about: string): boolean {
  const { machine = null, pid = 0 } = aboutOf(about);
  return hasEnded(machine, pid);
}

/** Consecutive groups as one range. */
export function rangesOf(groups: GroupSet): string {
  const ranges: [first: number, last: number][] = [];
  for (const group of groupsIn(groups)) {
    const [first, last] = [firstSlotOf(group), firstSlotOf(group) + SLOTS_PER_GROUP - 1];
    const before = ranges.at(-1);
    if (before !== undefined && before[1] === first - 1) before[1] = last;
    else ranges.push([first, last]);
  }
  return ranges.map(([first, last]) => `${first}-${last}`).join(" ");
}
