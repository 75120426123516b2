/**
 * What sales of bounded counters lacked here of late, until the region's agent asks the others for it: in the server's memory
 * only, for it changes nothing and may be lost.
 */
import { host } from "../host.js";
import type { Partition } from "./partition.js";

export interface Lacks {
  readonly keys: string[];
  readonly amounts: Record<string, number | undefined>;
}

/** Keys that are remembered. */
const LACKS_MAX = 1000;

function nameOf({ root }: Partition): string {
  return `lacks ${root}`;
}

export function rememberLack(partition: Partition, key: string, amount: number): void {
  const name = nameOf(partition);
  const lacks = (host.memory[name] as Lacks | undefined) ?? { keys: [], amounts: {} };
  host.memory[name] = lacks;
  if (lacks.amounts[key] === undefined) {
    if (lacks.keys.length >= LACKS_MAX) return;
    lacks.keys.push(key);
  }
  lacks.amounts[key] = amount;
}

/** All that is remembered, which is forgotten. */
export function takeLacks(partition: Partition): Lacks {
  const name = nameOf(partition);
  const lacks = (host.memory[name] as Lacks | undefined) ?? { keys: [], amounts: {} };
  delete host.memory[name];
  return lacks;
}
