/**
 * What `meridian verify --repair` asks of a region, about one key whose value differs from that of others.
 *
 *     salvage key               [fingerprint, payload as DUMP gives it ("": no value), expiry (-1 never), [vector]]
 *     discard key fingerprint   this region forgets the key, value and metadata; nothing is logged
 *     adopt key fingerprint     the native value becomes a write made here and now, whatever was known of the key before: it
 *                               is logged, and replaces the key in every region. No value: the key is deleted so
 *
 * What can't be adopted is not salvaged either, so that no region forgets what is not written anew elsewhere. The last two do
 * it only where the key still is as it was salvaged, so nothing is lost that is not in the copy. A region that differs
 * discards first, for what it holds may be of another type than what comes.
 */
import { errors, isRefused, refuse, reservedError, type ErrorReply } from "../errors.js";
import { digestWhole } from "../digest/key-digest.js";
import { sizesOf } from "../digest/parts.js";
import { tallyText } from "../digest/tally.js";
import { keyResetsOf } from "../effects/clear.js";
import { errorOf, host, type Packed, type Reply } from "../host.js";
import { beginUnit, commit, note, perform } from "../log/unit.js";
import { AGGREGATES } from "../state/codec.js";
import { dropConflict } from "../state/conflicts.js";
import { noteKeys } from "../state/key-count.js";
import { loadKey, type KeyState } from "../state/key-state.js";
import { kindOf } from "../state/kind.js";
import { groupsKey, hiddenKey } from "../state/names.js";
import { closedError } from "../state/membership.js";
import type { Partition } from "../state/partition.js";
import { isReserved } from "../state/reserved.js";
import { readAny, type Restored } from "./restore-command.js";
import { vectorReply } from "./state.js";

/** What one answer carries, and what one call may take its time for. */
const COPY_BYTES_MAX = 67108864;
const COPY_PARTS_MAX = 1000000;
/** What a log entry holds. */
const ADOPTED_BYTES_MAX = 511 * 1048576;
/** What each part of a list takes at most beside its bytes. */
const PART_HEAD_BYTES = 5;

export function salvage(partition: Partition, args: string[]): Reply {
  const state = stateOf(partition, args[1], "salvage takes a key");
  if (isRefused(state)) return state;
  if (isTooLarge(partition, state)) return refuse(errors.tooLargeToCopy);
  const value = valueOf(partition, state);
  if (value !== undefined && isRefused(value)) return value;
  const payload = host.call("DUMP", state.key);
  return [
    fingerprint(partition, state, payload),
    typeof payload === "string" ? payload : "",
    expiryOf(state.key),
    vectorReply(partition),
  ];
}

export function discard(partition: Partition, args: string[]): Reply {
  const state = sameAs(partition, args, "discard takes a key and its fingerprint");
  if (isRefused(state)) return state;
  forgetKey(partition, state);
  return { ok: "OK" };
}

export function adopt(partition: Partition, args: string[]): Reply {
  const state = sameAs(partition, args, "adopt takes a key and its fingerprint");
  if (isRefused(state)) return state;
  const value = valueOf(partition, state);
  if (value !== undefined && isRefused(value)) return value;
  const { key } = state;
  const deadline = expiryOf(key);
  const resets = keyResetsOf(partition, state, "");
  const wasKnown = state.stored !== undefined;
  const unit = beginUnit(partition);
  forgetKey(partition, state);
  if (value !== undefined) {
    perform(unit, ["P", key, value.type, value.value, deadline > 0 ? deadline : 0, resets]);
  } else if (wasKnown) {
    note(unit, ["D", key, resets]);
  }
  commit(unit);
  return vectorReply(partition);
}

function stateOf(partition: Partition, key: string | undefined, usage: string): KeyState | ErrorReply {
  if (key === undefined) return refuse(`MERIDIAN_BADREPAIR ${usage}`);
  if (isReserved(partition.deployment.reserved, key)) return refuse(reservedError(partition.deployment.reserved));
  return loadKey(partition, key);
}

/** The key, where it still is what was copied. */
function sameAs(partition: Partition, args: string[], usage: string): KeyState | ErrorReply {
  if (partition.deployment.closed !== "") return closedError(partition.deployment.closed);
  const state = stateOf(partition, args[2] === undefined ? undefined : args[1], usage);
  if (isRefused(state)) return state;
  if (isTooLarge(partition, state)) return refuse(errors.tooLargeToCopy);
  return fingerprint(partition, state, host.call("DUMP", state.key)) === args[2] ? state : refuse(errors.keyChanged);
}

/** Of value, expiry and all that is known of the key; it means something to this server only. */
function fingerprint(partition: Partition, state: KeyState, payload: Reply): string {
  const { tally } = digestWhole(partition, state);
  const known = (state.stored ?? "") + (tally === undefined ? "" : tallyText(tally));
  const native = typeof payload === "string" ? payload : "";
  return host.sha1hex(`${host.sha1hex(known)} ${host.integerText(expiryOf(state.key))} ${host.sha1hex(native)}`);
}

function expiryOf(key: string): number {
  const at = host.call("PEXPIRETIME", key) as number;
  return at > 0 ? at : -1;
}

function isTooLarge(partition: Partition, state: KeyState): boolean {
  const { key } = state;
  for (const command of ["STRLEN", "HLEN", "SCARD", "ZCARD", "LLEN", "XLEN"]) {
    const size = host.pcall(command, key);
    if (errorOf(size) !== undefined) continue;
    if ((size as number) > (command === "STRLEN" ? COPY_BYTES_MAX : COPY_PARTS_MAX)) return true;
  }
  for (const code of AGGREGATES) {
    if (state.alive[code] === true && sizesOf(partition, state, code).known > COPY_PARTS_MAX) return true;
  }
  return false;
}

/** The native value in the form that a P carries; undefined: there is none. */
function valueOf(partition: Partition, state: KeyState): Restored | ErrorReply | undefined {
  const { key } = state;
  if (host.call("EXISTS", key) === 0) return undefined;
  const { ok: type } = host.call("TYPE", key) as { ok: string };
  if (type === "string" && state.shown === "s") return { type: "s", value: host.call("GET", key) as string };
  if (type === "stream" && hasGroups(partition, key)) return refuse(errors.groupsNotAdopted);
  const value = readAny(key);
  if (value === undefined) return refuse(errors.foreignType);
  return packedBytes(value.value) > ADOPTED_BYTES_MAX ? refuse(errors.tooLarge) : value;
}

function packedBytes(value: Packed): number {
  if (typeof value === "string") return value.length;
  let bytes = 0;
  for (const part of value as string[]) bytes += part.length + PART_HEAD_BYTES;
  return bytes;
}

function hasGroups(partition: Partition, key: string): boolean {
  if ((host.call("XINFO", "GROUPS", key) as Reply[]).length > 0) return true;
  for (const field of host.call("HKEYS", groupsKey(partition.root, key)) as string[]) {
    if (field.substring(0, 1) === "g") return true;
  }
  return false;
}

/** Value, hidden values and metadata go; the log doesn't know. */
function forgetKey(partition: Partition, state: KeyState): void {
  const { root } = partition;
  const names = [state.key];
  for (const code of AGGREGATES) {
    names.push(hiddenKey(root, code, state.key));
    for (const side of kindOf(code).sides(root, state.key)) names.push(side);
  }
  host.call("UNLINK", ...names);
  partition.peekedKey = undefined;
  partition.opened = undefined;
  if (state.stored !== undefined) noteKeys(partition, -(host.call("HDEL", state.bucket, state.key) as number));
  dropConflict(partition, state.key);
}
