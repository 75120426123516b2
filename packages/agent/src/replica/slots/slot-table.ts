/**
 * Where each slot stands, in 4 bytes: a digest of its vector. So two regions find out which of 16,384 slots differ by one
 * message, and a slot that is idle needs nothing else in memory.
 *
 * Digests that are equal by chance (one in four billion) cost time, not data: the next write to the slot tells.
 */
import { SLOTS } from "@meridian/core";
import type { Vector } from "../vector.js";

export class SlotTable {
  readonly digests = new Uint32Array(SLOTS);
  /** Where the own log ended when the slot was looked at last. */
  readonly ownStamps = new Float64Array(SLOTS);

  note(slot: number, vector: Vector, ownOrigin: string): void {
    this.digests[slot] = digestOf(vector);
    this.ownStamps[slot] = vector.get(ownOrigin) ?? 0;
  }
}

/** 0: nothing was ever written. The same whatever the order of the origins. */
export function digestOf(vector: Vector): number {
  let digest = 0;
  for (const [origin, stamp] of vector) if (stamp > 0) digest = (digest + hashOf(`${origin} ${stamp}`)) >>> 0;
  return digest;
}

/** FNV-1a, with a final mix (MurmurHash3's), for the sum over origins. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
