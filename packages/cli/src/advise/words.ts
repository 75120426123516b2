/** Numbers in sentences: `{centreMs}` in a text of the tables becomes "180 ms". */
import type { Facts } from "./facts.js";
import { adviseLimits } from "./limits.js";

export function filled(text: string, facts: Facts): string {
  const values: Readonly<Record<string, unknown>> = { ...facts, agentsMs: adviseLimits.copyMs };
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (name.endsWith("Ms")) return value === null ? "what you allow" : durationText(Number(value));
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  });
}

/** In the largest unit that needs no fraction. */
export function durationText(ms: number): string {
  const rounded = Math.round(ms * 10) / 10;
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1_000, "s"],
  ] as const;
  for (const [size, unit] of units) if (rounded >= size && rounded % size === 0) return `${rounded / size} ${unit}`;
  return rounded === 0 ? "0" : `${rounded} ms`;
}
