/**
 * Properties: no region applies an entry before what it was made upon, and what was deleted or expired stays so.
 *
 * The second is checked with the oracle at any moment, not only at rest: a region shows exactly what the entries it
 * has applied say, so a value whose every write was seen by a delete it has applied can't be there.
 */
import { Failure } from "../failure.js";
import { expected } from "../oracle/index.js";
import { regionOf } from "../names.js";
import type { Region } from "../region.js";
import type { World } from "../world.js";
import { checkKey, keysOf } from "./agreement.js";

export function checkCausality(world: World, region: Region): void {
  const vector = region.vector();
  const entries = world.history.covered(vector);
  for (const entry of entries) {
    // A region's own entries wait only elsewhere for what it took in by state.
    const awaited = regionOf(entry.origin) === region.name ? [] : entry.awaited;
    for (const [origin, stamp] of [...entry.context, ...awaited]) {
      if ((vector.get(origin) ?? 0) >= stamp) continue;
      throw new Failure(
        "causality",
        `${region.name} applied ${entry.origin} ${entry.stamp} without ${origin} ${stamp}`,
      );
    }
  }
  if (world.swarm.profile.ttl) return;
  const known = region.isAhead() ? [...world.history.entries.values()] : entries;
  for (const key of keysOf(known.flatMap(({ operations }) => operations))) {
    const seen = region.isAhead() ? world.history.covered(region.vectorOf(key)) : entries;
    const oracle = expected(world.history, seen, key, region.keyspace.nowMs());
    checkKey(region, key, oracle, seen, "oracle");
  }
}
