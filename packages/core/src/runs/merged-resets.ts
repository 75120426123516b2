/**
 * Resets of counters (log/operation.ts) of several operations as those of the last one: of each origin's epoch the newest
 * stamp. A counter that begins and ends within what is put together is not named: nobody else has it.
 */
import type { Packed } from "../host.js";

/** True where a counter of the cell, of the origin that is coalesced, began in an operation that was left out. */
export type IsLeftOut = (cell: string, origin: string, epoch: number) => boolean;

/** [origin epoch sum stamp ...] of both. */
export function mergeResets(earlier: Packed[], later: Packed[], cell: string, isLeftOut: IsLeftOut): Packed[] {
  const merged: Packed[] = [];
  const placeOf = new Map<string, number>();
  for (const flat of [later, earlier]) {
    for (let at = 0; at < flat.length; at += 4) {
      const [origin, epoch, , stamp] = flat.slice(at, at + 4) as [string, number, string, number];
      if (isLeftOut(cell, origin, epoch)) continue;
      const place = placeOf.get(`${epoch} ${origin}`);
      if (place === undefined) {
        placeOf.set(`${epoch} ${origin}`, merged.length);
        merged.push(...flat.slice(at, at + 4));
      } else if (stamp > (merged[place + 3] as number)) {
        merged.splice(place, 4, ...flat.slice(at, at + 4));
      }
    }
  }
  return merged;
}

/** [type field resets ...] of all, the latest first. */
export function mergeKeyResets(all: readonly Packed[][], isLeftOut: IsLeftOut): Packed[] {
  const byCell = new Map<string, [Packed, Packed, Packed[]]>();
  for (const flat of all) {
    for (let at = 0; at < flat.length; at += 3) {
      const [type, field, resets] = flat.slice(at, at + 3) as [string, string, Packed[]];
      const cell = type + field;
      const known = byCell.get(cell);
      byCell.set(cell, [type, field, mergeResets(resets, known?.[2] ?? [], cell, isLeftOut)]);
    }
  }
  return [...byCell.values()].filter(([, , resets]) => resets.length > 0).flat();
}
