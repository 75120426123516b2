/**
 * Logs the expiry of keys that nobody touches, slot after slot, with the library's `sweep`. Quickly while nodes say that keys
 * expire, else slowly: what was missed is found within minutes.
 */
import { setTimeout as delay } from "node:timers/promises";
import { SLOTS } from "@meridian/core";
import type { Slots } from "@meridian/engine";
import { slotLimits } from "./limits.js";

interface ExpiryCount {
  readonly expiredKeys: string;
}

export class SlotSweeper {
  private readonly ending = new AbortController();
  private expiredBefore = "";

  constructor(
    private readonly slots: Slots,
    private readonly isOwn: (slot: number) => boolean,
    private readonly nodes: () => readonly ExpiryCount[],
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    void this.run();
  }

  stop(): void {
    this.ending.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      const expired = this.nodes()
        .map(({ expiredKeys }) => expiredKeys)
        .join(" ");
      const isQuick = expired !== this.expiredBefore;
      this.expiredBefore = expired;
      await this.cycle(isQuick ? slotLimits.sweepSlotsPerSecond : slotLimits.sweepIdleSlotsPerSecond);
    }
  }

  private async cycle(slotsPerSecond: number): Promise<void> {
    const { signal } = this.ending;
    const atOnce = Math.max(1, Math.round(slotsPerSecond / STEPS_PER_SECOND));
    for (let from = 0; from < SLOTS && !signal.aborted; from += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, SLOTS - from) }, (_, at) => from + at);
      await Promise.all(some.map((slot) => this.sweep(slot)));
      await delay(1000 / STEPS_PER_SECOND, undefined, { signal }).catch(() => undefined);
      if (slotsPerSecond === slotLimits.sweepIdleSlotsPerSecond && this.hasExpired()) return;
    }
  }

  private hasExpired(): boolean {
    return (
      this.nodes()
        .map(({ expiredKeys }) => expiredKeys)
        .join(" ") !== this.expiredBefore
    );
  }

  private async sweep(slot: number): Promise<void> {
    if (!this.isOwn(slot) || !this.slots.isUp(slot)) return;
    try {
      for (let cursor = "0"; ;) {
        const reply = await this.slots.call(slot, "sweep", cursor, BUCKETS_AT_ONCE);
        cursor = String((reply as [string, number])[0]);
        if (cursor === "0" || this.ending.signal.aborted) return;
      }
    } catch (error) {
      if (!this.ending.signal.aborted) this.onFailure(error);
    }
  }
}

const STEPS_PER_SECOND = 20;
const BUCKETS_AT_ONCE = "64";
