/** Medians and quantiles. Of rounds we always show the least, the median and the greatest: that is the noise. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { min: quantile(values, 0), median: quantile(values, 0.5), max: quantile(values, 1) };
}

/** Linear between the two nearest; not a number where there are no values. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

/**
 * The quotients of two series of rounds, round by round: what disturbed a round disturbed both. A round whose base was
 * too small to be measured (no clock tick) has none.
 */
export function ratios(values: readonly number[], bases: readonly number[]): number[] {
  return values.flatMap((value, at) => {
    const base = bases[at] ?? 0;
    return base > 0 ? [value / base] : [];
  });
}

/** 1234567 as 1,234,567; so many decimal places. */
export function figure(value: number, places = 0): string {
  if (!Number.isFinite(value)) return "-";
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** `median (min..max)`, or the one figure where there was one round. */
export function spreadText(values: readonly number[], places = 0): string {
  const { min, median, max } = spreadOf(values);
  if (values.length < 2) return figure(median, places);
  return `${figure(median, places)} (${figure(min, places)}..${figure(max, places)})`;
}
