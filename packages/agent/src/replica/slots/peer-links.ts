/**
 * The link to one peer, as slots see it: whether it is open, and in which slots both are known to stand alike, so that
 * nothing need be asked before something is sent.
 */
import { SLOTS } from "@meridian/core";
import type { SlotTable } from "./slot-table.js";

export class PeerLinks {
  /** We send to these. */
  private readonly links = new Map<string, Uint8Array | undefined>();

  isUp(peer: string): boolean {
    return this.links.has(peer);
  }

  get up(): Iterable<string> {
    return this.links.keys();
  }

  /** Nothing is known of it yet. */
  opened(peer: string): void {
    this.links.set(peer, undefined);
  }

  closed(peer: string): void {
    this.links.delete(peer);
  }

  /** Where it stands as the link begins; those that stand elsewhere than here. */
  told(peer: string, digests: Uint32Array, table: SlotTable): number[] {
    if (!this.links.has(peer)) return [];
    const alike = new Uint8Array(SLOTS);
    const others: number[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      if (digests[slot] === table.digests[slot]) alike[slot] = 1;
      else others.push(slot);
    }
    this.links.set(peer, alike);
    return others;
  }

  isAlike(peer: string, slot: number): boolean {
    return this.links.get(peer)?.[slot] === 1;
  }

  /** All stand alike there. */
  settled(slot: number): void {
    for (const alike of this.links.values()) if (alike !== undefined) alike[slot] = 1;
  }

  /** From now on its machine knows more. */
  unsettled(slot: number): void {
    for (const alike of this.links.values()) if (alike !== undefined) alike[slot] = 0;
  }
}
