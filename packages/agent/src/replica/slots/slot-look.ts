/**
 * Looks at slots whose standing is not known: of groups that this agent has just come to hold, and after their node was away. A group
 * is ready once all of its slots that are up were looked at.
 */
import { rootOfSlot } from "@meridian/core";
import type { Slots } from "@meridian/engine";
import { groupOf, groupsIn, hasGroup, NO_GROUPS, setOf, slotsIn, without, type GroupSet } from "../../link/index.js";
import { readState } from "../adapter/server-calls.js";
import type { Vector } from "../vector.js";
import { slotLimits } from "./limits.js";

export interface SlotSeen {
  readonly ownOrigin: string;
  readonly vector: Vector;
  /** A state is taken in. */
  readonly isImporting: boolean;
  /** Some log of it has entries. */
  readonly hasLogs: boolean;
}

export interface SlotLookOptions {
  readonly slots: Slots;
  readonly saw: (slot: number, seen: SlotSeen) => void;
  /** More groups are than before. */
  readonly ready: () => void;
}

export class SlotLook {
  /** Of those that are held, these are known. */
  ready: GroupSet = NO_GROUPS;
  private held: GroupSet = NO_GROUPS;
  private readonly wanted = new Set<number>();
  private isLooking = false;
  private stopped = false;

  constructor(private readonly options: SlotLookOptions) {}

  stop(): void {
    this.stopped = true;
  }

  /** Nothing waits to be looked at. */
  get isComplete(): boolean {
    return this.wanted.size === 0 && this.ready === this.held;
  }

  hold(groups: GroupSet): void {
    const { slots } = this.options;
    for (const slot of slotsIn(without(this.held, groups))) this.wanted.delete(slot);
    for (const slot of slotsIn(without(groups, this.held))) if (slots.isUp(slot)) this.wanted.add(slot);
    this.held = groups;
    this.ready &= groups;
    void this.run();
  }

  isReady(slot: number): boolean {
    return hasGroup(this.ready, groupOf(slot));
  }

  add(slot: number): void {
    this.wanted.add(slot);
  }

  async run(): Promise<void> {
    if (this.isLooking || this.stopped) return;
    this.isLooking = true;
    while (this.wanted.size > 0 && !this.stopped) {
      const some = [...this.wanted].slice(0, slotLimits.readsAtOnce);
      const failed = (await Promise.all(some.map((slot) => this.lookAt(slot)))).filter((slot) => slot !== undefined);
      this.note();
      if (failed.length === some.length) break; // again with the next look at the nodes
    }
    this.isLooking = false;
    this.note();
  }

  private note(): void {
    if (this.stopped || this.ready === this.held || this.options.slots.nodes.length === 0) return;
    let waiting = NO_GROUPS;
    for (const slot of this.wanted) waiting |= setOf(groupOf(slot));
    const before = this.ready;
    for (const group of groupsIn(without(this.held, waiting))) this.ready |= setOf(group);
    if (this.ready !== before) this.options.ready();
  }

  /** The slot, where that failed. */
  private async lookAt(slot: number): Promise<number | undefined> {
    const { slots, saw } = this.options;
    try {
      const [state, hasImport] = await Promise.all([
        readState({ call: (command, ...args) => slots.call(slot, command, ...args) }),
        slots.command(slot, "EXISTS", `${rootOfSlot(slot)}:im`),
      ]);
      const logs = await Promise.all(
        [...state.vector.keys()].map((origin) => slots.command(slot, "XLEN", `${rootOfSlot(slot)}:log:${origin}`)),
      );
      if (!this.wanted.delete(slot) || this.stopped) return undefined; // another agent's by now
      const { ownOrigin, vector } = state;
      const hasLogs = logs.some((length) => Number(length) > 0);
      saw(slot, { ownOrigin, vector, isImporting: Number(hasImport) === 1, hasLogs });
      return undefined;
    } catch {
      if (!slots.isUp(slot)) this.wanted.delete(slot); // looked at when it is up
      return slot;
    }
  }
}
