/** Sorted sets. A member is a cell whose text is its score: ZADD writes it, ZINCRBY counts on top (effects/sorted-set.ts). */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { errorOf, host, readInPieces, type Packed, type Reply } from "../host.js";
import { packResets } from "../log/operation.js";
import { keepOf, perform, type Unit } from "../log/unit.js";
import { parseDecimal } from "../number/decimal.js";
import { scoreOf } from "../number/score.js";
import { decodeCell } from "../state/codec.js";
import type { KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import { emptyCell, type Cell } from "../types/cell.js";
import { onKey, type Command } from "./command.js";
import { incrementOperation } from "./counting.js";
import { countArgument } from "./numbers.js";
import { exists, NO_RESETS, openTyped, plainKeep, removalKeep } from "./opened.js";

interface AddOptions {
  condition: "" | "NX" | "XX";
  compare: "" | "GT" | "LT";
  changed: boolean;
  increment: boolean;
  /** Where the scores and members begin. */
  from: number;
}

function parseAddOptions(args: string[]): AddOptions | ErrorReply {
  const options: AddOptions = { condition: "", compare: "", changed: false, increment: false, from: 2 };
  let isNx = false;
  let isXx = false;
  let isGt = false;
  let isLt = false;
  for (; options.from < args.length; options.from++) {
    const word = args[options.from]!.length <= 4 ? args[options.from]!.toUpperCase() : "";
    if (word === "NX") isNx = true;
    else if (word === "XX") isXx = true;
    else if (word === "GT") isGt = true;
    else if (word === "LT") isLt = true;
    else if (word === "CH") options.changed = true;
    else if (word === "INCR") options.increment = true;
    else break;
  }
  const rest = args.length - options.from;
  if (rest === 0 || rest % 2 === 1) return refuse(errors.syntax);
  if (isNx && isXx) return refuse(errors.addConflict);
  if ((isGt && isNx) || (isLt && isNx) || (isGt && isLt)) return refuse(errors.addCompareConflict);
  if (options.increment && rest > 2) return refuse(errors.addIncrementPairs);
  options.condition = isNx ? "NX" : isXx ? "XX" : "";
  options.compare = isGt ? "GT" : isLt ? "LT" : "";
  return options;
}

/** ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...] */
export function zadd(unit: Unit, args: string[]): Reply {
  const plain = args.length === 4 ? scoreOf(args[2]!) : undefined;
  if (plain !== undefined) {
    const keep = plainKeep(unit, args[1]!, "z");
    if (keep !== undefined) return perform(unit, ["Y", args[1]!, [args[3]!, plain, NO_RESETS], keep]);
  }
  const options = parseAddOptions(args);
  if (isRefused(options)) return options;
  const scores: string[] = [];
  const members: string[] = [];
  for (let at = options.from; at < args.length; at += 2) {
    const score = scoreOf(args[at]!);
    if (score === undefined) return refuse(errors.notFloat);
    scores.push(score);
    members.push(args[at + 1]!);
  }
  const state = openTyped(unit, args[1]!, "z");
  if (isRefused(state)) return state;
  return options.increment
    ? incrementScore(unit, state, members[0]!, scores[0]!, options)
    : addMembers(unit, state, members, scores, options);
}

function addMembers(
  unit: Unit,
  state: KeyState,
  members: string[],
  scores: string[],
  { condition, compare, changed }: AddOptions,
): number {
  // A member named twice meets its own score of a moment ago.
  const current: Record<string, string | undefined> = {};
  const stored = exists(state) ? readInPieces("ZMSCORE", state.key, members) : undefined;
  for (let at = 0; at < members.length; at++) {
    const score = stored?.[at];
    if (typeof score === "string") current[members[at]!] = scoreOf(score)!;
  }
  const placeOf: Record<string, number | undefined> = {};
  const triples: Packed[] = [];
  let added = 0;
  let updated = 0;
  for (let at = 0; at < members.length; at++) {
    const member = members[at]!;
    const score = scores[at]!;
    const old = current[member];
    if (old === undefined ? condition === "XX" : condition === "NX" || !mayReplace(compare, score, old)) continue;
    if (old === undefined) added++;
    else if (!isSameScore(old, score)) updated++;
    current[member] = score;
    const place = placeOf[member];
    if (place !== undefined) {
      triples[place + 1] = score;
    } else {
      placeOf[member] = triples.length;
      triples.push(member, score, memberResets(unit, state, member));
    }
  }
  if (triples.length > 0) perform(unit, ["Y", state.key, triples, keepOf(unit, state, "z")]);
  return changed ? added + updated : added;
}

/** ZINCRBY and ZADD INCR. */
function incrementScore(unit: Unit, state: KeyState, member: string, by: string, options: AddOptions): Reply {
  const native = exists(state) ? host.call("ZSCORE", state.key, member) : false;
  const old = typeof native === "string" ? scoreOf(native)! : undefined;
  if (old === undefined ? options.condition === "XX" : options.condition === "NX") return false;
  const sum = addScores(old ?? "0", by);
  if (sum === undefined) return refuse(errors.notScore);
  if (old !== undefined && !mayReplace(options.compare, sum, old)) return false;
  const keep = keepOf(unit, state, "z");
  const cell = cellOf(unit, state, member);
  const decimal = summable(by);
  if (decimal !== undefined && (old === undefined || summable(old) !== undefined)) {
    perform(unit, incrementOperation(unit, ["J", state.key, member], cell, decimal, true, keep));
  } else {
    perform(unit, ["Y", state.key, [member, sum, packResets(unit.partition, cell)], keep]);
  }
  return host.call("ZSCORE", state.key, member);
}

function mayReplace(compare: "" | "GT" | "LT", score: string, old: string): boolean {
  if (compare === "") return true;
  return compare === "GT" ? numberOf(score) > numberOf(old) : numberOf(score) < numberOf(old);
}

function isSameScore(a: string, b: string): boolean {
  return a === b || numberOf(a) === numberOf(b);
}

function numberOf(score: string): number {
  if (score === "inf") return Infinity;
  return score === "-inf" ? -Infinity : host.toNumber(score, 10);
}

/** The sum as the server adds; undefined where it is no number. */
function addScores(a: string, b: string): string | undefined {
  const sum = numberOf(a) + numberOf(b);
  if (Number.isNaN(sum)) return undefined;
  return sum === Infinity ? "inf" : sum === -Infinity ? "-inf" : host.doubleText(sum);
}

/** The score as a decimal that sums of all regions are made of; undefined where a decimal does not hold it. */
function summable(score: string): string | undefined {
  const decimal = parseDecimal(score);
  return decimal !== undefined && host.toNumber(decimal, 10) === host.toNumber(score, 10) ? decimal : undefined;
}

function zincrby(unit: Unit, args: string[]): Reply {
  const by = scoreOf(args[2]!);
  if (by === undefined) return refuse(errors.notFloat);
  const state = openTyped(unit, args[1]!, "z");
  if (isRefused(state)) return state;
  return incrementScore(unit, state, args[3]!, by, NO_OPTIONS);
}

const NO_OPTIONS: AddOptions = { condition: "", compare: "", changed: false, increment: true, from: 0 };

function zrem(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "z");
  if (isRefused(state)) return state;
  if (!exists(state)) return 0;
  const asked = args.slice(2);
  const stored = readInPieces("ZMSCORE", state.key, asked);
  const named: Record<string, true | undefined> = {};
  const found: string[] = [];
  for (let at = 0; at < asked.length; at++) {
    if (typeof stored[at] !== "string" || named[asked[at]!] === true) continue;
    named[asked[at]!] = true;
    found.push(asked[at]!);
  }
  return removeMembers(unit, state, found);
}

/** Removes members that are there. */
function removeMembers(unit: Unit, state: KeyState, members: string[]): number {
  if (members.length === 0) return 0;
  const pairs: Packed[] = [];
  for (const member of members) pairs.push(member, memberResets(unit, state, member));
  const isEmptied = host.call("ZCARD", state.key) === members.length;
  return perform(unit, ["U", state.key, pairs, isEmptied ? 1 : 0, removalKeep(unit, state, "z", isEmptied)]);
}

/** ZPOPMIN key [count], ZPOPMAX key [count] */
function zpop(isMax: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    if (args.length > 3) return refuse(errors.syntax);
    const count = args.length === 3 ? countArgument(args[2]!) : 1;
    if (isRefused(count) || count < 0) return refuse(errors.notPositive);
    const state = openTyped(unit, args[1]!, "z");
    if (isRefused(state)) return state;
    return popMembers(unit, state, isMax, count);
  };
}

/** [member, score, ...] as the server prints them. */
export function popMembers(unit: Unit, state: KeyState, isMax: boolean, count: number): string[] {
  if (!exists(state) || count === 0) return [];
  const last = host.integerText(count - 1);
  const pairs = host.call(isMax ? "ZREVRANGE" : "ZRANGE", state.key, "0", last, "WITHSCORES") as string[];
  const members: string[] = [];
  for (let at = 0; at < pairs.length; at += 2) members.push(pairs[at]!);
  removeMembers(unit, state, members);
  return pairs;
}

/**
 * ZREMRANGEBYRANK, -BYSCORE, -BYLEX key from to: the server says which members lie there, or what is wrong with the bounds;
 * they are removed by name everywhere.
 */
function removeRange(range: string) {
  return (unit: Unit, args: string[]): Reply => {
    const members = host.pcall(range, args[1]!, args[2]!, args[3]!);
    if (errorOf(members) !== undefined) return members;
    const state = openTyped(unit, args[1]!, "z");
    if (isRefused(state)) return state;
    return exists(state) ? removeMembers(unit, state, members as string[]) : 0;
  };
}

function cellOf(unit: Unit, state: KeyState, member: string): Cell {
  const side = sideKey(unit.partition.root, "z", state.key);
  const text = state.alive["z"] === true ? host.call("HGET", side, member) : false;
  return typeof text === "string" ? decodeCell(text) : emptyCell();
}

function memberResets(unit: Unit, state: KeyState, member: string): Packed[] {
  return state.counted["z"] === true ? packResets(unit.partition, cellOf(unit, state, member)) : NO_RESETS;
}

export const sortedSetCommands: Record<string, Command> = {
  ZADD: onKey(-4, zadd),
  ZINCRBY: onKey(4, zincrby),
  ZREM: onKey(-3, zrem),
  ZPOPMIN: onKey(-2, zpop(false)),
  ZPOPMAX: onKey(-2, zpop(true)),
  ZREMRANGEBYRANK: onKey(4, removeRange("ZRANGE")),
  ZREMRANGEBYSCORE: onKey(4, removeRange("ZRANGEBYSCORE")),
  ZREMRANGEBYLEX: onKey(4, removeRange("ZRANGEBYLEX")),
};
