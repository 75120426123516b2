/**
 * Lists, pushed and popped. A push is never in another's way; a pop removes the elements that it gave its caller, so two
 * regions popping at once may both receive one (effects/list.ts). What blocks answers as inside a MULTI.
 */
import { arityError, errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { openList } from "../effects/list-elements.js";
import { dropMeta, PLAIN_LIST } from "../effects/list-plain.js";
import { host, type Reply } from "../host.js";
import type { Keep } from "../log/operation.js";
import { keepOf, note, perform, type Unit } from "../log/unit.js";
import { peek, type KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import { placeOf, recordAt } from "../state/sequence.js";
import { timeoutRefused } from "./blocking.js";
import { onKey, onKeys, onNumkeys, type Command } from "./command.js";
import { countArgument } from "./numbers.js";
import { exists, openTyped, plainKeep, PLAIN_KEEP, removalKeep } from "./opened.js";
import { parseMultiPop } from "./sorted-set-store-commands.js";

/** LPUSH, RPUSH, LPUSHX, RPUSHX key element [element ...] */
function push(isLeft: boolean, onlyIfPresent: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    const key = args[1]!;
    const values = args.slice(2);
    const keep = onlyIfPresent ? undefined : plainKeep(unit, key, PLAIN_LIST);
    if (keep !== undefined) return pushValues(unit, key, isLeft, values, keep);
    const state = openTyped(unit, key, "l");
    if (isRefused(state)) return state;
    if (onlyIfPresent && !exists(state)) return 0;
    return pushValues(unit, key, isLeft, values, keepOf(unit, state, "l"));
  };
}

/** Returns the length. */
function pushValues(unit: Unit, key: string, isLeft: boolean, values: string[], keep: Keep): number {
  const firstIndex = unit.elements;
  unit.elements += values.length;
  return perform(unit, ["L", key, isLeft ? "l" : "r", firstIndex, values, keep]);
}

/** Takes up to `count` elements from an end, in the order in which they come off; undefined where there is no list. */
function take(unit: Unit, key: string, isLeft: boolean, count: number): string[] | undefined | ErrorReply {
  if (count === 1 && peek(unit.partition, key) === PLAIN_LIST) {
    const value = takeOnePlainly(unit, key, isLeft);
    if (value !== undefined) return [value];
  }
  const state = openTyped(unit, key, "l");
  if (isRefused(state)) return state;
  return exists(state) ? takeOpened(unit, state, isLeft, count) : undefined;
}

/** From a key that was peeked at and is one list without deadline; undefined where the server has nothing of it. */
function takeOnePlainly(unit: Unit, key: string, isLeft: boolean): string | undefined {
  const { partition } = unit;
  const command = isLeft ? "LPOP" : "RPOP";
  const side = sideKey(partition.root, "l", key);
  const record = host.call(command, side);
  if (typeof record !== "string") return undefined;
  const value = host.call(command, key);
  const isEmptied = host.call("EXISTS", side) === 0;
  if (isEmptied) dropMeta(partition, key);
  partition.opened = undefined;
  note(unit, ["B", key, [placeOf(record), ""], isEmptied ? 1 : 0, PLAIN_KEEP]);
  return typeof value === "string" ? value : undefined;
}

function takeOpened(unit: Unit, state: KeyState, isLeft: boolean, count: number): string[] {
  const { side, native, size } = openList(unit.partition, state);
  const taken = count < size ? count : size;
  if (taken === 0) return [];
  const from = isLeft ? 0 : size - taken;
  const values = host.call("LRANGE", native, from, from + taken - 1) as string[];
  const first = placeOf(recordAt(side, from));
  const last = taken === 1 ? "" : placeOf(recordAt(side, from + taken - 1));
  removeElements(unit, state, [first, last], taken === size);
  if (isLeft) return values;
  const turned: string[] = [];
  for (let at = values.length - 1; at >= 0; at--) turned.push(values[at]!);
  return turned;
}

/** Removes all that is here at the places, [from to ...]. */
export function removeElements(unit: Unit, state: KeyState, ranges: string[], isEmptied: boolean): void {
  perform(unit, ["B", state.key, ranges, isEmptied ? 1 : 0, removalKeep(unit, state, "l", isEmptied)]);
}

/** LPOP, RPOP key [count] */
function pop(isLeft: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    if (args.length > 3) return arityError(args[0]!);
    const count = args.length === 3 ? countArgument(args[2]!) : 1;
    if (isRefused(count) || count < 0) return refuse(errors.notPositive);
    const values = take(unit, args[1]!, isLeft, count);
    if (values === undefined) return false;
    return isRefused(values) || args.length === 3 ? values : (values[0] ?? false);
  };
}

/** BLPOP, BRPOP key [key ...] timeout */
function blockingPop(isLeft: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    const refused = timeoutRefused(args[args.length - 1]!);
    if (refused !== undefined) return refused;
    for (let at = 1; at + 1 < args.length; at++) {
      const values = take(unit, args[at]!, isLeft, 1);
      if (values === undefined) continue;
      if (isRefused(values)) return values;
      if (values.length > 0) return [args[at]!, values[0]!];
    }
    return false;
  };
}

/** LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT count], BLMPOP timeout ... */
function multiPop(at: number) {
  return (unit: Unit, args: string[]): Reply => {
    const wanted = parseMultiPop(args, at, "LEFT", "RIGHT");
    if (isRefused(wanted)) return wanted;
    const refused = at > 1 ? timeoutRefused(args[1]!) : undefined;
    if (refused !== undefined) return refused;
    for (const key of wanted.keys) {
      const values = take(unit, key, wanted.isFirst, wanted.count);
      if (values === undefined) continue;
      if (isRefused(values)) return values;
      if (values.length > 0) return [key, values];
    }
    return false;
  };
}

/** A pop and a push in one step; what turns around to where it was changes nothing. */
function move(unit: Unit, from: string, to: string, isFromLeft: boolean, isToLeft: boolean): Reply {
  const source = openTyped(unit, from, "l");
  if (isRefused(source)) return source;
  if (!exists(source)) return false;
  if (from === to) {
    if (isFromLeft === isToLeft || host.call("LLEN", from) === 1) return host.call("LINDEX", from, isFromLeft ? 0 : -1);
  } else {
    const destination = openTyped(unit, to, "l");
    if (isRefused(destination)) return destination;
  }
  const values = take(unit, from, isFromLeft, 1) as string[];
  if (values.length === 0) return false;
  push(isToLeft, false)(unit, ["", to, values[0]!]);
  return values[0]!;
}

/** LMOVE source destination LEFT|RIGHT LEFT|RIGHT, and BLMOVE, which adds a timeout. */
function lmove(unit: Unit, args: string[]): Reply {
  const fromEnd = args[3]!.toUpperCase();
  const toEnd = args[4]!.toUpperCase();
  if (!isEnd(fromEnd) || !isEnd(toEnd)) return refuse(errors.syntax);
  const refused = args.length === 6 ? timeoutRefused(args[5]!) : undefined;
  return refused ?? move(unit, args[1]!, args[2]!, fromEnd === "LEFT", toEnd === "LEFT");
}

function isEnd(word: string): boolean {
  return word === "LEFT" || word === "RIGHT";
}

/** RPOPLPUSH source destination, and BRPOPLPUSH, which adds a timeout. */
function rpoplpush(unit: Unit, args: string[]): Reply {
  const refused = args.length === 4 ? timeoutRefused(args[3]!) : undefined;
  return refused ?? move(unit, args[1]!, args[2]!, false, true);
}

export const listCommands: Record<string, Command> = {
  LPUSH: onKey(-3, push(true, false)),
  RPUSH: onKey(-3, push(false, false)),
  LPUSHX: onKey(-3, push(true, true)),
  RPUSHX: onKey(-3, push(false, true)),
  LPOP: onKey(-2, pop(true)),
  RPOP: onKey(-2, pop(false)),
  BLPOP: onKeys(-3, -2, 1, blockingPop(true)),
  BRPOP: onKeys(-3, -2, 1, blockingPop(false)),
  LMPOP: onNumkeys(-4, 1, multiPop(1)),
  BLMPOP: onNumkeys(-5, 2, multiPop(2)),
  LMOVE: onKeys(5, 2, 1, lmove),
  BLMOVE: onKeys(6, 2, 1, lmove),
  RPOPLPUSH: onKeys(3, 2, 1, rpoplpush),
  BRPOPLPUSH: onKeys(4, 2, 1, rpoplpush),
};
