/**
 * Who waits until other regions hold what was written here: WAIT. What was written before the call is known once every node was
 * asked for fresh entries; a region holds it when it has acknowledged the log of each slot up to there. Of slots that other agents of the
 * region have, those are asked (group-questions.ts).
 *
 * 1. Nothing is counted before all is known: a region that is counted holds all of it.
 * 2. When groups come or go, who waits begins anew: more may have been written meanwhile, which is waited for, too.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { RegionWait } from "../adapter/region-waits.js";
import { stampIn } from "../vector.js";
import { slotLimits } from "./limits.js";
import type { SlotMachine } from "./slot-machine.js";

/** What of the slots of others is held. */
export interface OthersHeld {
  isHeldBy(region: string): boolean;
  /** The answers are of no interest any more. */
  end(): void;
}

export interface SlotWaitsOptions {
  readonly open: Iterable<SlotMachine>;
  readonly caughtUp: () => Promise<void>;
  /** All slots of this agent were looked at, and those with something in their logs are open. */
  readonly isKnown: () => boolean;
  readonly peers: () => readonly string[];
  /** Asks the others from now on. */
  readonly others: () => OthersHeld;
}

interface End {
  readonly machine: SlotMachine;
  readonly origin: string;
  readonly stamp: number;
}

interface Waiting {
  readonly look: () => void;
}

const TIMER_MS_MAX = 2 ** 31 - 1;

export class SlotWaits {
  private readonly all = new Set<Waiting>();
  /** Counts the changes of the groups. */
  private generation = 0;

  constructor(private readonly options: SlotWaitsOptions) {}

  /** As ReplicationOptions.waitForRegions. */
  async wait({ regions, timeoutMs }: RegionWait, signal: AbortSignal): Promise<number> {
    const untilMs = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
    for (;;) {
      const held = await this.attempt(regions, untilMs, signal);
      if (held !== undefined) return held;
    }
  }

  /** Some region may hold more than before. */
  progressed(): void {
    for (const { look } of this.all) look();
  }

  /** This agent has other groups from now on. */
  groupsChanged(): void {
    this.generation++;
    this.progressed();
  }

  /** What was written before the call, of the slots that are chosen: by whom it is held from then on. `signal` ends the wait for it. */
  async lacking(
    isChosen: (slot: number) => boolean,
    isDurable: boolean,
    signal: AbortSignal,
  ): Promise<Lacking | undefined> {
    await this.options.caughtUp();
    while (!this.options.isKnown() && !signal.aborted) await delay(slotLimits.knownEveryMs);
    if (signal.aborted) return undefined;
    const chosen = Array.from(this.options.open).filter(({ slot }) => isChosen(slot));
    const all = await Promise.all(chosen.map(async (machine) => ({ machine, ...(await machine.ownEnd()) })));
    return new Lacking(
      all.filter(({ stamp }) => stamp > 0),
      isDurable,
    );
  }

  /** Undefined: groups have come or gone meanwhile. */
  private async attempt(regions: number, untilMs: number, signal: AbortSignal): Promise<number | undefined> {
    const { generation } = this;
    const ending = new AbortController();
    const isOver = (): boolean => signal.aborted || performance.now() >= untilMs;
    const others = this.options.others();
    const over = untilEnd(untilMs, AbortSignal.any([signal, ending.signal]));
    try {
      const own = await Promise.race([this.lacking(() => true, false, ending.signal), over.then(() => undefined)]);
      if (own === undefined) return 0;
      const count = (): number =>
        this.options.peers().filter((peer) => own.isHeldBy(peer) && others.isHeldBy(peer)).length;
      return await new Promise((resolve) => {
        const look = (): void => {
          const isOther = generation !== this.generation;
          if (isOther && !isOver()) end(undefined);
          else if (isOther) end(0);
          else if (count() >= regions || isOver()) end(count());
        };
        const waiting: Waiting = { look };
        const end = (held: number | undefined): void => {
          this.all.delete(waiting);
          resolve(held);
        };
        this.all.add(waiting);
        void over.then(look);
        look();
      });
    } finally {
      ending.abort();
      others.end();
    }
  }
}

/** What regions do not hold yet of what stood here. */
export class Lacking {
  private readonly left = new Map<string, End[]>();

  constructor(
    private readonly ends: readonly End[],
    private readonly isDurable: boolean,
  ) {}

  isHeldBy(peer: string): boolean {
    const left = (this.left.get(peer) ?? this.ends).filter(({ machine, origin, stamp }) => {
      const standing = machine.machine.standingOf(peer);
      const vector = this.isDurable ? standing?.durable : standing?.applied;
      return vector === undefined || stampIn(vector, origin) < stamp;
    });
    this.left.set(peer, left);
    return left.length === 0;
  }
}

/** Until then, or the signal. */
async function untilEnd(untilMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && performance.now() < untilMs) {
    const leftMs = Math.min(TIMER_MS_MAX, Math.ceil(untilMs - performance.now()));
    await delay(untilMs === Infinity ? TIMER_MS_MAX : leftMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
