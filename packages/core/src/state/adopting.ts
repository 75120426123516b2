/**
 * Adoption: the keys of a server that was full before it was a region become the region's own, as they lie there. `<root>:ad`
 * remembers it; what is done is in sync/adoption.ts, here is what calls from below need.
 *
 * Invariants
 * 1. All that is adopted has one dot: the region's own, of the stamp at which the adoption began. Its log begins after it,
 *    so no other region gets past it but by taking in a state.
 * 2. Until it has ended nothing remote applies, and nothing is exported: nobody has seen what is not adopted yet.
 * 3. Whatever asks for the metadata of a key that has none adopts it in the same step.
 */
import { host, integerOf } from "../host.js";
import { adoptionKey } from "./names.js";
import type { Partition } from "./partition.js";

/** One that runs. */
export interface Adoption {
  /** The dot of all that is adopted. */
  readonly stamp: number;
  readonly origin: number;
}

export const ORIGIN = "origin";
export const STAMP = "stamp";
/** There until the adoption has ended. */
export const CURSOR = "cursor";

export interface Adopter {
  /** The key's metadata, made for it; false where there is no such key, or none that can be adopted. */
  adopt(this: void, partition: Partition, adoption: Adoption, key: string, bucket: string): string | false;
  /** Whatever is not adopted yet goes: its region flushed everything. */
  drop(this: void, partition: Partition): void;
}

/** Set by sync/adoption.ts, for what is below must call it. */
export const adopting: { by: Adopter | undefined } = { by: undefined };

/** The adoption that runs; undefined where none does. */
export function loadAdoption(root: string, indexOf: (this: void, origin: string) => number): Adoption | undefined {
  const key = adoptionKey(root);
  if (host.call("HEXISTS", key, CURSOR) === 0) return undefined;
  const origin = host.call("HGET", key, ORIGIN) as string;
  return { stamp: integerOf(host.call("HGET", key, STAMP)), origin: indexOf(origin) };
}

/** The metadata of a key that has none as yet. */
export function adoptOnTouch(partition: Partition, adoption: Adoption, key: string, bucket: string): string | false {
  return adopting.by === undefined ? false : adopting.by.adopt(partition, adoption, key, bucket);
}
