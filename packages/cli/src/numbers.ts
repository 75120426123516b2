/** Numbers of a command line, and what many measured ones have in common. */
import { CliError } from "./errors.js";

/** `text` is what the flag was given; undefined where it was not. */
export function numberOf(flag: string, text: string | undefined, from: number, to: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= from && value <= to) return value;
  throw new CliError("MERIDIAN_BADNUMBER", { flag, text, from, to });
}

/** All in ms; null where nothing was measured. */
export interface Spread {
  samples: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** By nearest rank: each is one of the numbers that were measured. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => rounded(sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0);
  return { samples: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

export function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

export function msText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "-";
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
