/**
 * What other regions hold of what was written here, for those who wait for it at an agent that stands by: the active
 * agent says so in the server's memory as it hears it, the others read it while somebody waits.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "@meridian/engine";
import type { Vector } from "../vector.js";
import { agentsLimits } from "./limits.js";

type HeldText = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface HeldViewOptions {
  readonly engine: Engine;
  readonly id: string;
  /** Of each region what of this region's writes it holds, as the active agent knows it. */
  readonly known: () => ReadonlyMap<string, Vector>;
  /** Whether this agent has to ask: the active one knows. */
  readonly isNeeded: () => boolean;
  /** There may be more than before. */
  readonly progressed: () => void;
}

export class HeldView {
  private held = new Map<string, Vector>();
  private waiting = 0;
  private isPulling = false;
  private pushing: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: HeldViewOptions) {}

  /** As it was read last; undefined: nothing was. */
  of(region: string): Vector | undefined {
    return this.held.get(region);
  }

  /** The active agent heard of progress: the others are told soon. */
  push(): void {
    if (this.stopped) return;
    this.pushing ??= setTimeout(() => void this.tell(), agentsLimits.heldEveryMs);
  }

  /** It is kept up to date until the function that is given back is called. */
  follow(): () => void {
    this.waiting++;
    void this.pull();
    let isOver = false;
    return () => {
      if (!isOver) this.waiting--;
      isOver = true;
    };
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.pushing);
  }

  private async tell(): Promise<void> {
    const text: Record<string, Record<string, number>> = {};
    for (const [region, vector] of this.options.known()) text[region] = Object.fromEntries(vector);
    try {
      await this.options.engine.call("agents", "hold", this.options.id, JSON.stringify(text));
    } catch {
      // said again with the next progress; a lost server reports itself
    }
    this.pushing = undefined;
  }

  private async pull(): Promise<void> {
    if (this.isPulling) return;
    this.isPulling = true;
    while (!this.stopped && this.waiting > 0) {
      if (this.options.isNeeded()) await this.read();
      await delay(agentsLimits.heldEveryMs);
    }
    this.isPulling = false;
  }

  private async read(): Promise<void> {
    try {
      const text = String(await this.options.engine.call("agents", "held"));
      const all = (text === "" ? {} : JSON.parse(text)) as HeldText;
      this.held = new Map(Object.entries(all).map(([region, vector]) => [region, new Map(Object.entries(vector))]));
      this.options.progressed();
    } catch {
      // read again
    }
  }
}
