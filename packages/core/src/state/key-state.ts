/**
 * One key, loaded: its metadata, and the native value kept in step with it.
 *
 * Effects change the metadata and then `settle`: it decides which type shows, moves values between the native key
 * and the metadata where that changed, writes what shows, sets the deadline, and saves.
 *
 * Invariants
 * 1. The native key holds the shown type, the value that shows, and the ruling deadline; nothing else.
 * 2. A register without a value is the winner of the shown type: its value is the native one.
 * 3. What is gone leaves no metadata but deadlines set concurrently with the removal, which `sweep` removes.
 */
import { callInPieces, host } from "../host.js";
import { newestDot, shownText, winner, WEAK, isLive, covers, type Cell } from "../types/cell.js";
import {
  decodeCell,
  decodeDots,
  decodeKey,
  emptyMeta,
  encodeCell,
  encodeKey,
  type Deadline,
  type KeyMeta,
  type TypeCode,
} from "./codec.js";
import { bucketKey, fieldsKey, membersKey } from "./names.js";
import { isAfter, type Partition, type Vector } from "./partition.js";

export interface KeyState extends KeyMeta {
  readonly key: string;
  readonly bucket: string;
  /** The metadata as stored; undefined where there is none. */
  readonly stored: string | undefined;
  /** The deadline of the native key; 0 none. */
  nativeDeadline: number;
  /** The string cell changed: what shows must be written. */
  cellChanged: boolean;
}

/** The key as it is; what a command has opened a moment ago is not read again. */
export function loadKey(partition: Partition, key: string): KeyState {
  const { opened } = partition;
  if (opened !== undefined) {
    partition.opened = undefined;
    if (opened.key === key) return opened;
  }
  const stored = peek(partition, key);
  return loadFrom(partition, key, partition.peekedBucket, stored);
}

/** The metadata of a key as stored, read once until something is written. */
export function peek(partition: Partition, key: string): string | false {
  if (partition.peekedKey === key) return partition.peekedStored;
  const bucket = bucketKey(partition.bucketPrefix, key);
  const stored = host.call("HGET", bucket, key) as string | false;
  partition.peekedKey = key;
  partition.peekedBucket = bucket;
  partition.peekedStored = stored;
  return stored;
}

export function loadFrom(partition: Partition, key: string, bucket: string, stored: string | false): KeyState {
  const state = (stored === false ? emptyMeta() : decodeKey(stored)) as unknown as KeyState & {
    key: string;
    bucket: string;
    stored: string | undefined;
  };
  state.key = key;
  state.bucket = bucket;
  state.stored = stored === false ? undefined : stored;
  state.cellChanged = false;
  state.nativeDeadline = state.shown === "" ? 0 : rulingDeadline(partition, state);
  return state;
}

/** Unix ms at which the key expires; 0 never. */
export function rulingDeadline(partition: Partition, meta: KeyMeta): number {
  if (meta.shown === "s") {
    const register = winner(partition, meta.cell);
    if (register !== undefined && register.expiresAt !== WEAK) return register.expiresAt;
  }
  return latest(meta.deadlines.length > 0 ? meta.deadlines : meta.weakDeadlines);
}

/** The longest wins; none is longer than any. */
function latest(deadlines: Deadline[]): number {
  let at = 0;
  for (const deadline of deadlines) {
    if (deadline.at === 0) return 0;
    if (deadline.at > at) at = deadline.at;
  }
  return at;
}

/** True where something shows but its time has passed by this call's clock. */
export function hasPassed(partition: Partition, state: KeyState): boolean {
  return state.shown !== "" && state.nativeDeadline > 0 && state.nativeDeadline <= partition.now;
}

/** The same for a key about to be used; one that the server dropped before its clock was set back is gone too. */
export function isExpired(partition: Partition, state: KeyState): boolean {
  if (state.shown === "" || state.nativeDeadline === 0) return false;
  return state.nativeDeadline <= partition.now || host.call("EXISTS", state.key) === 0;
}

/** How many types are alive under the key. */
export function kindsOf(meta: KeyMeta): number {
  return (isLive(meta.cell) ? 1 : 0) + (meta.hasHash ? 1 : 0) + (meta.hasSet ? 1 : 0);
}

export function uncovered(deadlines: Deadline[], context: Vector | undefined): Deadline[] {
  if (deadlines.length === 0) return deadlines;
  const kept: Deadline[] = [];
  for (const deadline of deadlines) if (!covers(context, deadline.stamp, deadline.origin)) kept.push(deadline);
  return kept;
}

/** Reads the native value into the register that has none, before something else is written over it. */
export function keepValues(state: KeyState): void {
  for (const register of state.cell.registers) {
    if (register.value === undefined) {
      const value = host.call("GET", state.key);
      register.value = value === false ? "" : (value as string);
    }
  }
}

/** Brings native value, deadline and stored metadata in step with the state. */
export function settle(partition: Partition, state: KeyState): void {
  const target = chooseShown(partition, state);
  if (target !== state.shown) {
    hide(partition, state);
    state.shown = target;
    show(partition, state);
  } else if (target === "s" && state.cellChanged) {
    writeText(partition, state);
  }
  if (target !== "") {
    const deadline = rulingDeadline(partition, state);
    if (deadline !== state.nativeDeadline) writeDeadline(partition, state, deadline);
  }
  save(partition, state);
}

/** The type with the newest live dot. */
function chooseShown(partition: Partition, state: KeyState): TypeCode {
  if (kindsOf(state) <= 1) return isLive(state.cell) ? "s" : state.hasHash ? "h" : state.hasSet ? "e" : "";
  let best: TypeCode = "";
  let bestDot: [number, number] | undefined;
  for (const type of ["s", "h", "e"] as const) {
    const dot = newestOfType(partition, state, type);
    if (dot !== undefined && (bestDot === undefined || isAfter(partition, dot[0], dot[1], bestDot[0], bestDot[1]))) {
      best = type;
      bestDot = dot;
    }
  }
  return best;
}

function newestOfType(partition: Partition, state: KeyState, type: TypeCode): [number, number] | undefined {
  if (type === "s") return newestDot(partition, state.cell);
  let best: [number, number] | undefined;
  const consider = (dot: [number, number] | undefined): void => {
    if (dot !== undefined && (best === undefined || isAfter(partition, dot[0], dot[1], best[0], best[1]))) best = dot;
  };
  if (type === "h" && state.hasHash) {
    eachCell(partition, state, (_field, cell) => consider(newestDot(partition, cell)));
  }
  if (type === "e" && state.hasSet) {
    eachMember(partition, state, (_member, dots) => {
      for (const dot of dots) consider(dot);
    });
  }
  return best;
}

/** Moves the shown values into the metadata and removes the native key. */
function hide(partition: Partition, state: KeyState): void {
  if (state.shown === "") return;
  if (state.shown === "s") keepValues(state);
  else if (state.shown === "h" && state.hasHash) keepFieldValues(partition, state);
  host.call("UNLINK", state.key);
  state.nativeDeadline = 0;
}

/** Calls back for every field that has a cell. */
export function eachCell(partition: Partition, state: KeyState, visit: (field: string, cell: Cell) => void): void {
  const flat = host.call("HGETALL", fieldsKey(partition.root, state.key)) as string[];
  for (let at = 0; at < flat.length; at += 2) visit(flat[at]!, decodeCell(flat[at + 1]!));
}

/** Calls back for every member that has dots. */
export function eachMember(
  partition: Partition,
  state: KeyState,
  visit: (member: string, dots: [number, number][]) => void,
): void {
  const flat = host.call("HGETALL", membersKey(partition.root, state.key)) as string[];
  for (let at = 0; at < flat.length; at += 2) visit(flat[at]!, decodeDots(flat[at + 1]!));
}

/** Before a shown hash is hidden: every cell takes the value that was only native. */
function keepFieldValues(partition: Partition, state: KeyState): void {
  const cells: string[] = [];
  eachCell(partition, state, (field, cell) => {
    for (const register of cell.registers) {
      if (register.value === undefined) register.value = textOr(host.call("HGET", state.key, field));
    }
    cells.push(field, encodeCell(cell, false, undefined));
  });
  if (cells.length > 0) callInPieces("HSET", fieldsKey(partition.root, state.key), cells);
}

function textOr(reply: unknown): string {
  return typeof reply === "string" ? reply : "";
}

/** Builds the native key of the shown type from the metadata. */
function show(partition: Partition, state: KeyState): void {
  if (state.shown === "s") {
    writeText(partition, state);
  } else if (state.shown === "h") {
    const values: string[] = [];
    const cells: string[] = [];
    eachCell(partition, state, (field, cell) => {
      values.push(field, shownText(partition, cell) ?? "");
      cells.push(field, encodeCell(cell, true, winner(partition, cell)));
    });
    callInPieces("HSET", state.key, values);
    callInPieces("HSET", fieldsKey(partition.root, state.key), cells);
  } else if (state.shown === "e") {
    callInPieces("SADD", state.key, host.call("HKEYS", membersKey(partition.root, state.key)) as string[]);
  }
}

function writeText(partition: Partition, state: KeyState): void {
  const text = shownText(partition, state.cell);
  if (text === undefined) return;
  const deadline = rulingDeadline(partition, state);
  if (deadline > 0) host.call("SET", state.key, text, "PXAT", nativeDeadline(partition, state.key, deadline));
  else host.call("SET", state.key, text);
  state.nativeDeadline = deadline;
}

function writeDeadline(partition: Partition, state: KeyState, deadline: number): void {
  if (deadline > 0) host.call("PEXPIREAT", state.key, nativeDeadline(partition, state.key, deadline));
  else host.call("PERSIST", state.key);
  state.nativeDeadline = deadline;
}

const PUT_OFF_MS = 60000;

/**
 * The deadline as the server gets it. Within an entry of several operations one that has passed on the way is put off:
 * the server would drop the value at once, and the next operation may extend it. `dropPassed` makes up for it.
 */
export function nativeDeadline(partition: Partition, key: string, deadline: number): string {
  const { putOff } = partition;
  if (putOff === undefined || deadline > partition.now) return host.integerText(deadline);
  putOff.push(key);
  return host.integerText(partition.now + PUT_OFF_MS);
}

/** At the end of the entry: what is still past its deadline goes. */
export function dropPassed(partition: Partition): void {
  const { putOff } = partition;
  partition.putOff = undefined;
  if (putOff === undefined) return;
  for (const key of putOff) {
    const state = loadKey(partition, key);
    if (hasPassed(partition, state)) host.call("PEXPIREAT", key, host.integerText(state.nativeDeadline));
  }
}

function save(partition: Partition, state: KeyState): void {
  partition.peekedKey = undefined;
  if (state.shown === "") {
    state.deadlines = pending(partition, state.deadlines);
    state.weakDeadlines = pending(partition, state.weakDeadlines);
  }
  const text = encodeKey(state, state.shown === "s" ? winner(partition, state.cell) : undefined);
  if (text === "") {
    if (state.stored !== undefined) host.call("HDEL", state.bucket, state.key);
  } else if (text !== state.stored) {
    host.call("HSET", state.bucket, state.key, text);
  }
}

/** Deadlines of a key without value matter only until they pass. */
function pending(partition: Partition, deadlines: Deadline[]): Deadline[] {
  if (deadlines.length === 0) return deadlines;
  const kept: Deadline[] = [];
  for (const deadline of deadlines) if (deadline.at === 0 || deadline.at > partition.now) kept.push(deadline);
  return kept;
}
