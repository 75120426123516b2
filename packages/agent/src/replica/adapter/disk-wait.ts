/** Waits for the disk, where something must not be said before it outlives a crash of the server. */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "@meridian/engine";
import { adapterLimits } from "./limits.js";
import { OwnLogProbe } from "./own-log-probe.js";

const MARK = "mark";

/**
 * Resolves when what the server has at the call, or has had since, is on its disk and in its replicas; at once where it writes
 * no append-only file. A server that is lost meanwhile is waited for: what it has then may be less. Undefined: it was ended.
 */
export async function untilOnDisk(engine: Engine, isOver: () => boolean): Promise<true | undefined> {
  const probe = new OwnLogProbe(engine);
  while (!isOver()) {
    const look = await probe.lookAtDisk("", new Map([[MARK, 1]])).then(
      (durable) => durable?.has(MARK) === true || !probe.usesAof,
      () => false,
    );
    if (look) return true;
    await delay(adapterLimits.probeEveryMs, undefined, { ref: false });
  }
  return undefined;
}
