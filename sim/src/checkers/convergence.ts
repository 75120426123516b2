/** Property: equal version vectors imply equal visible values, to the last digit of every float. */
import { Failure, text } from "../failure.js";
import type { Region } from "../region.js";
import type { Visible } from "../visible.js";

export function checkConvergence(regions: Region[]): void {
  // A region that took in state has keys that are ahead of its vector.
  const comparable = regions.filter((region) => !region.isAhead());
  const seen = comparable.map((region) => ({ region, vector: vectorText(region), visible: region.visible() }));
  const latestMs = Math.max(...regions.map(({ keyspace }) => keyspace.nowMs()));
  for (const [at, one] of seen.entries()) {
    for (const other of seen.slice(at + 1)) {
      if (one.vector !== other.vector) continue;
      for (const key of new Set([...one.visible.keys(), ...other.visible.keys()])) {
        const [here, there] = [one.visible.get(key), other.visible.get(key)];
        if (text(here) === text(there) || expiring(here, there, latestMs)) continue;
        throw new Failure(
          "convergence",
          `equal vectors, unequal values of ${key}\n  ${one.region.name} ${text(here)}\n  ${other.region.name} ${text(there)}\n  ${one.vector}`,
        );
      }
    }
  }
}

/** Gone here, and there its time has come by the clock furthest ahead. */
function expiring(here: Visible | undefined, there: Visible | undefined, latestMs: number): boolean {
  const only = here ? (there ? undefined : here) : there;
  return only !== undefined && only.deadlineMs > 0 && only.deadlineMs <= latestMs;
}

export function vectorText(region: Region): string {
  return text([...region.vector()].sort(([left], [right]) => (left < right ? -1 : 1)));
}
