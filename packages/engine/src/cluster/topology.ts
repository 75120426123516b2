/**
 * Which primaries a region has, and which slots each of them.
 *
 * Event `changed`: `places` are others than before. Who works with a place that is not among them any more leaves it at once.
 */
import type { Redis } from "ioredis";
import { SLOTS } from "@meridian/core";
import type { Address } from "../address.js";
import type { EngineError } from "../errors.js";
import type { Finding } from "../requirements.js";

export interface Place {
  /** The same as long as it is the same node at the same address. */
  readonly id: string;
  readonly address: Address;
  readonly slots: readonly number[];
}

export interface Topology {
  readonly places: readonly Place[];
  /** Looks whether they are still the same; resolves after it. */
  look(): Promise<void>;
  /** Comes back by itself, as long as the place is one. */
  connect(place: Place): Redis;
  findings(): Finding[];
  on(event: "changed", listener: () => void): unknown;
  on(event: "problem", listener: (error: EngineError) => void): unknown;
  stop(): void;
}

export function perSlot<Value>(value: Value): Value[] {
  return Array.from({ length: SLOTS }, () => value);
}

/** As in CLUSTER SLOTS: 0-5460,5462. */
export function slotsText(slots: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const slot of slots) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
