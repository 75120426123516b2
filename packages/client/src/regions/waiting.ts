/**
 * Those who wait until a region holds what their tokens name. While somebody does, the region is asked where it stands, again
 * and again: one question for all.
 */
import { setTimeout as delay } from "node:timers/promises";
import { holdsToken, type Token } from "@meridian/core";
import type { RegionLimits } from "../limits.js";
import type { Region } from "./region.js";

interface Waiting {
  readonly token: Token;
  readonly end: (holds: boolean) => void;
}

export class Waits {
  private readonly all = new Set<Waiting>();
  private isAsking = false;

  constructor(
    private readonly region: Region,
    private readonly limits: RegionLimits,
  ) {}

  /** True as soon as the region holds it; false when the time is over. */
  async until(token: Token, msMax: number): Promise<boolean> {
    if (this.region.isKnownToHold(token)) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.end(false), Math.max(0, msMax));
      const waiting: Waiting = {
        token,
        end: (holds) => {
          clearTimeout(timer);
          this.all.delete(waiting);
          resolve(holds);
        },
      };
      this.all.add(waiting);
      if (!this.isAsking) void this.ask();
    });
  }

  private async ask(): Promise<void> {
    this.isAsking = true;
    while (this.all.size > 0) {
      try {
        const standing = await this.region.readStanding(this.limits.probeMsMax);
        for (const { token, end } of this.all) if (holdsToken(standing, token)) end(true);
      } catch {
        // whoever waits is told when the time is over; that the region is lost is its breaker's
      }
      if (this.all.size > 0) await delay(this.limits.askEveryMs);
    }
    this.isAsking = false;
  }
}
