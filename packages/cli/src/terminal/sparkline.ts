/** A row of bars, one for each number: how something went over time, in one line of a terminal. */
const BARS = "▁▂▃▄▅▆▇█";

/**
 * The latest `width` of them, the newest at the right; what is not known is a space. All are drawn on one scale, from 0 to `top`
 * (default: the largest of them), so that rows beside each other can be compared.
 */
export function sparkline(values: readonly (number | null)[], width: number, top?: number): string {
  const shown = values.slice(-width);
  const largest = top ?? Math.max(0, ...shown.map((value) => value ?? 0));
  const bars = shown.map((value) => {
    if (value === null) return " ";
    const step = largest <= 0 ? 0 : Math.min(1, Math.max(0, value / largest)) * (BARS.length - 1);
    return BARS[Math.round(step)];
  });
  return bars.join("").padStart(width);
}
