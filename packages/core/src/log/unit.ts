/**
 * The unit: one atomic step of local commands, one stamp, one log entry.
 *
 * A command validates, then does operations: each takes effect at once, so the next command of the unit sees it, and
 * is noted; `commit` appends them all as one entry. Nothing is appended where nothing was done.
 */
import { host, type Packed } from "../host.js";
import { stampAt, stampMs } from "../clock/stamp.js";
import { applyOperation } from "../effects/apply.js";
import { keyResetsOf } from "../effects/clear.js";
import { isExpired, kindsOf, loadKey, rulingDeadline, type KeyState } from "../state/key-state.js";
import type { TypeCode } from "../state/codec.js";
import { nextStamp, type Partition } from "../state/partition.js";
import type { Author, Keep, Operation } from "./operation.js";

export interface Unit {
  readonly partition: Partition;
  readonly author: Author;
  readonly operations: Operation[];
}

export function beginUnit(partition: Partition): Unit {
  return {
    partition,
    author: { stamp: nextStamp(partition), origin: partition.own, context: undefined },
    operations: [],
  };
}

/** Makes the operation real here and notes it for the log. */
export function perform(unit: Unit, operation: Operation): number {
  unit.operations.push(operation);
  return applyOperation(unit.partition, operation, unit.author);
}

/** The key as a local command sees it: one that has expired is removed first, and that is logged. */
export function openKey(unit: Unit, key: string): KeyState {
  const { partition } = unit;
  let state = loadKey(partition, key);
  if (isExpired(partition, state)) {
    expireKey(unit, state);
    state = loadKey(partition, key);
  }
  partition.opened = state;
  return state;
}

/** Logs that the key's time has passed: an observed-remove of all that is here. */
export function expireKey(unit: Unit, state: KeyState): void {
  perform(unit, ["X", state.key, keyResetsOf(unit.partition, state, "")]);
}

/** The keep of a write of `type` that leaves the key's deadline as it is. */
export function keepOf(unit: Unit, state: KeyState, type: TypeCode): Keep {
  if (state.shown === "") return [0, 1, false];
  const hidden: Packed[] | false = kindsOf(state) > 1 ? keyResetsOf(unit.partition, state, type) : false;
  return [rulingDeadline(unit.partition, state), 0, hidden];
}

/** The stream id of a stamp; in a busy millisecond only its sequence is put in digits. */
function logId(partition: Partition, stamp: number): string {
  const ms = stampMs(stamp);
  if (ms !== partition.idMs) {
    partition.idMs = ms;
    partition.idMsText = host.integerText(ms) + "-";
  }
  return partition.idMsText + host.integerText(stamp - stampAt(ms));
}

/** Appends the entry. */
export function commit(unit: Unit): void {
  const { partition, operations, author } = unit;
  if (operations.length === 0) return;
  const { own, origins, vector } = partition;
  const dependencies: Packed[] = [];
  for (const index in partition.changed) {
    const origin = host.toNumber(`${index}`, 10);
    dependencies.push(origins[origin]!, vector[origin]!);
  }
  const payload = host.pack([vector[own] ?? 0, dependencies, operations]);
  host.call("XADD", partition.ownLog, logId(partition, author.stamp), "e", payload);
  vector[own] = author.stamp;
  partition.last = author.stamp;
  if (dependencies.length > 0) partition.changed = {};
}
