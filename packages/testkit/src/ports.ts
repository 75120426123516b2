/** Free TCP ports of 127.0.0.1. Nothing holds them until they are used, so use them soon. */
import { freePort, isPortFree } from "@meridian/engine";
import { limits } from "./limits.js";

/** The ports of a local `start` of three regions, relative to its base port. */
const OFFSETS = [0, 1, 2, 3, 101, 102, 103] as const;

export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** A base such that base..base+3 and base+101..base+103 are free. */
export async function freeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < limits.basePortAttemptsMax; attempt++) {
    const span = limits.basePortMax - limits.basePortMin;
    const base = limits.basePortMin + Math.floor(Math.random() * span);
    const free = await Promise.all(OFFSETS.map((offset) => isPortFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error(`no base port with its companions free after ${limits.basePortAttemptsMax} attempts`);
}
