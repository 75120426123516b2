/**
 * The place of one group: signs of life of this agent to the server that has the group's first slot, and whether it holds the group.
 * All I/O of a `lease.ts`, as region-agents.ts has it for a whole region.
 */
import type { Slots } from "@meridian/engine";
import { firstSlotOf } from "../../link/index.js";
import { answerOf } from "./about.js";
import { Lease } from "./lease.js";
import { agentsLimits } from "./limits.js";

export interface GroupPlaceOptions {
  readonly slots: Slots;
  readonly group: number;
  readonly id: string;
  readonly about: () => string;
  readonly hasEnded: (about: string) => boolean;
  /** What it tells the others, if it holds the place. */
  readonly tell: () => string;
  /** Whether it is this agent's turn to take a place that is free. */
  readonly mayTake: (place: GroupPlace) => boolean;
  readonly answered: () => void;
}

export class GroupPlace {
  readonly lease: Lease;
  /** What the holder told; "": nothing. */
  told = "";
  private timer: NodeJS.Timeout | undefined;
  private isBeating = false;
  private stopped = false;

  constructor(private readonly options: GroupPlaceOptions) {
    this.lease = new Lease(options.id, options.hasEnded);
  }

  get group(): number {
    return this.options.group;
  }

  /** A sign of life now, and from then on. */
  async beat(): Promise<void> {
    clearTimeout(this.timer);
    if (this.isBeating || this.stopped) return;
    this.isBeating = true;
    try {
      await this.ask("");
      this.options.answered();
      if (this.lease.claim !== "" && this.options.mayTake(this)) {
        await this.ask(this.lease.claim);
        this.options.answered();
      }
    } catch {
      // the node is lost, or refuses: the engine says so, and time tells
    }
    this.isBeating = false;
    if (!this.stopped) this.timer = setTimeout(() => void this.beat(), agentsLimits.beatEveryMs);
  }

  /** Another is to have it. */
  async leave(): Promise<void> {
    this.lease.left();
    const { slots, group, id } = this.options;
    await slots.call(firstSlotOf(group), "agents", "leave", id).catch(() => undefined);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async ask(claim: string): Promise<void> {
    const { slots, group, id, about, tell } = this.options;
    const text = tell();
    const told = Buffer.byteLength(text) <= agentsLimits.toldBytesMax ? text : "";
    const sentMs = performance.now();
    const answer = answerOf(await slots.call(firstSlotOf(group), "agents", "beat", id, about(), claim, told));
    if (this.stopped) return;
    this.told = answer.holder === id ? "" : answer.told;
    this.lease.answered(answer, sentMs);
  }
}
