/** Strings: SET and its relatives, APPEND, SETRANGE. A string is a register (types/cell.ts). */
import { arityError, errors, isRefused, OK, refuse, type ErrorReply } from "../errors.js";
import type { Reply } from "../host.js";
import { openKey, type Unit } from "../log/unit.js";
import { sizeError } from "../scripts/unit-room.js";
import { onKey, onKeys, type Command } from "./command.js";
import { optionDeadline, parseStringOptions, type StringOptions } from "./expire-options.js";
import { countArgument, VALUE_BYTES_MAX } from "./numbers.js";
import { amendString, exists, openTyped, putString, removeKey, setDeadline, setPlainly, textOf } from "./opened.js";

/** SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL] */
function set(unit: Unit, args: string[]): Reply {
  if (args[2]!.length > VALUE_BYTES_MAX) return refuse(errors.tooLong);
  if (args.length === 3) {
    setPlainly(unit, args[1]!, args[2]!);
    return OK;
  }
  const options = parseStringOptions(args, 3, false);
  if (isRefused(options)) return options;
  return setWith(unit, args[0]!, args[1]!, args[2]!, options);
}

function setWith(unit: Unit, name: string, key: string, value: string, options: StringOptions): Reply {
  const { partition } = unit;
  const deadline = options.unit === "" ? 0 : optionDeadline(options.unit, options.amount, partition.now, name);
  if (isRefused(deadline)) return deadline;
  const state = options.get ? openTyped(unit, key, "s") : openKey(unit, key);
  if (isRefused(state)) return state;
  const old: Reply = options.get && exists(state) ? textOf(state) : false;
  const isMet = options.condition === "" || exists(state) === (options.condition === "XX");
  if (!isMet) return old;
  if (options.keepTtl) amendString(unit, state, value);
  else if (deadline !== 0 && deadline <= partition.now) removeKey(unit, state);
  else putString(unit, state, value, deadline);
  return options.get ? old : OK;
}

/** SETEX key seconds value, PSETEX key milliseconds value */
function setWithUnit(unitWord: string) {
  return (unit: Unit, args: string[]): Reply =>
    setWith(unit, args[0]!, args[1]!, args[3]!, {
      condition: "",
      get: false,
      keepTtl: false,
      persist: false,
      unit: unitWord,
      amount: args[2]!,
    });
}

function setnx(unit: Unit, args: string[]): Reply {
  const state = openKey(unit, args[1]!);
  if (exists(state)) return 0;
  putString(unit, state, args[2]!, 0);
  return 1;
}

function getset(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "s");
  if (isRefused(state)) return state;
  const old: Reply = exists(state) ? textOf(state) : false;
  putString(unit, state, args[2]!, 0);
  return old;
}

function getdel(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "s");
  if (isRefused(state)) return state;
  if (!exists(state)) return false;
  const old = textOf(state);
  removeKey(unit, state);
  return old;
}

/** GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST] */
function getex(unit: Unit, args: string[]): Reply {
  const options = parseStringOptions(args, 2, true);
  if (isRefused(options)) return options;
  const state = openTyped(unit, args[1]!, "s");
  if (isRefused(state)) return state;
  if (!exists(state)) return false;
  const text = textOf(state);
  if (options.unit !== "") {
    const deadline = optionDeadline(options.unit, options.amount, unit.partition.now, args[0]!);
    if (isRefused(deadline)) return deadline;
    setDeadline(unit, state, deadline);
  } else if (options.persist && state.nativeDeadline > 0) {
    setDeadline(unit, state, 0);
  }
  return text;
}

function append(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "s");
  if (isRefused(state)) return state;
  const text = textOf(state);
  const refused = sizeError(unit, text.length + args[2]!.length, errors.tooLong);
  if (refused !== undefined) return refused;
  amendString(unit, state, text + args[2]!);
  return text.length + args[2]!.length;
}

function setrange(unit: Unit, args: string[]): Reply {
  const patch = args[3]!;
  const offset = countArgument(args[2]!);
  if (isRefused(offset)) return offset;
  if (offset < 0) return refuse(errors.offset);
  const state = openTyped(unit, args[1]!, "s");
  if (isRefused(state)) return state;
  const text = textOf(state);
  if (patch === "") return text.length;
  const end = offset + patch.length;
  const refused = sizeError(unit, end > text.length ? end : text.length, errors.tooLong);
  if (refused !== undefined) return refused;
  const gap = offset > text.length ? "\0".repeat(offset - text.length) : "";
  const next = text.substring(0, offset) + gap + patch + text.substring(end);
  amendString(unit, state, next);
  return next.length;
}

function mset(unit: Unit, args: string[]): Reply {
  const refused = pairsRefused(args);
  if (refused !== undefined) return refused;
  setPairs(unit, args);
  return OK;
}

function msetnx(unit: Unit, args: string[]): Reply {
  const refused = pairsRefused(args);
  if (refused !== undefined) return refused;
  for (let at = 1; at < args.length; at += 2) {
    if (exists(openKey(unit, args[at]!))) return 0;
  }
  setPairs(unit, args);
  return 1;
}

function pairsRefused(args: string[]): ErrorReply | undefined {
  return args.length % 2 === 1 ? undefined : arityError(args[0]!);
}

function setPairs(unit: Unit, args: string[]): void {
  for (let at = 1; at < args.length; at += 2) setPlainly(unit, args[at]!, args[at + 1]!);
}

export const stringCommands: Record<string, Command> = {
  SET: onKey(-3, set),
  SETNX: onKey(3, setnx),
  SETEX: onKey(4, setWithUnit("EX")),
  PSETEX: onKey(4, setWithUnit("PX")),
  GETSET: onKey(3, getset),
  GETDEL: onKey(2, getdel),
  GETEX: onKey(-2, getex),
  APPEND: onKey(3, append),
  SETRANGE: onKey(4, setrange),
  MSET: onKeys(-3, -1, 2, mset),
  MSETNX: onKeys(-3, -1, 2, msetnx),
};
