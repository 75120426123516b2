/**
 * Properties: no region applies an entry before what it was made upon, and what was deleted or expired stays so.
 *
 * The second is checked with the oracle at any moment, not only at rest: a region shows exactly what the entries it
 * has applied say, so a value whose every write was seen by a delete it has applied can't be there.
 */
import { Failure } from "../failure.js";
import { expected } from "../oracle/index.js";
import type { Region } from "../region.js";
import type { World } from "../world.js";
import { checkKey, keysOf } from "./agreement.js";

export function checkCausality(world: World, region: Region): void {
  const vector = region.vector();
  const entries = world.history.covered(vector);
  for (const entry of entries) {
    for (const [origin, stamp] of entry.context) {
      if ((vector.get(origin) ?? 0) >= stamp) continue;
      throw new Failure(
        "causality",
        `${region.name} applied ${entry.origin} ${entry.stamp} without ${origin} ${stamp}`,
      );
    }
  }
  if (world.swarm.profile.ttl) return;
  for (const key of keysOf(entries.flatMap(({ operations }) => operations))) {
    const oracle = expected(world.history, entries, key, region.keyspace.nowMs());
    checkKey(region, key, oracle, entries, "oracle");
  }
}
