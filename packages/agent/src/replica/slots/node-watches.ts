/** One watch for each node that has slots of the groups that this agent holds, and for the one with the control slot: its clock is asked. */
import { CONTROL_SLOT } from "@meridian/core";
import type { SlotNode, Slots } from "@meridian/engine";
import { groupOf, hasGroup, NO_GROUPS, type GroupSet } from "../../link/index.js";
import { Arrivals } from "./arrivals.js";
import { NodeWatch } from "./node-watch.js";

export interface NodeWatchesOptions {
  readonly slots: Slots;
  readonly fresh: (slots: readonly number[]) => void;
  /** Agents have asked something of groups whose places are among these. */
  readonly asked: (slots: readonly number[]) => void;
  /** What was fresh in these before is not known. */
  readonly forgotten: (slots: readonly number[]) => void;
  /** What these show may be no state that ever was (arrivals.ts). */
  readonly torn: (slots: readonly number[]) => void;
}

export class NodeWatches implements Iterable<NodeWatch> {
  private readonly watches = new Map<string, NodeWatch>();
  private readonly arrivals = new Arrivals();
  private held: GroupSet = NO_GROUPS;

  constructor(private readonly options: NodeWatchesOptions) {}

  [Symbol.iterator](): Iterator<NodeWatch> {
    return this.watches.values();
  }

  /** Of the node that has the slot. */
  of(slot: number): NodeWatch | undefined {
    return this.watches.get(this.options.slots.nodeOf(slot)?.id ?? "");
  }

  cameUp(slots: readonly number[]): void {
    for (const slot of slots) {
      const node = this.options.slots.nodeOf(slot);
      if (node !== undefined) this.arrivals.up(slot, node.id, (this.of(slot)?.durability.looks ?? 0) + 1);
    }
  }

  hold(groups: GroupSet): void {
    this.held = groups;
    this.follow();
  }

  /** Nodes may be others, or have other slots. */
  follow(): void {
    const nodes = new Map(
      this.options.slots.nodes.filter((node) => this.isWanted(node)).map((node) => [node.id, node]),
    );
    for (const [id, watch] of this.watches) {
      if (nodes.has(id)) continue;
      watch.stop();
      this.watches.delete(id);
    }
    for (const [id, node] of nodes) if (!this.watches.has(id)) this.watches.set(id, this.watch(node));
  }

  stop(): void {
    for (const watch of this.watches.values()) watch.stop();
  }

  /** For how long the oldest of what was written waits to be on a node's disk. */
  get unsyncedMs(): number {
    return Math.max(0, ...Array.from(this, (watch) => watch.unsyncedMs));
  }

  /** Until all that was written before the call is known. */
  async caughtUp(): Promise<void> {
    await Promise.all(Array.from(this, (watch) => watch.poll.caughtUp()));
  }

  private isWanted({ slots }: SlotNode): boolean {
    return slots.some((slot) => slot === CONTROL_SLOT || hasGroup(this.held, groupOf(slot)));
  }

  private watch(node: SlotNode): NodeWatch {
    const { slots, fresh, asked, forgotten, torn } = this.options;
    const slotsNow = (): readonly number[] => slots.nodes.find(({ id }) => id === node.id)?.slots ?? [];
    const watch: NodeWatch = new NodeWatch({
      node,
      fresh,
      asked: () => asked(slotsNow()),
      forgotten: (instance) => {
        const some = this.arrivals.answers(node.id, instance, watch.durability.durable);
        if (some.length > 0) torn(some);
        forgotten(slotsNow());
      },
    });
    return watch;
  }
}
