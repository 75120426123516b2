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
import { host } from "../host.js";
import { adoptOnTouch } from "./adopting.js";
import { bucketKey } from "./bucket-names.js";
import { newestDot, shownText, winner, WEAK, isLive, covers } from "../types/cell.js";
import {
  AGGREGATES,
  decodeKey,
  emptyMeta,
  encodeKey,
  type AggregateCode,
  type Deadline,
  type KeyMeta,
  type TypeCode,
} from "./codec.js";
import { dropConflict, noteConflict } from "./conflicts.js";
import { noteKeys } from "./key-count.js";
import { kindOf } from "./kind.js";
import { hiddenKey } from "./names.js";
import type { LargeExport } from "../sync/large-values.js";
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
  if (partition.largeExports !== undefined) noteTouched(partition.largeExports, key);
  const bucket = bucketKey(partition, key);
  let stored = host.call("HGET", bucket, key) as string | false;
  if (stored === false && partition.adoption !== undefined) {
    stored = adoptOnTouch(partition, partition.adoption, key, bucket);
  }
  partition.peekedKey = key;
  partition.peekedBucket = bucket;
  partition.peekedStored = stored;
  return stored;
}

/** Whoever looks at a key may go on to write to it. */
function noteTouched(exports: Record<string, LargeExport | undefined>, key: string): void {
  for (const region in exports) {
    const large = exports[region];
    if (large?.keys[key] === true) large.isTouched = true;
  }
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
  let count = isLive(meta.cell) ? 1 : 0;
  for (const code of AGGREGATES) if (meta.alive[code] === true) count++;
  return count;
}

/** The native key of a type that is alive under the key: the user's own, or where it is kept while hidden. */
export function nativeOf(partition: Partition, state: KeyState, code: AggregateCode): string {
  return state.shown === code ? state.key : hiddenKey(partition.root, code, state.key);
}

/** Before a part of the type is written: it lives, and shows where nothing else does. Returns its native key. */
export function claim(partition: Partition, state: KeyState, code: AggregateCode): string {
  if (state.shown !== code) {
    if (kindsOf(state) === 0) {
      if (state.shown !== "") dropNative(state);
      state.shown = code;
    } else if (state.alive[code] !== true) {
      noteConflict(partition, state.key, "clash", "", undefined);
    }
  }
  state.alive[code] = true;
  return nativeOf(partition, state, code);
}

/** Nothing of the type is left: its native key goes. */
export function forget(partition: Partition, state: KeyState, code: AggregateCode): void {
  delete state.alive[code];
  delete state.counted[code];
  if (code === "p") state.sketches = [];
  if (state.shown === code) dropNative(state);
  else host.call("UNLINK", hiddenKey(partition.root, code, state.key));
}

/** Value and metadata of all parts go, for what is left to be written anew. Returns the native key; settling sets its deadline. */
export function unlinkParts(partition: Partition, state: KeyState, code: AggregateCode, side: string): string {
  const native = nativeOf(partition, state, code);
  host.call("UNLINK", native, side);
  if (state.shown === code) state.nativeDeadline = 0;
  return native;
}

/** The shown type is gone: so is the native key. */
export function dropNative(state: KeyState): void {
  host.call("UNLINK", state.key);
  state.shown = "";
  state.nativeDeadline = 0;
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
  if (kindsOf(state) <= 1) return onlyType(state);
  let best: TypeCode = "";
  let bestDot: [number, number] | undefined;
  if (isLive(state.cell)) {
    best = "s";
    bestDot = newestDot(partition, state.cell);
  }
  for (const code of AGGREGATES) {
    if (state.alive[code] !== true) continue;
    const dot = kindOf(code).newest(partition, state);
    if (dot !== undefined && (bestDot === undefined || isAfter(partition, dot[0], dot[1], bestDot[0], bestDot[1]))) {
      best = code;
      bestDot = dot;
    }
  }
  return best;
}

function onlyType(state: KeyState): TypeCode {
  for (const code of AGGREGATES) if (state.alive[code] === true) return code;
  return isLive(state.cell) ? "s" : "";
}

/** Moves what shows out of the user's key: a text into its register, an aggregate to its hidden name. */
function hide(partition: Partition, state: KeyState): void {
  const { shown } = state;
  if (shown === "") return;
  if (shown === "s" || state.alive[shown] !== true) {
    if (shown === "s") keepValues(state);
    host.call("UNLINK", state.key);
  } else {
    const hidden = hiddenKey(partition.root, shown, state.key);
    if (host.call("EXISTS", state.key) === 1) {
      host.call("RENAME", state.key, hidden);
      if (state.nativeDeadline > 0) host.call("PERSIST", hidden);
    }
  }
  state.nativeDeadline = 0;
}

/** Brings what shows now to the user's key. */
function show(partition: Partition, state: KeyState): void {
  const { shown } = state;
  if (shown === "s") {
    writeText(partition, state);
  } else if (shown !== "") {
    const hidden = hiddenKey(partition.root, shown, state.key);
    if (host.call("EXISTS", hidden) === 1) host.call("RENAME", hidden, state.key);
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
  const text = encodeKey(state, state.shown === "s" ? winner(partition, state.cell) : undefined);
  if (text === "") {
    if (state.stored !== undefined) noteKeys(partition, -(host.call("HDEL", state.bucket, state.key) as number));
    dropConflict(partition, state.key);
  } else if (text !== state.stored) {
    noteKeys(partition, host.call("HSET", state.bucket, state.key, text));
  }
}
