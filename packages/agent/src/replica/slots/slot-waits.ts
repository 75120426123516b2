/**
 * Who waits until other regions hold what was written here: WAIT. What was written before the call is known once every node was
 * asked for fresh entries; a region holds it when it has acknowledged the log of each slot up to there.
 */
import type { RegionWait } from "../adapter/region-waits.js";
import { stampIn } from "../vector.js";
import type { SlotMachine } from "./slot-machine.js";

interface End {
  readonly machine: SlotMachine;
  readonly origin: string;
  readonly stamp: number;
}

interface Waiting {
  /** By region: those that it does not hold yet. */
  readonly lacking: Map<string, End[]>;
  readonly look: () => void;
}

const TIMER_MS_MAX = 2 ** 31 - 1;

export class SlotWaits {
  private readonly all = new Set<Waiting>();

  constructor(
    private readonly open: Iterable<SlotMachine>,
    private readonly caughtUp: () => Promise<void>,
    private readonly peers: () => readonly string[],
  ) {}

  /** As ReplicationOptions.waitForRegions. */
  async wait({ regions, timeoutMs }: RegionWait, signal: AbortSignal): Promise<number> {
    const untilMs = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
    await Promise.race([this.caughtUp(), aborted(signal), ...(untilMs === Infinity ? [] : [later(timeoutMs)])]);
    const ends = await this.ends();
    const lacking = new Map(this.peers().map((peer) => [peer, ends]));
    const count = (): number => held(lacking);
    if (count() >= regions || signal.aborted || performance.now() >= untilMs) return count();
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.all.delete(waiting);
        resolve(count());
      };
      const waiting: Waiting = { lacking, look: () => void (count() >= regions && end()) };
      const arm = (): void => {
        if (untilMs === Infinity) return;
        const leftMs = Math.ceil(untilMs - performance.now());
        timer = setTimeout(() => (leftMs > TIMER_MS_MAX ? arm() : end()), Math.min(leftMs, TIMER_MS_MAX));
      };
      this.all.add(waiting);
      signal.addEventListener("abort", end, { once: true });
      arm();
    });
  }

  /** Some region may hold more than before. */
  progressed(): void {
    for (const { look } of this.all) look();
  }

  /** Where the logs of all open slots end; those that are closed are held everywhere. */
  private async ends(): Promise<End[]> {
    const all = await Promise.all(Array.from(this.open, async (machine) => ({ machine, ...(await machine.ownEnd()) })));
    return all.filter(({ stamp }) => stamp > 0);
  }
}

function held(lacking: Map<string, End[]>): number {
  let count = 0;
  for (const [peer, ends] of lacking) {
    const left = ends.filter(({ machine, origin, stamp }) => {
      const applied = machine.machine.standingOf(peer)?.applied;
      return applied === undefined || stampIn(applied, origin) < stamp;
    });
    lacking.set(peer, left);
    if (left.length === 0) count++;
  }
  return count;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, TIMER_MS_MAX)).unref());
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
