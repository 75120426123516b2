/**
 * f: the origins of a region up to one of them can no longer speak, and every region has all of them. Vectors name them no more
 * (state/whole.ts); their logs go, and what they had seen. Dots go on naming them, so their indexes stay theirs.
 *
 * Invariants
 * 1. What is folded is here as a whole: its author has it, and the entry waits for what its author had.
 * 2. The origin that writes here is later than all that is folded of its region.
 */
import { host } from "../host.js";
import type { Author, Operation } from "../log/operation.js";
import { isOrigin } from "../log/shapes.js";
import { contextKey, logKey, vectorKey } from "../state/names.js";
import { contextOf, indexOfOrigin, markChanged, type Partition, type Vector } from "../state/partition.js";
import { expand, findLive, isFoldedBy, shortIndexes, WHOLE } from "../state/whole.js";
import type { OperationKind } from "./operation-kind.js";

/** Takes the origins up to this one for whole. */
export function fold(partition: Partition, latest: string): void {
  const { root, origins, vector, own } = partition;
  const last = indexOfOrigin(partition, latest);
  if (vector[last] === WHOLE) return;
  for (let index = 1; index < origins.length; index++) {
    const name = origins[index]!;
    if (index === own || !isFoldedBy(latest, name)) continue;
    if (vector[index] !== WHOLE) host.call("UNLINK", logKey(root, name), contextKey(root, name));
    host.call("HDEL", vectorKey(root), name);
    vector[index] = WHOLE;
    if (partition.changed !== undefined) delete partition.changed[index];
    delete partition.contexts[index];
  }
  host.call("HSET", vectorKey(root), latest, host.integerText(WHOLE));
  findLive(partition);
  // By a clock that was set back we began earlier than what is folded: the next call begins anew, and later.
  if (isFoldedBy(latest, origins[own]!)) host.call("DEL", partition.writer);
}

/** The origin has seen all up to this one: how much of each need not be known any more. */
export function foldContext(partition: Partition, origin: number, latest: string): void {
  const context = contextOf(partition, origin);
  const last = indexOfOrigin(partition, latest);
  if (context[last] === WHOLE) return;
  const key = contextKey(partition.root, partition.origins[origin]!);
  for (const index in context) {
    const name = partition.origins[host.toNumber(`${index}`, 10)]!;
    if (isFoldedBy(latest, name)) host.call("HDEL", key, name);
  }
  host.call("HSET", key, latest, host.integerText(WHOLE));
  context[last] = WHOLE;
  expand(partition, context);
}

/** Takes for whole what a region has folded whose vector this is. */
export function foldAll(partition: Partition, vector: Vector): void {
  for (const index of shortIndexes(partition, vector)) {
    if (vector[index] !== WHOLE || partition.vector[index] === WHOLE) continue;
    fold(partition, partition.origins[index]!);
    markChanged(partition, index);
  }
}

function foldEffect(partition: Partition, operation: Operation, author: Author): number {
  const latest = operation[1] as string;
  fold(partition, latest);
  foldContext(partition, author.origin, latest);
  markChanged(partition, indexOfOrigin(partition, latest));
  return 0;
}

export const foldOperations: Record<string, OperationKind> = {
  f: { length: 2, isRight: (o) => isOrigin(o[1]), apply: foldEffect },
};
