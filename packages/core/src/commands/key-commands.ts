/** Whole keys: DEL, EXPIRE and its relatives, RENAME, COPY, FLUSHALL, PUBLISH. */
import { errors, expireError, isRefused, OK, refuse } from "../errors.js";
import type { Packed, Reply } from "../host.js";
import { counterResets } from "../effects/flush.js";
import { shownValue } from "../log/expiry.js";
import { packedSize } from "../log/packed-size.js";
import { openKey, perform, type Unit } from "../log/unit.js";
import { sizeError } from "../scripts/unit-room.js";
import { countKeysOfSlot } from "../state/key-count.js";
import { onKey, onKeys, onNoKey, type Command } from "./command.js";
import { mayExpire, parseExpireConditions } from "./expire-options.js";
import { countArgument, deadlineOf, int64Argument } from "./numbers.js";
import { exists, putValue, removeKey, setDeadline } from "./opened.js";

/** True where the server has nothing of a hash or set: somebody removed it past Meridian. */
function isGone(value: Packed): boolean {
  return typeof value === "object" && value.length === 0;
}

function del(unit: Unit, args: string[]): Reply {
  let removed = 0;
  for (let at = 1; at < args.length; at++) {
    if (removeKey(unit, openKey(unit, args[at]!))) removed++;
  }
  return removed;
}

function expire(isSeconds: boolean, isAbsolute: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    const conditions = parseExpireConditions(args, 3);
    if (isRefused(conditions)) return conditions;
    const amount = int64Argument(args[2]!);
    if (isRefused(amount)) return amount;
    const deadline = deadlineOf(amount, isSeconds, isAbsolute ? 0 : unit.partition.now);
    if (deadline === undefined) return expireError(args[0]!);
    const state = openKey(unit, args[1]!);
    if (!exists(state) || !mayExpire(conditions, deadline, state.nativeDeadline)) return 0;
    if (deadline <= unit.partition.now) removeKey(unit, state);
    else setDeadline(unit, state, deadline);
    return 1;
  };
}

function persist(unit: Unit, args: string[]): Reply {
  const state = openKey(unit, args[1]!);
  if (!exists(state) || state.nativeDeadline === 0) return 0;
  setDeadline(unit, state, 0);
  return 1;
}

/** RENAME source destination: the value that shows is written there and removed here. */
function rename(onlyIfAbsent: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    const source = openKey(unit, args[1]!);
    if (!exists(source)) return refuse(errors.noSuchKey);
    if (args[1] === args[2]) return onlyIfAbsent ? 0 : OK;
    const destination = openKey(unit, args[2]!);
    if (onlyIfAbsent && exists(destination)) return 0;
    const value = shownValue(source);
    if (isGone(value)) return refuse(errors.noSuchKey);
    const refused = sizeError(unit, packedSize(value));
    if (refused !== undefined) return refused;
    putValue(unit, args[2]!, source.shown, value, source.nativeDeadline);
    removeKey(unit, openKey(unit, args[1]!));
    return onlyIfAbsent ? 1 : OK;
  };
}

/** COPY source destination [DB 0] [REPLACE] */
function copy(unit: Unit, args: string[]): Reply {
  let replace = false;
  for (let at = 3; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "REPLACE") {
      replace = true;
    } else if (word === "DB" && at + 1 < args.length) {
      const database = countArgument(args[at + 1]!);
      if (isRefused(database)) return database;
      if (database !== 0) return refuse(errors.databaseIndex);
      at++;
    } else {
      return refuse(errors.syntax);
    }
  }
  if (args[1] === args[2]) return refuse(errors.sameObjects);
  const source = openKey(unit, args[1]!);
  if (!exists(source)) return 0;
  const destination = openKey(unit, args[2]!);
  if (exists(destination) && !replace) return 0;
  const value = shownValue(source);
  if (isGone(value)) return 0;
  const refused = sizeError(unit, packedSize(value));
  if (refused !== undefined) return refused;
  putValue(unit, args[2]!, source.shown, value, source.nativeDeadline);
  return 1;
}

/**
 * FLUSHALL [SYNC|ASYNC]: a delete of every key that is here. Of a slot in which there is none nothing is logged: there are thousands of
 * them, and an entry in each would open them all in every region.
 */
function flush(unit: Unit, args: string[]): Reply {
  const word = args.length > 1 ? args[1]!.toUpperCase() : "SYNC";
  if (args.length > 2 || (word !== "SYNC" && word !== "ASYNC")) return refuse(errors.syntax);
  const { partition } = unit;
  const { isSlot } = partition.deployment;
  // Which keys of the node are the slot's nobody here knows.
  if (isSlot && partition.adoption !== undefined) return refuse(errors.flushAdopting);
  const isEmptySlot = isSlot && partition.views === undefined && countKeysOfSlot(partition.root, partition) === 0;
  if (!isEmptySlot) perform(unit, ["Z", counterResets(partition)]);
  return OK;
}

function publish(code: "M" | "m") {
  return (unit: Unit, args: string[]): Reply => perform(unit, [code, args[1]!, args[2]!]);
}

export const keyCommands: Record<string, Command> = {
  DEL: onKeys(-2, -1, 1, del),
  UNLINK: onKeys(-2, -1, 1, del),
  EXPIRE: onKey(-3, expire(true, false)),
  PEXPIRE: onKey(-3, expire(false, false)),
  EXPIREAT: onKey(-3, expire(true, true)),
  PEXPIREAT: onKey(-3, expire(false, true)),
  PERSIST: onKey(2, persist),
  RENAME: onKeys(3, 2, 1, rename(false)),
  RENAMENX: onKeys(3, 2, 1, rename(true)),
  COPY: onKeys(-3, 2, 1, copy),
  FLUSHALL: onNoKey(-1, flush),
  FLUSHDB: onNoKey(-1, flush),
  PUBLISH: onNoKey(3, publish("M")),
  /** A cluster takes the channel for a key. */
  SPUBLISH: { ...onNoKey(3, publish("m")), keysOf: (args) => [args[1]!] },
};
