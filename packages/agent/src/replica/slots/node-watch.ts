/** One node of the region: fresh entries of its slots, and what of them is on its disk. */
import { DiskLag } from "../adapter/disk-lag.js";
import { FreshPoll, type FreshPollOptions } from "./fresh-poll.js";
import { NodeDurability } from "./node-durability.js";
import type { SlotMachine } from "./slot-machine.js";

const LOOK = "look";

export class NodeWatch {
  readonly poll: FreshPoll;
  readonly durability: NodeDurability;
  private readonly diskLag = new DiskLag();
  /** Since the latest look, and those that wait for one to be durable. */
  private readonly moved = new Set<SlotMachine>();
  private readonly marked = new Set<SlotMachine>();
  private movedAtLook = 0;
  private isLooking = false;

  constructor(options: FreshPollOptions) {
    this.poll = new FreshPoll(options);
    this.durability = new NodeDurability(options.node);
  }

  stop(): void {
    this.poll.stop();
  }

  /** What the slot stands at may be another. */
  noteMoved(machine: SlotMachine): void {
    this.moved.add(machine);
  }

  forget(machine: SlotMachine): void {
    this.moved.delete(machine);
    this.marked.delete(machine);
  }

  /** What was not on the disk may be gone. */
  lost(): void {
    this.diskLag.forget();
  }

  /** For how long the oldest of what was written waits to be on the disk, where it waits for one. */
  get unsyncedMs(): number {
    return this.durability.usesAof ? this.diskLag.lagMs(performance.now()) : 0;
  }

  /** False: the node did not answer, or the look before has not ended. */
  async look(): Promise<boolean> {
    if (this.isLooking) return false;
    this.isLooking = true;
    const { durability } = this;
    if (this.moved.size > 0) this.movedAtLook = durability.looks + 1;
    for (const machine of this.moved) {
      machine.mark(this, durability.looks + 1);
      this.marked.add(machine);
    }
    this.moved.clear();
    const { process } = durability;
    try {
      const hasMore = await durability.look();
      if (durability.process !== process) this.markAnew();
      else if (hasMore) {
        for (const machine of this.marked) if (machine.durableAt(this, durability.durable)) this.marked.delete(machine);
      }
      const [applied, durable] = [new Map([[LOOK, this.movedAtLook]]), new Map([[LOOK, durability.durable]])];
      this.diskLag.look(applied, durable, performance.now());
      return true;
    } catch {
      return false; // a lost node reports itself
    } finally {
      this.isLooking = false;
    }
  }

  /** Another process answered: what stood in the one before may be gone. */
  private markAnew(): void {
    for (const machine of this.marked) {
      machine.unmark();
      this.moved.add(machine);
    }
    this.marked.clear();
  }
}
