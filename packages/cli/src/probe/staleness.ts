/**
 * How old is what readers see: a number is written through one region's gateway, and read through each other one until it
 * shows. All by the clock of this process.
 *
 * 1. One write of a region is looked for at a time, so its rate adapts to how late readers are.
 * 2. Its keys are `meridian-probe:...`: they expire, and are deleted at the end.
 */
import { setTimeout as delay } from "node:timers/promises";
import { spreadOf } from "../numbers.js";
import { reasonOf, type Gateway } from "./gateways.js";
import { probeLimits } from "./limits.js";
import type { StalenessReport } from "./report.js";

interface Pair {
  readonly writtenIn: string;
  readonly readIn: string;
  readonly seenMs: number[];
  unseen: number;
}

type Connected = Gateway & { client: NonNullable<Gateway["client"]> };

export class StalenessProbe {
  private readonly gateways: readonly Connected[];
  private readonly pairs: readonly Pair[];

  constructor(
    gateways: readonly Gateway[],
    private readonly run: string,
  ) {
    this.gateways = gateways.filter((gateway): gateway is Connected => gateway.client !== null);
    this.pairs = this.gateways.flatMap(({ region: writtenIn }) =>
      this.gateways
        .filter(({ region }) => region !== writtenIn)
        .map(({ region: readIn }) => ({ writtenIn, readIn, seenMs: [], unseen: 0 })),
    );
  }

  /** Until the signal; `rate` writes a second and region at most. */
  async measure(rate: number, signal: AbortSignal): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => this.writeIn(gateway, 1000 / rate, signal)));
    await Promise.all(this.gateways.map(({ region, client }) => client.del(this.keyOf(region)).catch(() => 0)));
  }

  report(): StalenessReport[] {
    return this.pairs.map(({ writtenIn, readIn, seenMs, unseen }) => {
      return { writtenIn, readIn, ms: spreadOf(seenMs), unseen };
    });
  }

  private keyOf(region: string): string {
    return `meridian-probe:${this.run}:${region}`;
  }

  private async writeIn(gateway: Connected, everyMs: number, signal: AbortSignal): Promise<void> {
    const { region, client } = gateway;
    for (let number = 1; !signal.aborted; number++) {
      const startedMs = performance.now();
      try {
        await client.set(this.keyOf(region), number, "EX", probeLimits.keySeconds);
        const acknowledgedMs = performance.now();
        const readers = this.gateways.filter((other) => other !== gateway);
        await Promise.all(readers.map((reader) => this.lookFor(region, number, reader, acknowledgedMs, signal)));
      } catch (error) {
        gateway.problem = reasonOf(error);
      }
      const leftMs = Math.max(1, startedMs + everyMs - performance.now());
      await delay(leftMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async lookFor(writtenIn: string, number: number, reader: Connected, sinceMs: number, signal: AbortSignal) {
    const pair = this.pairs.find((one) => one.writtenIn === writtenIn && one.readIn === reader.region)!;
    try {
      for (;;) {
        const shown = Number(await reader.client.get(this.keyOf(writtenIn)));
        const ageMs = performance.now() - sinceMs;
        if (shown >= number) return void pair.seenMs.push(ageMs);
        if (ageMs > probeLimits.unseenMs) return void pair.unseen++;
        if (signal.aborted) return; // its time was too short to tell
        await delay(probeLimits.readEveryMs);
      }
    } catch (error) {
      reader.problem = reasonOf(error);
    }
  }
}
