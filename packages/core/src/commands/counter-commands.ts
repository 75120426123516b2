/** Counters: INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT. All regions' increments sum. */
import { errors, isRefused, refuse } from "../errors.js";
import type { Reply } from "../host.js";
import { writeCounter } from "../effects/plain.js";
import { keepOf, note, perform, type Unit } from "../log/unit.js";
import { negateDecimal } from "../number/decimal.js";
import type { KeyState } from "../state/key-state.js";
import type { Counter } from "../types/cell.js";
import { onKey, type Command } from "./command.js";
import { floatSum, incrementOperation, integerSum, isSaturated } from "./counting.js";
import { floatArgument, int64Argument, integerReply } from "./numbers.js";
import { amendString, exists, openTyped, plainCounter, PLAIN_KEEP, textOf } from "./opened.js";

const INT64_MIN = "-9223372036854775808";

function add(unit: Unit, key: string, by: string): Reply {
  const counter = plainCounter(unit, key);
  if (counter !== undefined && counter.origin === unit.partition.own) return addTo(unit, key, counter, by);
  const state = openTyped(unit, key, "s");
  if (isRefused(state)) return state;
  const current = exists(state) ? textOf(state) : "0";
  const sum = integerSum(current, by, errors.notInteger);
  if (isRefused(sum)) return sum;
  count(unit, state, current, by, sum, false);
  return integerReply(sum);
}

/** The sole counter of the key is ours: what shows is its sum. */
function addTo(unit: Unit, key: string, { epoch, sum, stamp }: Counter, by: string): Reply {
  const next = integerSum(sum, by, errors.notInteger);
  if (isRefused(next)) return next;
  note(unit, ["I", key, false, epoch, sum, stamp, next, 0, PLAIN_KEEP]);
  writeCounter(unit.partition, key, epoch, next, unit.author);
  return integerReply(next);
}

function count(unit: Unit, state: KeyState, current: string, by: string, sum: string, isFloat: boolean): void {
  if (isSaturated(state.cell, current)) amendString(unit, state, sum);
  else
    perform(unit, incrementOperation(unit, ["I", state.key, false], state.cell, by, isFloat, keepOf(unit, state, "s")));
}

function incrby(unit: Unit, args: string[]): Reply {
  const by = int64Argument(args[2]!);
  return isRefused(by) ? by : add(unit, args[1]!, by);
}

function decrby(unit: Unit, args: string[]): Reply {
  const by = int64Argument(args[2]!);
  if (isRefused(by)) return by;
  if (by === INT64_MIN) return refuse(errors.decrementOverflow);
  return add(unit, args[1]!, negateDecimal(by));
}

function incrbyfloat(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "s");
  if (isRefused(state)) return state;
  const current = exists(state) ? textOf(state) : "0";
  if (floatArgument(current) === undefined) return refuse(errors.notFloat);
  const by = floatArgument(args[2]!);
  if (by === undefined) return refuse(errors.notFloat);
  const result = floatSum(current, by, errors.notFloat);
  if (isRefused(result)) return result;
  count(unit, state, current, result.by, result.sum, true);
  return result.sum;
}

export const counterCommands: Record<string, Command> = {
  INCR: onKey(2, (unit, args) => add(unit, args[1]!, "1")),
  DECR: onKey(2, (unit, args) => add(unit, args[1]!, "-1")),
  INCRBY: onKey(3, incrby),
  DECRBY: onKey(3, decrby),
  INCRBYFLOAT: onKey(3, incrbyfloat),
};
