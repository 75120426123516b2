/** Where a vector stands that came from elsewhere, [origin stamp ...], by the names of origins. */
import type { Packed } from "../host.js";
import { regionOf } from "../clock/origin.js";
import { WHOLE } from "../state/whole.js";

export interface Seen {
  readonly stamps: Record<string, number | undefined>;
  /** By region: the latest origin that is folded. */
  readonly folds: Record<string, string | undefined>;
}

export function seenFrom(flat: readonly Packed[]): Seen {
  const seen: Seen = { stamps: {}, folds: {} };
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] as string;
    if (flat[at + 1] === WHOLE) seen.folds[regionOf(name)] = name;
    else seen.stamps[name] = flat[at + 1] as number;
  }
  return seen;
}

export function seenAt({ stamps, folds }: Seen, origin: string): number {
  const latest = folds[regionOf(origin)];
  return latest !== undefined && origin <= latest ? WHOLE : (stamps[origin] ?? 0);
}
