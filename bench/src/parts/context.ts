/** What every part gets. */
import type { LoadGenerator } from "../load/load.js";
import type { Sizes } from "../sizes.js";

export interface BenchContext {
  readonly sizes: Sizes;
  readonly aof: boolean;
  readonly load: LoadGenerator;
  progress(text: string): void;
}

/** One figure to a sensible number of digits, so that the raw data can be read. */
export function rounded(value: number, places = 3): number {
  return Number(value.toFixed(places));
}
