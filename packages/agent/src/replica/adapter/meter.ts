/** Totals and rates of one link, and the delays of what came over it: the last ten seconds. Time passed in. */
const SLOTS = 10;
const SLOT_MS = 1000;
/** Buckets of delay: four for each doubling of (1 + ms). */
const STEPS = 4;
const BUCKETS = 80;

interface Slot {
  second: number;
  operations: number;
  bytes: number;
  delays: Uint32Array;
}

export class Meter {
  operationsTotal = 0;
  bytesTotal = 0;
  private readonly slots: Slot[] = [];
  private newest: { atMs: number; delayMs: number } | undefined;

  constructor() {
    for (let at = 0; at < SLOTS; at++) {
      this.slots.push({ second: -1, operations: 0, bytes: 0, delays: new Uint32Array(BUCKETS) });
    }
  }

  count(operations: number, bytes: number, nowMs: number): void {
    this.operationsTotal += operations;
    this.bytesTotal += bytes;
    const slot = this.slotAt(nowMs);
    slot.operations += operations;
    slot.bytes += bytes;
  }

  delayed(delayMs: number, nowMs: number): void {
    const bounded = Math.max(0, delayMs);
    this.newest = { atMs: nowMs, delayMs: bounded };
    const bucket = Math.min(BUCKETS - 1, Math.round(Math.log2(1 + bounded) * STEPS));
    this.slotAt(nowMs).delays[bucket]!++;
  }

  /** Of the newest entry, where it came within the last second. */
  latestDelayMs(nowMs: number): number | undefined {
    return this.newest !== undefined && nowMs - this.newest.atMs <= SLOT_MS ? this.newest.delayMs : undefined;
  }

  /** Of the last whole second. */
  rates(nowMs: number): { operationsPerSecond: number; bytesPerSecond: number } {
    const second = Math.floor(nowMs / SLOT_MS) - 1;
    const slot = this.slots[second % SLOTS];
    if (slot === undefined || slot.second !== second) return { operationsPerSecond: 0, bytesPerSecond: 0 };
    return { operationsPerSecond: slot.operations, bytesPerSecond: slot.bytes };
  }

  /** Of the last ten seconds; null where nothing came. */
  delays(nowMs: number): { p50: number; p99: number } | null {
    const oldest = Math.floor(nowMs / SLOT_MS) - SLOTS;
    const sums = Array.from({ length: BUCKETS }, () => 0);
    let total = 0;
    for (const { second, delays } of this.slots) {
      if (second <= oldest) continue;
      for (let at = 0; at < BUCKETS; at++) {
        sums[at]! += delays[at]!;
        total += delays[at]!;
      }
    }
    if (total === 0) return null;
    return { p50: quantile(sums, total * 0.5), p99: quantile(sums, total * 0.99) };
  }

  private slotAt(nowMs: number): Slot {
    const second = Math.floor(nowMs / SLOT_MS);
    const slot = this.slots[second % SLOTS]!;
    if (slot.second !== second) {
      slot.second = second;
      slot.operations = 0;
      slot.bytes = 0;
      slot.delays.fill(0);
    }
    return slot;
  }
}

function quantile(sums: readonly number[], rank: number): number {
  let seen = 0;
  for (let at = 0; at < sums.length; at++) {
    seen += sums[at]!;
    if (seen >= rank) return Math.round((2 ** (at / STEPS) - 1) * 10) / 10;
  }
  return 0;
}
