/**
 * The cell: what a string key or a hash field holds. A multi-value register and a counter for each origin.
 *
 * Registers: a write removes the registers it saw and adds its own, under its dot. Concurrent ones stay; the one
 * latest in the total order shows, the others are the losers, kept until somebody writes having seen them
 * (multi-value register, Shapiro et al. 2011).
 *
 * Counters: each origin owns its running sum since an epoch (the stamp of the first increment). A write resets the
 * part of each sum that it saw and names it by (epoch, sum, stamp); what it had not seen stays on top. So a counter
 * is exact without a tombstone: a reset of an older epoch finds nothing to reset.
 *
 * What shows: the latest register, plus, where it is a number, all that is counted on top.
 */
import { addDecimals, fitsInt64, isInteger, negateDecimal, parseDecimal, saturateInt64 } from "../number/decimal.js";
import { isAfter, type Partition, type Vector } from "../state/partition.js";

/** expiresAt of a register that does not rule its key's deadline. */
export const WEAK = -1;

export interface Register {
  readonly stamp: number;
  readonly origin: number;
  /** Undefined where the native value is this register's, which saves keeping it twice. */
  value: string | undefined;
  /** Unix ms at which the key expires with this value; 0 never; WEAK where the key's own deadline rules. */
  expiresAt: number;
}

export interface Counter {
  readonly origin: number;
  readonly epoch: number;
  sum: string;
  stamp: number;
  resetSum: string;
  /** 0 where nothing was reset. */
  resetStamp: number;
  /** A float increment was made since the epoch; absolute, like the sum, so that every region knows the same. */
  isFloat: boolean;
}

export interface Cell {
  registers: Register[];
  counters: Counter[];
}

/** What a write saw of one origin's counter. */
export interface Reset {
  readonly origin: number;
  readonly epoch: number;
  readonly sum: string;
  readonly stamp: number;
}

/** An increment: the origin's absolute sum, and what it was before. */
export interface Increment {
  readonly epoch: number;
  /** Undefined for the first of an epoch. */
  readonly previousSum: string | undefined;
  readonly previousStamp: number;
  readonly sum: string;
  readonly isFloat: boolean;
}

export function emptyCell(): Cell {
  return { registers: [], counters: [] };
}

export function isLive(cell: Cell): boolean {
  return cell.registers.length > 0 || cell.counters.length > 0;
}

export function isSameDot(a: { stamp: number; origin: number }, b: { stamp: number; origin: number }): boolean {
  return a.stamp === b.stamp && a.origin === b.origin;
}

/** True where an operation that saw `context` saw the dot; a local operation (undefined) saw everything. */
export function covers(context: Vector | undefined, stamp: number, origin: number): boolean {
  return context === undefined || stamp <= (context[origin] ?? 0);
}

/** Removes the registers seen; true where there was one. */
export function clearRegisters(cell: Cell, context: Vector | undefined): boolean {
  const kept: Register[] = [];
  for (const register of cell.registers) {
    if (!covers(context, register.stamp, register.origin)) kept.push(register);
  }
  const cleared = kept.length < cell.registers.length;
  if (cleared) cell.registers = kept;
  return cleared;
}

/** Takes away what the writer had seen of each counter. */
export function resetCounters(cell: Cell, resets: Reset[]): boolean {
  let changed = false;
  for (const reset of resets) {
    const kept: Counter[] = [];
    for (const counter of cell.counters) {
      if (counter.origin !== reset.origin || counter.epoch !== reset.epoch) {
        kept.push(counter);
      } else if (reset.stamp >= counter.stamp) {
        changed = true;
      } else {
        if (reset.stamp > counter.resetStamp) {
          counter.resetSum = reset.sum;
          counter.resetStamp = reset.stamp;
          changed = true;
        }
        kept.push(counter);
      }
    }
    cell.counters = kept;
  }
  return changed;
}

/** What a write made now has seen of the counters. */
export function resetsOf(cell: Cell): Reset[] {
  const resets: Reset[] = [];
  for (const { origin, epoch, sum, stamp } of cell.counters) resets.push({ origin, epoch, sum, stamp });
  return resets;
}

export function increment(cell: Cell, stamp: number, origin: number, by: Increment): void {
  for (const counter of cell.counters) {
    if (counter.origin === origin && counter.epoch === by.epoch) {
      counter.sum = by.sum;
      counter.stamp = stamp;
      counter.isFloat = by.isFloat;
      return;
    }
  }
  const kept: Counter[] = [];
  for (const counter of cell.counters) if (counter.origin !== origin) kept.push(counter);
  kept.push({
    origin,
    epoch: by.epoch,
    sum: by.sum,
    stamp,
    resetSum: by.previousSum ?? "0",
    resetStamp: by.previousSum === undefined ? 0 : by.previousStamp,
    isFloat: by.isFloat,
  });
  cell.counters = kept;
}

/** The register that shows. */
export function winner(partition: Partition, cell: Cell): Register | undefined {
  let best: Register | undefined;
  for (const register of cell.registers) {
    if (best === undefined || isAfter(partition, register.stamp, register.origin, best.stamp, best.origin)) {
      best = register;
    }
  }
  return best;
}

/** The text that shows; undefined where it is the winner's and the native value already. */
export function shownText(partition: Partition, cell: Cell): string | undefined {
  const register = winner(partition, cell);
  if (cell.counters.length === 0) return register?.value;
  const base = register === undefined ? "0" : parseDecimal(register.value!);
  if (base === undefined) return register!.value;
  let total = base;
  let isFloat = false;
  for (const counter of cell.counters) {
    total = addDecimals(total, counter.sum);
    if (counter.resetSum !== "0") total = addDecimals(total, negateDecimal(counter.resetSum));
    if (counter.isFloat) isFloat = true;
  }
  return isFloat || !isInteger(total) || fitsInt64(total) ? total : saturateInt64(total);
}

/** The latest dot of the cell: [stamp, origin], or undefined where nothing lives. */
export function newestDot(partition: Partition, cell: Cell): [number, number] | undefined {
  const register = winner(partition, cell);
  let newest: [number, number] | undefined = register === undefined ? undefined : [register.stamp, register.origin];
  for (const { stamp, origin } of cell.counters) {
    if (newest === undefined || isAfter(partition, stamp, origin, newest[0], newest[1])) newest = [stamp, origin];
  }
  return newest;
}
