/** Hashes. Each field is a cell of its own: a register and a counter (types/cell.ts). */
import { arityError, errors, isRefused, OK, refuse } from "../errors.js";
import { host, readInPieces, type Packed, type Reply } from "../host.js";
import { packResets } from "../log/operation.js";
import { keepOf, perform, type Unit } from "../log/unit.js";
import { decodeCell } from "../state/codec.js";
import type { KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import { emptyCell, type Cell } from "../types/cell.js";
import { ownFieldError } from "./bounded-rights.js";
import { onKey, type Command } from "./command.js";
import { floatSum, incrementOperation, integerSum, isSaturated } from "./counting.js";
import { floatArgument, INFINITE, int64Argument, integerReply } from "./numbers.js";
import { exists, NO_RESETS, openTyped, plainKeep, removalKeep } from "./opened.js";

function hset(unit: Unit, args: string[]): Reply {
  if (args.length % 2 === 1) return arityError(args[0]!);
  const keep = args.length === 4 ? plainKeep(unit, args[1]!, "h") : undefined;
  if (keep !== undefined) return perform(unit, ["H", args[1]!, [args[2]!, args[3]!, NO_RESETS], keep]);
  const state = openTyped(unit, args[1]!, "h");
  if (isRefused(state)) return state;
  const refused = ownFieldError(state, args, 2, 2);
  if (refused !== undefined) return refused;
  const triples: Packed[] = [];
  const placeOf: Record<string, number | undefined> = {};
  for (let at = 2; at < args.length; at += 2) {
    const field = args[at]!;
    const place = placeOf[field];
    if (place !== undefined) {
      triples[place + 1] = args[at + 1]!; // named twice: the last value counts
    } else {
      placeOf[field] = triples.length;
      triples.push(field, args[at + 1]!, fieldResets(unit, state, field));
    }
  }
  return perform(unit, ["H", state.key, triples, keepOf(unit, state, "h")]);
}

function hmset(unit: Unit, args: string[]): Reply {
  const reply = hset(unit, args);
  return typeof reply === "number" ? OK : reply;
}

function hsetnx(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "h");
  if (isRefused(state)) return state;
  const refused = ownFieldError(state, args, 2, args.length);
  if (refused !== undefined) return refused;
  if (exists(state) && host.call("HEXISTS", state.key, args[2]!) === 1) return 0;
  perform(unit, ["H", state.key, [args[2]!, args[3]!, []], keepOf(unit, state, "h")]);
  return 1;
}

function hdel(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "h");
  if (isRefused(state)) return state;
  if (!exists(state)) return 0;
  const refused = ownFieldError(state, args, 2, 1);
  if (refused !== undefined) return refused;
  const asked = args.slice(2);
  const stored = readInPieces("HMGET", state.key, asked);
  const pairs: Packed[] = [];
  const named: Record<string, true | undefined> = {};
  for (let at = 0; at < asked.length; at++) {
    if (typeof stored[at] !== "string" || named[asked[at]!] === true) continue;
    named[asked[at]!] = true;
    pairs.push(asked[at]!, fieldResets(unit, state, asked[at]!));
  }
  if (pairs.length === 0) return 0;
  const isEmptied = host.call("HLEN", state.key) === pairs.length / 2;
  return perform(unit, ["R", state.key, pairs, isEmptied ? 1 : 0, removalKeep(unit, state, "h", isEmptied)]);
}

function hincrby(unit: Unit, args: string[]): Reply {
  const by = int64Argument(args[3]!);
  if (isRefused(by)) return by;
  const state = openTyped(unit, args[1]!, "h");
  if (isRefused(state)) return state;
  const refused = ownFieldError(state, args, 2, args.length);
  if (refused !== undefined) return refused;
  const current = fieldText(state, args[2]!);
  const sum = integerSum(current, by, errors.hashNotInteger);
  if (isRefused(sum)) return sum;
  count(unit, state, args[2]!, current, by, sum, false);
  return integerReply(sum);
}

function hincrbyfloat(unit: Unit, args: string[]): Reply {
  const by = floatArgument(args[3]!);
  if (by === undefined) return refuse(errors.notFloat);
  if (by === INFINITE) return refuse(errors.incrementNotFinite);
  const state = openTyped(unit, args[1]!, "h");
  if (isRefused(state)) return state;
  const refused = ownFieldError(state, args, 2, args.length);
  if (refused !== undefined) return refused;
  const current = fieldText(state, args[2]!);
  const result = floatSum(current, by, errors.hashNotFloat);
  if (isRefused(result)) return result;
  count(unit, state, args[2]!, current, result.by, result.sum, true);
  return result.sum;
}

function count(
  unit: Unit,
  state: KeyState,
  field: string,
  current: string,
  by: string,
  sum: string,
  isFloat: boolean,
): void {
  const cell = cellOf(unit, state, field);
  const keep = keepOf(unit, state, "h");
  if (isSaturated(cell, current)) {
    perform(unit, ["H", state.key, [field, sum, packResets(unit.partition, cell)], keep]);
  } else {
    perform(unit, incrementOperation(unit, ["I", state.key, field], cell, by, isFloat, keep));
  }
}

/** "0" where the field is absent. */
function fieldText(state: KeyState, field: string): string {
  const text = exists(state) ? host.call("HGET", state.key, field) : false;
  return typeof text === "string" ? text : "0";
}

function cellOf(unit: Unit, state: KeyState, field: string): Cell {
  const text =
    state.alive["h"] === true ? host.call("HGET", sideKey(unit.partition.root, "h", state.key), field) : false;
  return typeof text === "string" ? decodeCell(text) : emptyCell();
}

function fieldResets(unit: Unit, state: KeyState, field: string): Packed[] {
  return state.counted["h"] === true ? packResets(unit.partition, cellOf(unit, state, field)) : [];
}

export const hashCommands: Record<string, Command> = {
  HSET: onKey(-4, hset),
  HMSET: onKey(-4, hmset),
  HSETNX: onKey(4, hsetnx),
  HDEL: onKey(-3, hdel),
  HINCRBY: onKey(4, hincrby),
  HINCRBYFLOAT: onKey(4, hincrbyfloat),
};
