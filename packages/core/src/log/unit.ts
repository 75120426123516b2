/**
 * The unit: one atomic step of local commands, one stamp, one log entry.
 *
 * A command validates, then does operations: each takes effect at once, so the next command of the unit sees it, and
 * is noted; `commit` appends them all as one entry. Nothing is appended where nothing was done.
 */
import { host, type Packed } from "../host.js";
import { stampAt, stampMs } from "../clock/stamp.js";
import { applyOperation } from "../effects/operations.js";
import { keyResetsOf } from "../effects/clear.js";
import { isExpired, kindsOf, loadKey, rulingDeadline, type KeyState } from "../state/key-state.js";
import type { TypeCode } from "../state/codec.js";
import { noteFresh } from "../state/fresh.js";
import { nextStamp, type Partition } from "../state/partition.js";
import { findLive } from "../state/whole.js";
import { declareSeen } from "../sync/declared.js";
import { frameOf, FRAMES_FIELD } from "./frames.js";
import type { Author, Keep, Operation } from "./operation.js";

export interface Unit {
  partition: Partition;
  readonly author: Author;
  /** Undefined until something was done. */
  operations: Operation[] | undefined;
  /** How many list elements it made so far: each has an index of its own. */
  elements: number;
}

let unit: Unit | undefined;

/** Units follow one another and never nest, so one object serves them all. */
export function beginUnit(partition: Partition): Unit {
  if (unit === undefined) {
    const author = { stamp: 0, origin: 0, context: undefined };
    unit = { partition, author, operations: undefined, elements: 0 };
  }
  unit.partition = partition;
  unit.author.stamp = nextStamp(partition);
  unit.author.origin = partition.own;
  unit.operations = undefined;
  unit.elements = 0;
  return unit;
}

/** Makes the operation real here and notes it for the log. */
export function perform(unit: Unit, operation: Operation): number {
  note(unit, operation);
  return applyOperation(unit.partition, operation, unit.author);
}

/** Notes an operation for the log whose effect the caller brings about. */
export function note(unit: Unit, operation: Operation): void {
  if (unit.operations === undefined) unit.operations = [operation];
  else unit.operations.push(operation);
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

/** Texts of the sequences 0 to 4095 of a stream id, as they are first needed. */
const sequenceTexts: Record<number, string | undefined> = {};

/** The milliseconds of the latest stream id, and their text. */
let idMs = 0;
let idMsText = "0-";

/** The stream id of a stamp; in a busy millisecond nothing of it is put in digits anew. */
function logId(stamp: number): string {
  const ms = stampMs(stamp);
  if (ms !== idMs) {
    idMs = ms;
    idMsText = host.integerText(ms) + "-";
  }
  const sequence = stamp - stampAt(ms);
  let text = sequenceTexts[sequence];
  if (text === undefined) {
    text = host.integerText(sequence);
    sequenceTexts[sequence] = text;
  }
  return idMsText + text;
}

const NO_DEPENDENCIES: Packed[] = [];
/** [previous, dependencies, operations], filled anew for each entry. */
const entry: Packed[] = [0, NO_DEPENDENCIES, NO_DEPENDENCIES];

/** Appends the entry. */
export function commit(unit: Unit): void {
  const { operations } = unit;
  if (operations === undefined) return;
  const { partition } = unit;
  const { stamp } = unit.author;
  const { own, vector } = partition;
  const dependencies =
    partition.changed !== undefined ? takeDependencies(partition, partition.changed) : NO_DEPENDENCIES;
  entry[0] = vector[own] ?? 0;
  entry[1] = dependencies;
  entry[2] = partition.views === undefined ? operations : declareSeen(partition, partition.views, operations);
  host.call("XADD", partition.ownLog, logId(stamp), FRAMES_FIELD, frameOf(stamp, host.pack(entry)));
  noteFresh(partition.root);
  const isFirst = vector[own] === undefined;
  vector[own] = stamp;
  if (isFirst) findLive(partition);
  partition.last = stamp;
}

/** What the vector gained since our entry before: [origin stamp ...]. */
function takeDependencies(partition: Partition, changed: Record<number, true>): Packed[] {
  const dependencies: Packed[] = [];
  for (const index in changed) {
    const origin = host.toNumber(`${index}`, 10);
    dependencies.push(partition.origins[origin]!, partition.vector[origin]!);
  }
  partition.changed = undefined;
  return dependencies;
}
