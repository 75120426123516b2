/**
 * Groups of consecutive hash slots: what agents of a region share among themselves, and what one takes from another over a link. How
 * many there are is the same in the whole deployment; the handshake compares it. A set of groups is a number whose bit n is group n.
 */
import { SLOTS } from "@meridian/core";

export const GROUPS = 8;
export const SLOTS_PER_GROUP = SLOTS / GROUPS;

/** A set of groups. */
export type GroupSet = number;

export const NO_GROUPS: GroupSet = 0;
export const ALL_GROUPS: GroupSet = 2 ** GROUPS - 1;

export function groupOf(slot: number): number {
  return Math.floor(slot / SLOTS_PER_GROUP);
}

export function firstSlotOf(group: number): number {
  return group * SLOTS_PER_GROUP;
}

export function setOf(group: number): GroupSet {
  return 1 << group;
}

export function hasGroup(set: GroupSet, group: number): boolean {
  return (set & setOf(group)) !== 0;
}

/** In their order. */
export function groupsIn(set: GroupSet): number[] {
  return Array.from({ length: GROUPS }, (_, group) => group).filter((group) => hasGroup(set, group));
}

/** What is in the one and not in the other. */
export function without(set: GroupSet, other: GroupSet): GroupSet {
  return set & ~other;
}

/** The slots of the groups, in their order. */
export function* slotsIn(set: GroupSet): Generator<number> {
  for (const group of groupsIn(set)) {
    const first = firstSlotOf(group);
    for (let slot = first; slot < first + SLOTS_PER_GROUP; slot++) yield slot;
  }
}

/** Throws a RangeError where some of them can't be. */
export function checkedSet(set: number): GroupSet {
  if (set > ALL_GROUPS) throw new RangeError(`groups ${set}`);
  return set;
}
