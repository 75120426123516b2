/**
 * The slots that have a machine now: opened, ticked as often as each needs, closed. What is to be asked of peers about
 * slots is gathered here, so that it leaves in few messages.
 */
import { SLOTS } from "@meridian/core";
import { slotLimits } from "./limits.js";
import { SlotMachine, type SlotContext } from "./slot-machine.js";

export interface OpenSlotsOptions {
  /** The regions that what is in the slot is received from right now. */
  readonly sourcesOf: (slot: number) => Iterable<string>;
  /** Those that what is in the slot is sent to right now. */
  readonly peersOf: (slot: number) => Iterable<string>;
  /** Which share of all slots these may be among. */
  readonly share: () => number;
  readonly closed: (machine: SlotMachine) => void;
}

export class OpenSlots implements Iterable<SlotMachine> {
  /** States that are taken in now. */
  imports = 0;
  /** Of all logs of open slots, in bytes. */
  logBytes = 0;
  private readonly machines = new Map<number, SlotMachine>();
  private readonly later = new Set<number>();
  /** Those of them in which something may be that others lack. */
  private readonly leftOver = new Set<number>();
  private readonly offers = new Map<string, Set<number>>();
  private offering: NodeJS.Immediate | undefined;
  private measuredSlot = 0;
  private isMeasuring = false;
  private stopped = false;

  constructor(
    private readonly context: SlotContext,
    private readonly options: OpenSlotsOptions,
  ) {}

  /** None waits to be opened that may have something for others. */
  get isComplete(): boolean {
    return this.leftOver.size === 0;
  }

  get size(): number {
    return this.machines.size;
  }

  [Symbol.iterator](): Iterator<SlotMachine> {
    return this.machines.values();
  }

  get(slot: number): SlotMachine | undefined {
    return this.machines.get(slot);
  }

  open(slot: number): SlotMachine {
    const known = this.machines.get(slot);
    if (known !== undefined) return known;
    const machine = new SlotMachine(slot, this.context);
    this.machines.set(slot, machine);
    this.later.delete(slot);
    this.leftOver.delete(slot);
    for (const source of this.options.sourcesOf(slot)) machine.dispatch({ kind: "sourceUp", source });
    return machine;
  }

  /** Where there is no hurry: some at each tick. */
  openLater(slot: number, mayHaveNews = false): void {
    if (this.machines.has(slot)) return;
    this.later.add(slot);
    if (mayHaveNews) this.leftOver.add(slot);
  }

  /** The peer is asked where it stands there. */
  offer(peer: string, slot: number): void {
    let slots = this.offers.get(peer);
    if (slots === undefined) this.offers.set(peer, (slots = new Set()));
    slots.add(slot);
    this.offering ??= setImmediate(() => {
      this.offering = undefined;
      for (const [to, asked] of this.offers) this.context.links.offer(to, [...asked]);
      this.offers.clear();
    });
  }

  stop(): void {
    this.stopped = true;
    clearImmediate(this.offering);
    for (const machine of this.machines.values()) machine.stop();
    this.machines.clear();
  }

  tick(nowMs: number): void {
    let opens = 0;
    for (const slot of this.later) {
      if (opens++ >= slotLimits.opensAtOnce) break;
      this.open(slot);
    }
    const leastMs = this.machines.size / slotLimits.ticksPerMs;
    const [busyMs, idleMs] = [Math.max(leastMs, slotLimits.busyTickMs), Math.max(2 * leastMs, slotLimits.idleTickMs)];
    for (const machine of this.machines.values()) {
      const quietMs = nowMs - machine.lastEventMs;
      if (nowMs - machine.lastTickMs < (quietMs < slotLimits.busyMs ? busyMs : idleMs)) continue;
      machine.tick(nowMs);
      if (machine.needsImport && this.imports < slotLimits.importsAtOnce) void this.import(machine);
      this.askUnheard(machine, nowMs);
      if (
        quietMs >= slotLimits.keepSettledMs &&
        !machine.states.isImporting &&
        !machine.states.isReplacing &&
        machine.machine.isSettled
      )
        this.close(machine);
    }
  }

  /** What the logs take, of some slots at each call; one after the other. */
  async measureLogs(): Promise<void> {
    if (this.isMeasuring) return;
    this.isMeasuring = true;
    const open = [...this.machines.values()].sort((one, other) => one.slot - other.slot);
    const from = open.findIndex(({ slot }) => slot >= this.measuredSlot);
    const some = open.slice(Math.max(0, from), Math.max(0, from) + slotLimits.measuresAtOnce);
    this.measuredSlot = ((some.at(-1)?.slot ?? -1) + 1) % SLOTS;
    await Promise.all(some.map((machine) => machine.measureLogs()));
    this.logBytes = 0;
    for (const machine of this.machines.values()) this.logBytes += machine.logBytes;
    // The bound is that of all slots of the region: of a part of them, as if the others were as large.
    const bytes = this.logBytes / (this.options.share() || 1);
    for (const machine of some) machine.dispatchLogSize(bytes);
    this.isMeasuring = false;
  }

  private async import(machine: SlotMachine): Promise<void> {
    this.imports++;
    try {
      await machine.import();
    } finally {
      this.imports--;
    }
  }

  /** Peers that have not said themselves where they stand: what we believe may not be durable there, or nothing is known of them. */
  private askUnheard(machine: SlotMachine, nowMs: number): void {
    if (nowMs - machine.askedMs < slotLimits.offerAfterMs) return;
    machine.askedMs = nowMs;
    for (const peer of this.options.peersOf(machine.slot)) {
      if (machine.peers.get(peer) !== true) this.offer(peer, machine.slot);
    }
  }

  /** It is another agent's from now on. */
  forget(slot: number): void {
    this.later.delete(slot);
    this.leftOver.delete(slot);
    this.machines.get(slot)?.stop();
    this.machines.delete(slot);
  }

  private close(machine: SlotMachine): void {
    if (this.stopped) return;
    this.options.closed(machine);
    machine.stop();
    this.machines.delete(machine.slot);
  }
}
