/**
 * Names of the keys that checked clients write. Those of one number are in one hash slot, so that a transaction of them is taken where
 * slots are partitions, too.
 */
import { slotOfKey } from "@meridian/core";

export function nameOf(kind: string, key: string, id?: string): string {
  return id === undefined ? `${kind}:{${key}}` : `${kind}:{${key}}:${id}`;
}

/** The evidence of what was done with the key from a region; see book.ts. */
export function evidenceName(key: string, region: string): string {
  return nameOf("done", key, region);
}

export const EVIDENCE_NAMES = "done:*";

/** Of a name of `nameOf`: its kind, and its id, or its key where it has none. */
export function partsOf(name: string): { kind: string; key: string } {
  const [, kind = "", key = "", id] = /^([^:]*):\{(.*?)\}(?::(.*))?$/s.exec(name) ?? [];
  return { kind, key: id ?? key };
}

export function slotOfNumber(key: string): number {
  return slotOfKey(`{${key}}`);
}
