/**
 * MERIDIAN.CONFLICT: what is beside each other in a string or in a field of a hash, and one value made of all of it.
 *
 *     READ key [field]       [[stamp, origin, region, value] ...], what shows first; nil where nothing else is there
 *     RESOLVE key value resolver version count stamp origin [stamp origin ...] [field]
 *                            writes the value where just these are there: 1; else, for somebody wrote meanwhile, 0
 *     LIST key cursor        places with more than one value, in the partition that the key lies in: [next cursor ("0": the
 *                            end), [[key] or [key, field] ...], 1 where that is one hash slot of many]
 *
 * Invariants
 * 1. A resolution is an ordinary write that saw all that it was made of, and leaves the key's deadline as it is. No region
 *    needs to know the resolver.
 * 2. Who made it, and of what, is told in every region by a message in the same entry of the log, and counted in this one.
 */
import { regionOf } from "../clock/origin.js";
import { arityError, errors, isRefused, refuse, subcommandError, type ErrorReply } from "../errors.js";
import { host, integerOf, type Reply } from "../host.js";
import { keepOf, note, perform, type Unit } from "../log/unit.js";
import { decodeCell } from "../state/codec.js";
import { CONFLICTS_CHANNEL, resolvedNotice } from "../state/conflict-notices.js";
import { countResolved } from "../state/conflicts.js";
import { kindOf } from "../state/kind.js";
import { keepValues, loadKey, type KeyState } from "../state/key-state.js";
import { conflictKeysKey, sideKey } from "../state/names.js";
import { isAfter, type Partition } from "../state/partition.js";
import type { Cell, Register } from "../types/cell.js";
import type { Command } from "./command.js";
import { VALUE_BYTES_MAX } from "./numbers.js";
import { amendString, openTyped } from "./opened.js";

const NAME_LENGTH_MAX = 64;
const VERSION_DIGITS_MAX = 9;
const DOTS_MAX = 1000;
const CURSOR_DIGITS_MAX = 20;
const KEYS_AT_ONCE = 100;
/** Where the dots of RESOLVE begin. */
const DOTS_AT = 7;

interface Beside {
  readonly state: KeyState;
  /** The latest first, all with values; empty where there are fewer than two, or something is counted on top. */
  readonly registers: Register[];
}

function read(unit: Unit, args: string[]): Reply {
  if (args.length > 4) return arityError(`${args[0]!}|read`);
  const found = openBeside(unit, args[2]!, args[3]);
  if (isRefused(found)) return found;
  const { origins } = unit.partition;
  const rows: Reply[] = [];
  for (const { stamp, origin, value } of found.registers) {
    const name = origins[origin]!;
    rows.push([host.integerText(stamp), name, regionOf(name), value!]);
  }
  return differ(found.registers) ? rows : false;
}

/** Where all are equal nothing has lost. */
function differ(registers: Register[]): boolean {
  for (const { value } of registers) if (value !== registers[0]!.value) return true;
  return false;
}

/** Those of keys that were noted once; there may be none left of a key. */
function list({ partition }: Unit, args: string[]): Reply {
  const cursor = args[3] ?? "";
  if (args.length !== 4) return arityError(`${args[0]!}|list`);
  if (!isDigits(cursor, CURSOR_DIGITS_MAX)) return refuse(errors.invalidCursor);
  const page = host.call("SSCAN", conflictKeysKey(partition.root), cursor, "COUNT", KEYS_AT_ONCE) as [string, string[]];
  const places: Reply[] = [];
  for (const key of page[1]) {
    const state = loadKey(partition, key);
    if (state.shown === "s" && state.cell.registers.length > 1) {
      keepValues(state);
      if (differ(state.cell.registers)) places.push([key]);
    }
    if (state.shown !== "h") continue;
    let last: string | undefined;
    kindOf("h").eachLoser(partition, state, (field) => {
      if (field !== last) places.push([key, field]);
      last = field;
    });
  }
  return [page[0], places, partition.deployment.isSlot ? 1 : 0];
}

function resolve(unit: Unit, args: string[]): Reply {
  const name = args[4] ?? "";
  const version = args[5] ?? "";
  const count = integerOf(args[6] ?? "");
  if (!isName(name) || !isDigits(version, VERSION_DIGITS_MAX) || !(count >= 2 && count <= DOTS_MAX))
    return refuse(errors.badResolve);
  const end = DOTS_AT + count * 2;
  if (args.length < end || args.length > end + 1) return arityError(`${args[0]!}|resolve`);
  const value = args[3]!;
  if (value.length > VALUE_BYTES_MAX) return refuse(errors.tooLong);
  const key = args[2]!;
  const field = args[end];
  const found = openBeside(unit, key, field);
  if (isRefused(found)) return found;
  const { state, registers } = found;
  if (!areThese(unit.partition, registers, args, end)) return 0;
  if (field === undefined) amendString(unit, state, value);
  else perform(unit, ["H", key, [field, value, []], keepOf(unit, state, "h")]);
  const { stamp, origin } = unit.author;
  const place = { key, kind: field === undefined ? "string" : "hash", part: field ?? "" };
  const notice = resolvedNotice(unit.partition, place, { name, version }, { stamp, origin, value }, registers);
  note(unit, ["M", CONFLICTS_CHANNEL, notice]);
  host.pcall("PUBLISH", CONFLICTS_CHANNEL, notice); // who may not publish may resolve all the same
  countResolved(unit.partition, `${name} ${version}`);
  return 1;
}

function openBeside(unit: Unit, key: string, field: string | undefined): Beside | ErrorReply {
  const { partition } = unit;
  const state = openTyped(unit, key, field === undefined ? "s" : "h");
  if (isRefused(state)) return state;
  if (field === undefined) {
    if (state.shown !== "s" || state.cell.registers.length < 2) return { state, registers: [] };
    keepValues(state);
    return { state, registers: latestFirst(partition, state.cell) };
  }
  const stored = state.shown === "h" ? host.call("HGET", sideKey(partition.root, "h", key), field) : false;
  if (typeof stored !== "string") return { state, registers: [] };
  const registers = latestFirst(partition, decodeCell(stored));
  for (const register of registers) {
    if (register.value === undefined) register.value = host.call("HGET", key, field) as string;
  }
  return { state, registers };
}

function latestFirst(partition: Partition, { registers, counters }: Cell): Register[] {
  const sorted: Register[] = [];
  if (registers.length < 2 || counters.length > 0) return sorted;
  for (const register of registers) {
    sorted.push(register);
    for (let at = sorted.length - 1; at > 0 && isLater(partition, register, sorted[at - 1]!); at--) {
      sorted[at] = sorted[at - 1]!;
      sorted[at - 1] = register;
    }
  }
  return sorted;
}

function isLater(partition: Partition, a: Register, b: Register): boolean {
  return isAfter(partition, a.stamp, a.origin, b.stamp, b.origin);
}

/** Whether the dots named are those that are there, each once. */
function areThese(partition: Partition, registers: Register[], args: string[], end: number): boolean {
  if (registers.length !== (end - DOTS_AT) / 2) return false;
  const named: Record<string, true | undefined> = {};
  for (let at = DOTS_AT; at < end; at += 2) named[`${args[at]!} ${args[at + 1]!}`] = true;
  for (const { stamp, origin } of registers) {
    if (named[`${host.integerText(stamp)} ${partition.origins[origin]!}`] !== true) return false;
  }
  return true;
}

function isName(name: string): boolean {
  if (name === "" || name.length > NAME_LENGTH_MAX) return false;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code <= 32 || code >= 127) return false;
  }
  return true;
}

function isDigits(text: string, lengthMax: number): boolean {
  if (text === "" || text.length > lengthMax) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return text.length === 1 || text.charCodeAt(0) !== 48;
}

function conflict(unit: Unit, args: string[]): Reply {
  const name = args[1]!.toUpperCase();
  if (name === "READ") return read(unit, args);
  if (name === "LIST") return list(unit, args);
  if (name !== "RESOLVE") return subcommandError(args[0]!, args[1]!);
  return args.length < DOTS_AT + 4 ? arityError(`${args[0]!}|resolve`) : resolve(unit, args);
}

/** Rights: those of the read, or of the write, that it stands for. */
function standsFor(args: string[]): string[] {
  const key = args[2] ?? "";
  const name = args[1]?.toUpperCase();
  if (name === "LIST") return ["SCAN", "0"];
  if (name !== "RESOLVE") return ["GET", key];
  return ["SET", key, args[3] ?? ""];
}

export const conflictCommands: Record<string, Command> = {
  "MERIDIAN.CONFLICT": { arity: -3, firstKey: 2, lastKey: 2, step: 1, run: conflict, standsFor },
};
