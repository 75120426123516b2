/**
 * What each architecture is for its users: how long a read and a write take in each place, when another place sees a write, and
 * which acknowledged writes are gone with a region. Over the emulated WAN, so a figure is the round trips that are waited for,
 * and little else: no load, one request at a time.
 */
import { setTimeout as delay } from "node:timers/promises";
import { BenchError } from "../errors.js";
import { limits } from "../limits.js";
import {
  architectureNames,
  HOME,
  startArchitecture,
  type Architecture,
  type ArchitectureName,
} from "../world/architectures.js";
import { Stops } from "../world/servers.js";
import { places, roundTripMs, type Place } from "../world/wan.js";
import { type BenchContext, rounded } from "./context.js";

export interface ArchitectureMeasure {
  readonly architecture: ArchitectureName;
  /** By place. */
  readonly readMs: Readonly<Record<Place, readonly number[]>>;
  readonly writeMs: Readonly<Record<Place, readonly number[]>>;
  /** From the reply to a write in `us` until a read in `eu` and in `ap` shows it; none where it never does. */
  readonly seenMs: Readonly<Record<Place, readonly number[]>>;
  /** Writes acknowledged in `us`, one after the other, until it was cut off and never came back; how many `eu` has. */
  readonly acknowledged: number;
  readonly survived: number;
}

const READ_EVERY_MS = 1;

export async function measureArchitectures(context: BenchContext): Promise<ArchitectureMeasure[]> {
  const measures: ArchitectureMeasure[] = [];
  for (const name of architectureNames) {
    context.progress(`architectures: ${name}`);
    const stops = new Stops();
    try {
      const architecture = await startArchitecture[name](context.aof, stops);
      measures.push(await measureOne(name, architecture, context.sizes.wanProbes));
    } finally {
      await stops.run();
    }
  }
  return measures;
}

async function measureOne(
  name: ArchitectureName,
  architecture: Architecture,
  probes: number,
): Promise<ArchitectureMeasure> {
  const [readMs, writeMs, seenMs] = [noSamples(), noSamples(), noSamples()];
  for (const place of places) {
    const keys = architecture.keys(place);
    for (let at = 0; at < probes; at++) {
      const key = keys[at % keys.length]!;
      writeMs[place].push(await timed(() => architecture.writer(place, key).set(key, at)));
      readMs[place].push(await timed(() => architecture.reader(place).get(key)));
    }
    if (place === HOME || !architecture.isShared) continue;
    for (let at = 0; at < probes; at++) seenMs[place].push(await untilSeen(architecture, place, `seen ${at}`));
  }
  return { architecture: name, readMs, writeMs, seenMs, ...(await loseHome(architecture)) };
}

function noSamples(): Record<Place, number[]> {
  return { us: [], eu: [], ap: [] };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return rounded(performance.now() - startedMs, 2);
}

async function untilSeen(architecture: Architecture, place: Place, value: string): Promise<number> {
  const [key = ""] = architecture.keys(HOME);
  await architecture.writer(HOME, key).set(key, value);
  const repliedMs = performance.now();
  while ((await architecture.reader(place).get(key)) !== value) {
    if (performance.now() - repliedMs > limits.visibleMsMax) {
      throw new BenchError("BENCH_NOTAPPLIED", { reply: `a write was not seen in ${limits.visibleMsMax / 1000} s` });
    }
    await delay(READ_EVERY_MS);
  }
  return rounded(performance.now() - repliedMs, 2);
}

/** Writes in `us` until it is cut off; what `eu` has of them when nothing more can come. */
async function loseHome(architecture: Architecture): Promise<{ acknowledged: number; survived: number }> {
  const [first = ""] = architecture.keys(HOME);
  let acknowledged = 0;
  const untilMs = performance.now() + limits.lossWritesMs;
  while (performance.now() < untilMs) {
    await architecture.writer(HOME, first).set(`${first}:loss:${acknowledged}`, "x");
    acknowledged++;
  }
  architecture.wan.cutOff(HOME);
  await delay(roundTripMs("us", "ap")); // by way of the third place something may still come
  const keys = Array.from({ length: acknowledged }, (_, at) => `${first}:loss:${at}`);
  const survived = await architecture
    .reader("eu")
    .exists(...keys)
    .catch(() => 0); // it asked the region that is gone
  return { acknowledged, survived };
}
