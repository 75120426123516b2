/** A cell (types/cell.ts) described: its registers, the latest first, and its counters. */
import { array, boolean, dotJson, integer, object, pair, text } from "../state/json.js";
import { isAfter, type Partition } from "../state/partition.js";
import { winner, type Cell, type Register } from "../types/cell.js";

/** `native` is the text that shows, for the register that does not keep it; `shows`: whether the cell's winner is shown. */
export function cellJson(partition: Partition, cell: Cell, native: string, shows: boolean): string {
  const best = winner(partition, cell);
  const registers: string[] = [];
  for (const register of latestFirst(partition, cell)) {
    registers.push(
      object([
        ...dotJson(partition, register.stamp, register.origin),
        pair("value", text(register.value ?? native)),
        pair("shows", boolean(register === best && shows)),
        pair("expiresAtMs", integer(register.expiresAt)),
      ]),
    );
  }
  const counters: string[] = [];
  for (const counter of cell.counters) {
    counters.push(
      object([
        ...dotJson(partition, counter.stamp, counter.origin),
        pair("epoch", integer(counter.epoch)),
        pair("sum", text(counter.sum)),
        pair("resetSum", text(counter.resetSum)),
        pair("resetStamp", integer(counter.resetStamp)),
        pair("isFloat", boolean(counter.isFloat)),
      ]),
    );
  }
  return object([pair("registers", array(registers)), pair("counters", array(counters))]);
}

/** The same order in every region, whatever order they came in. */
function latestFirst(partition: Partition, cell: Cell): Register[] {
  const registers = cell.registers.slice(0);
  registers.sort((a, b) => (isAfter(partition, a.stamp, a.origin, b.stamp, b.origin) ? -1 : 1));
  return registers;
}
