/**
 * What goes to each peer, as slots see it: which groups it takes from here, and in which slots both are known to stand alike, so that
 * nothing need be asked before something is sent.
 */
import { SLOTS } from "@meridian/core";
import { groupOf, hasGroup, NO_GROUPS, slotsIn, without, type GroupSet } from "../../link/index.js";
import type { SlotTable } from "./slot-table.js";

interface PeerLink {
  groups: GroupSet;
  /** Of each slot 1: alike. */
  readonly alike: Uint8Array;
}

export class PeerLinks {
  private readonly links = new Map<string, PeerLink>();

  isUp(peer: string, slot: number): boolean {
    return hasGroup(this.links.get(peer)?.groups ?? NO_GROUPS, groupOf(slot));
  }

  /** Those that take what is in the slot. */
  upFor(slot: number): string[] {
    return [...this.links.keys()].filter((peer) => this.isUp(peer, slot));
  }

  /** It takes these groups; `digests`: where it stands in each of their slots. Those where it stands elsewhere than here. */
  given(peer: string, groups: GroupSet, digests: Uint32Array, table: SlotTable): number[] {
    let link = this.links.get(peer);
    if (link === undefined) this.links.set(peer, (link = { groups: NO_GROUPS, alike: new Uint8Array(SLOTS) }));
    link.groups |= groups;
    const others: number[] = [];
    let at = 0;
    for (const slot of slotsIn(groups)) {
      const isAlike = digests[at++] === table.digests[slot];
      link.alike[slot] = isAlike ? 1 : 0;
      if (!isAlike) others.push(slot);
    }
    return others;
  }

  ended(peer: string, groups: GroupSet): void {
    const link = this.links.get(peer);
    if (link !== undefined) link.groups = without(link.groups, groups);
  }

  isAlike(peer: string, slot: number): boolean {
    return this.isUp(peer, slot) && this.links.get(peer)?.alike[slot] === 1;
  }

  /** All stand alike there. */
  settled(slot: number): void {
    for (const { alike } of this.links.values()) alike[slot] = 1;
  }

  /** From now on its machine knows more. */
  unsettled(slot: number): void {
    for (const { alike } of this.links.values()) alike[slot] = 0;
  }
}
