/**
 * Asking one region, or the first of several that answers: what all patterns do.
 *
 * Invariants
 * 1. Every promise ends within its time, with a RegionError where the region was at fault.
 * 2. MERIDIAN_REGIONDOWN means that nothing was sent: a command is never left in ioredis's queue of commands for later.
 */
import { RegionError } from "../errors.js";
import type { PatternLimits } from "../limits.js";
import { isRegionFailure } from "../regions/region-failure.js";
import type { Operation } from "../regions/region.js";
import { within } from "../regions/time-limit.js";
import { isSoonUsable, whenLost } from "./connection.js";
import type { RegionClient } from "./region-client.js";

/** What was read, and where. */
export interface Found<T> {
  readonly value: T;
  readonly region: string;
}

export async function ask<T>(
  { name: region, redis }: RegionClient,
  operation: Operation<T>,
  msMax: number,
  limits: PatternLimits,
): Promise<T> {
  const untilMs = performance.now() + msMax;
  const { readyMsMax } = limits;
  if (!(await isSoonUsable(redis, msMax, readyMsMax))) {
    throw new RegionError("MERIDIAN_REGIONDOWN", { region, reason: NO_CONNECTION });
  }
  let stop = (): void => undefined;
  // ioredis keeps what was sent, to send it again: it says nothing while there is no connection.
  const lost = new Promise<never>((_, reject) => {
    const reason = NO_CONNECTION;
    stop = whenLost(redis, readyMsMax, () => reject(new RegionError("MERIDIAN_REGIONLOST", { region, reason })));
  });
  const timedOut = (): Error => new RegionError("MERIDIAN_REGIONTIMEOUT", { region, ms: Math.ceil(msMax) });
  try {
    return await within(Promise.race([operation(redis, region), lost]), untilMs - performance.now(), timedOut);
  } catch (error) {
    if (!isRegionFailure(error)) throw error;
    throw new RegionError("MERIDIAN_REGIONLOST", { region, reason: error.message });
  } finally {
    stop();
  }
}

const NO_CONNECTION = "there is no connection to it";

/** Which regions failed just now: they are asked last for a while, so that not each read waits for them. */
export class Avoided {
  private readonly untilMs = new Map<string, number>();

  constructor(private readonly limits: PatternLimits) {}

  order(regions: readonly RegionClient[]): RegionClient[] {
    const avoided = regions.filter((region) => this.isAvoided(region));
    return [...regions.filter((region) => !avoided.includes(region)), ...avoided];
  }

  /** All but those, or all where none is left. */
  usable(regions: readonly RegionClient[]): readonly RegionClient[] {
    const usable = regions.filter((region) => !this.isAvoided(region));
    return usable.length === 0 ? regions : usable;
  }

  failed(region: string): void {
    this.untilMs.set(region, performance.now() + this.limits.avoidMs);
  }

  succeeded(region: string): void {
    this.untilMs.delete(region);
  }

  private isAvoided({ name }: RegionClient): boolean {
    return (this.untilMs.get(name) ?? 0) > performance.now();
  }
}

/** In the first region of the list that answers. Only for what may be begun several times: reads. */
export async function askInOrder<T>(
  regions: readonly RegionClient[],
  operation: Operation<T>,
  msMax: number,
  limits: PatternLimits,
  avoided: Avoided,
): Promise<Found<T>> {
  const untilMs = performance.now() + msMax;
  const ordered = avoided.order(regions);
  const reasons: string[] = [];
  for (const [index, region] of ordered.entries()) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) break;
    const tryMs = index === ordered.length - 1 ? leftMs : Math.min(leftMs, limits.tryMsMax);
    try {
      const value = await ask(region, operation, tryMs, limits);
      avoided.succeeded(region.name);
      return { value, region: region.name };
    } catch (error) {
      if (!(error instanceof RegionError)) throw error;
      avoided.failed(region.name);
      reasons.push(`${region.name}: ${error.code}`);
    }
  }
  throw new RegionError("MERIDIAN_NOREGION", { reasons: reasons.join("; ") });
}
