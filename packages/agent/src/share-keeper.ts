/**
 * Keeps the shares of bounded counters where they are needed (docs/decisions/0038-bounded-counters.md): asks the other regions for
 * what sales lacked here, and gives what they ask for, half of what there is at most.
 *
 * 1. It looks at partitions, never at keys: the function says what there is to do. Of a region of hash slots each node says which
 *    slots have something to do.
 * 2. The region with the largest share answers a wish at once; each after it waits `sharePatienceMs` longer, and answers if the wish
 *    stands still.
 * 3. It keeps nothing that may not be lost. What another agent of the region has done meanwhile is not done again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { slotOfKey } from "@meridian/core";
import type { Engine, Slots } from "@meridian/engine";
import { codeOf, textOf } from "./errors.js";
import { agentLimits } from "./limits.js";
import type { Logger } from "./logger.js";

/** Calls to one partition. */
type Call = (command: string, ...args: (string | Buffer)[]) => Promise<unknown>;

/** What the function says: [key amount ...] to ask for, [key region place ...] to answer, keys to ask for no more, roots of slots. */
type Work = [Buffer[], (Buffer | number)[], Buffer[], Buffer[]];

export interface ShareLimits {
  readonly shareEveryMs: number;
  readonly sharePatienceMs: number;
}

const NAME = "MERIDIAN.BOUNDED";
const LOST: readonly unknown[] = ["MERIDIAN_SERVERDOWN", "MERIDIAN_STOPPED"];

export class ShareKeeper {
  private readonly ending = new AbortController();
  /** When each wish was first seen. */
  private firstSeenMs = new Map<string, number>();
  /** Slots in which there was something to do. */
  private readonly active = new Set<number>();
  private hasFailed = false;

  constructor(
    private readonly engine: Engine,
    private readonly log: Logger,
    private readonly limits: ShareLimits = agentLimits,
  ) {}

  async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        await this.look();
        this.hasFailed = false;
      } catch (error) {
        this.failed(error);
      }
      await delay(this.limits.shareEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.ending.abort();
  }

  private async look(): Promise<void> {
    const seen = new Map<string, number>();
    const { engine } = this;
    const { slots } = engine;
    if (slots === undefined) {
      await this.keep((command, ...args) => engine.callBuffer(command, ...args), "", seen);
    } else {
      for (const node of slots.nodes) {
        const [first] = node.slots;
        if (node.isUp && first !== undefined) this.active.add(first);
      }
      const due = Array.from(this.active);
      this.active.clear();
      await this.keepSlots(slots, due, seen);
    }
    this.firstSeenMs = seen;
  }

  /** What could not be done in a slot stays to be done. */
  private async keepSlots(slots: Slots, due: readonly number[], seen: Map<string, number>): Promise<void> {
    const problems: unknown[] = [];
    for (const slot of due) {
      try {
        if (!slots.isUp(slot)) {
          this.active.add(slot);
          continue;
        }
        const call: Call = (command, ...args) => slots.callBuffer(slot, command, ...args);
        if (await this.keep(call, String(slot), seen)) this.active.add(slot);
      } catch (error) {
        this.active.add(slot);
        problems.push(error);
      }
    }
    if (problems.length > 0) throw problems[0];
  }

  /** Of one partition; true where something stays to be done. */
  private async keep(call: Call, partition: string, seen: Map<string, number>): Promise<boolean> {
    const [lacked, wished, idle, roots] = (await call("bounded")) as Work;
    for (const root of roots) this.active.add(slotOfKey(root));
    for (let at = 0; at < lacked.length; at += 2) await tried(call(NAME, "ASK", lacked[at]!, lacked[at + 1]!));
    for (const key of idle) await tried(call(NAME, "ASK", key, "0"));
    const nowMs = performance.now();
    for (let at = 0; at < wished.length; at += 3) {
      const [key, region, place] = wished.slice(at, at + 3) as [Buffer, Buffer, number];
      const name = `${partition} ${region.toString("latin1")} ${key.toString("latin1")}`;
      const sinceMs = this.firstSeenMs.get(name) ?? nowMs;
      if (nowMs - sinceMs >= place * this.limits.sharePatienceMs) await tried(call(NAME, "ANSWER", key, region));
      else seen.set(name, sinceMs);
    }
    return lacked.length + wished.length > 0;
  }

  private failed(error: unknown): void {
    const isLost = LOST.includes(codeOf(error)); // as the engine reports by itself
    if (this.ending.signal.aborted || this.hasFailed || isLost) return;
    this.hasFailed = true;
    this.log.warn(`the shares of bounded counters are not looked after: ${textOf(error)}`, { event: "shares-failed" });
  }
}

/** What was to be done may be done already, or be impossible by now: that is no failure. */
async function tried(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!/^(MERIDIAN_(?!SERVERDOWN|STOPPED)|WRONGTYPE)/.test(textOf(error))) throw error;
  }
}
