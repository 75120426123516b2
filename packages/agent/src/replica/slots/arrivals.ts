/**
 * Slots that came to another node, until what came is on that node's disk.
 *
 * A slot comes key by key. Where the node's process ends before all of them are on its disk, it begins anew with some and without the
 * others: that is no state that ever was, and what the slot says of itself can't be believed. Such slots are told once.
 *
 * Known to this agent alone, as long as it runs. A library that was loaded again looks like another process: to take in a state where
 * nothing is torn does no harm.
 */
interface Arrival {
  readonly node: string;
  /** At the node's disk; when it is durable, all that came is. */
  readonly look: number;
}

export class Arrivals {
  private readonly places = new Map<number, string>();
  private readonly young = new Map<number, Arrival>();
  private readonly instances = new Map<string, string>();

  /** The slot is up at the node, whose next look at the disk has that number. */
  up(slot: number, node: string, look: number): void {
    const before = this.places.get(slot);
    if (before === node) return;
    this.places.set(slot, node);
    if (before !== undefined) this.young.set(slot, { node, look });
  }

  /**
   * The process that answers at the node, and the latest look of the one before that is durable; the slots that may be torn because it
   * is another one.
   */
  answers(node: string, instance: string, durable: number): number[] {
    const before = this.instances.get(node);
    this.instances.set(node, instance);
    if (before === undefined || before === instance) return [];
    const torn: number[] = [];
    for (const [slot, arrival] of this.young) {
      if (arrival.node !== node) continue;
      this.young.delete(slot);
      if (arrival.look > durable) torn.push(slot);
    }
    return torn;
  }
}
