/** Metrics of regions of which one takes the writes. */
import { gauge, type Family, type Sample } from "./prometheus-text.js";
import type { RegionStatus, RoleView } from "./documents.js";

export function roleFamilies(regions: readonly RegionStatus[]): Family[] {
  const per = (value: (view: RoleView) => number | null): Sample[] =>
    regions.flatMap(({ region, activePassive: view }): Sample[] =>
      view === undefined ? [] : [[{ region }, value(view)]],
    );
  return [
    gauge(
      "meridian_primary",
      "Whether the region takes the writes, as its agent knows; absent where all regions do.",
      per(({ role }) => Number(role === "primary")),
    ),
    gauge(
      "meridian_primary_epoch",
      "How many primaries there were, as the region knows; absent where all regions take writes.",
      per(({ epoch }) => epoch),
    ),
    gauge(
      "meridian_writes_held",
      "Whether the region's gateway holds writes, while the primary changes or is not sure; absent where all regions take writes.",
      per(({ held }) => Number(held !== null)),
    ),
    gauge(
      "meridian_replication_behind_bytes",
      "How much of the primary's stream the region lacks; absent where that is not known.",
      per(({ lagBytes }) => lagBytes),
    ),
    gauge(
      "meridian_replication_behind_seconds",
      "For how long the oldest of what the region lacks has been at the primary; absent where that is not known.",
      per(({ lagMs }) => inSeconds(lagMs)),
    ),
    gauge(
      "meridian_staleness_seconds",
      "The region's data are at most so old; absent where that is not known.",
      per(({ stalenessMs }) => inSeconds(stalenessMs)),
    ),
  ];
}

function inSeconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1000;
}
