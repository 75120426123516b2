/** A cell as every region that has applied the same writes has it: dots by the names of their origins, in the total order. */
import { host, type Packed } from "../host.js";
import { isAfter, type Partition } from "../state/partition.js";
import { winner, type Cell, type Register } from "../types/cell.js";

/** Without the value that shows, where that is the winner's own: it is the native one, and counts as that. */
export function cellText(partition: Partition, cell: Cell): string {
  const best = cell.counters.length === 0 ? winner(partition, cell) : undefined;
  const registers: Packed[] = [];
  for (const register of inOrder(partition, cell.registers)) {
    const { stamp, origin, expiresAt, value } = register;
    registers.push(stamp, nameOf(partition, origin), expiresAt, register === best ? false : (value ?? false));
  }
  const counters = cell.counters.slice(0);
  counters.sort((a, b) => (isAfter(partition, a.epoch, a.origin, b.epoch, b.origin) ? -1 : 1));
  const sums: Packed[] = [];
  for (const { origin, epoch, sum, stamp, resetSum, resetStamp, isFloat } of counters) {
    sums.push(nameOf(partition, origin), epoch, sum, stamp, resetSum, resetStamp, isFloat);
  }
  return host.pack([registers, sums]);
}

/** Dots [stamp, origin], as [stamp name ...]. */
export function dotsText(partition: Partition, dots: [number, number][]): string {
  const sorted = dots.slice(0);
  sorted.sort((a, b) => (isAfter(partition, a[0], a[1], b[0], b[1]) ? -1 : 1));
  const flat: Packed[] = [];
  for (const [stamp, origin] of sorted) flat.push(stamp, nameOf(partition, origin));
  return host.pack(flat);
}

export function nameOf(partition: Partition, origin: number): string {
  return partition.origins[origin]!;
}

function inOrder(partition: Partition, registers: Register[]): Register[] {
  if (registers.length === 1) return registers;
  const sorted = registers.slice(0);
  sorted.sort((a, b) => (isAfter(partition, a.stamp, a.origin, b.stamp, b.origin) ? -1 : 1));
  return sorted;
}
