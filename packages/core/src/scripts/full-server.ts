/**
 * Over `maxmemory` the server runs functions with `allow-oom` only: `mer_free` (lua/main.ts). What comes by it may need
 * memory all the same, and is then refused here as Redis refuses it by itself.
 */
import { host, integerOf } from "../host.js";

let mayBeFull = false;

/** At the begin of each call: whether it came by `mer_free`. */
export function setMayBeFull(next: boolean): void {
  mayBeFull = next;
}

export function isFull(): boolean {
  if (!mayBeFull) return false;
  const info = host.pcall("INFO", "memory");
  if (typeof info !== "string") return true;
  const limit = numberIn(info, "\nmaxmemory:");
  return limit > 0 && numberIn(info, "\nused_memory:") - numberIn(info, "\nmem_not_counted_for_evict:") > limit;
}

function numberIn(info: string, label: string): number {
  const at = info.indexOf(label);
  if (at < 0) return 0;
  return integerOf(info.substring(at + label.length, info.indexOf("\r", at + 1)));
}
