/** Series of lag, each with times of its own, as columns over one axis of time. Pure. */
import type { LagSeries } from "@meridian/agent/api";

export type LagKind = "p50Ms" | "p99Ms" | "lagMs";

/** [times in seconds, one column a series]; null: nothing was known then. */
export function lagColumns(series: readonly LagSeries[], kind: LagKind): [number[], ...(number | null)[][]] {
  const stepMs = Math.max(1_000, ...series.map((one) => one.stepMs));
  const slot = (atMs: number): number => Math.round(atMs / stepMs);
  const slots = [...new Set(series.flatMap(({ points }) => points.map(({ atMs }) => slot(atMs))))].toSorted(
    (a, b) => a - b,
  );
  const columns = series.map(({ points }) => {
    const values = new Map(points.map((point) => [slot(point.atMs), point[kind]]));
    return slots.map((at) => values.get(at) ?? null);
  });
  return [slots.map((at) => (at * stepMs) / 1_000), ...columns];
}

/** The last that is known; null: none. */
export function latestOf({ points }: LagSeries, kind: LagKind): number | null {
  return points.findLast((point) => point[kind] !== null)?.[kind] ?? null;
}

export function worstOf({ points }: LagSeries, kind: LagKind): number | null {
  const known = points.flatMap((point) => point[kind] ?? []);
  return known.length === 0 ? null : Math.max(...known);
}
