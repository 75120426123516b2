/** Sorted sets computed from others, pops from several keys, and coordinates: ZUNIONSTORE, ZMPOP, GEOADD and their kin. */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { errorOf, host, readInPieces, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { onKey, onKeys, onNumkeys, type Command } from "./command.js";
import { timeoutRefused } from "./blocking.js";
import { countArgument } from "./numbers.js";
import { openTyped } from "./opened.js";
import { computeInScratch, storeComputed } from "./scratch.js";
import { popMembers, zadd } from "./sorted-set-commands.js";

/** The server computes into the scratch key, with its own options and errors. */
function store(unit: Unit, args: string[]): Reply {
  return storeComputed(unit, args, 1, "z");
}

/** GEORADIUS and GEORADIUSBYMEMBER: a write only with STORE or STOREDIST, of which the last counts. */
function radius(unit: Unit, args: string[]): Reply {
  const destinationAt = radiusDestination(args);
  return destinationAt === 0
    ? host.pcall(...(args as [string, ...string[]]))
    : storeComputed(unit, args, destinationAt, "z");
}

/** 0: nothing is stored. */
function radiusDestination(args: string[]): number {
  let destinationAt = 0;
  for (let at = args[0]!.toUpperCase() === "GEORADIUS" ? 6 : 5; at + 1 < args.length; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "STORE" || word === "STOREDIST") destinationAt = at + 1;
  }
  return destinationAt;
}

function radiusKeys(args: string[]): string[] {
  const destinationAt = radiusDestination(args);
  return destinationAt === 0 ? [args[1]!] : [args[1]!, args[destinationAt]!];
}

/** ZMPOP numkeys key [key ...] MIN|MAX [COUNT count] */
function zmpop(at: number) {
  return (unit: Unit, args: string[]): Reply => {
    const pop = parseMultiPop(args, at, "MIN", "MAX");
    if (isRefused(pop)) return pop;
    const refused = at > 1 ? timeoutRefused(args[1]!) : undefined;
    if (refused !== undefined) return refused;
    for (const key of pop.keys) {
      const state = openTyped(unit, key, "z");
      if (isRefused(state)) return state;
      const pairs = popMembers(unit, state, !pop.isFirst, pop.count);
      if (pairs.length === 0) continue;
      const popped: Reply[] = [];
      for (let place = 0; place < pairs.length; place += 2) popped.push([pairs[place]!, pairs[place + 1]!]);
      return [key, popped];
    }
    return false;
  };
}

export interface MultiPop {
  keys: string[];
  /** From the first of the two ends named. */
  isFirst: boolean;
  count: number;
}

/** numkeys key [key ...] first|second [COUNT count], from `at` on. */
export function parseMultiPop(args: string[], at: number, first: string, second: string): MultiPop | ErrorReply {
  const numkeys = countArgument(args[at]!);
  if (isRefused(numkeys) || numkeys <= 0) return refuse(errors.numkeys);
  const whereAt = at + 1 + numkeys;
  if (whereAt >= args.length) return refuse(errors.syntax);
  const where = args[whereAt]!.toUpperCase();
  if (where !== first && where !== second) return refuse(errors.syntax);
  let count = -1;
  for (let next = whereAt + 1; next < args.length; next += 2) {
    if (count >= 0 || args[next]!.toUpperCase() !== "COUNT" || next + 1 >= args.length) return refuse(errors.syntax);
    const wanted = countArgument(args[next + 1]!);
    if (isRefused(wanted) || wanted <= 0) return refuse(errors.count);
    count = wanted;
  }
  return { keys: args.slice(at + 1, whereAt), isFirst: where === first, count: count < 0 ? 1 : count };
}

/** BZPOPMIN key [key ...] timeout, where something is there or nothing may wait. */
function bzpop(isMax: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    const refused = timeoutRefused(args[args.length - 1]!);
    if (refused !== undefined) return refused;
    for (let at = 1; at + 1 < args.length; at++) {
      const state = openTyped(unit, args[at]!, "z");
      if (isRefused(state)) return state;
      const pairs = popMembers(unit, state, isMax, 1);
      if (pairs.length > 0) return [args[at]!, pairs[0]!, pairs[1]!];
    }
    return false;
  };
}

/** GEOADD key [NX|XX] [CH] longitude latitude member [...]: a ZADD of the scores the server makes of the places. */
function geoadd(unit: Unit, args: string[]): Reply {
  let from = 2;
  let isNx = false;
  let isXx = false;
  for (; from < args.length; from++) {
    const word = args[from]!.toUpperCase();
    if (word === "NX") isNx = true;
    else if (word === "XX") isXx = true;
    else if (word !== "CH") break;
  }
  if ((args.length - from) % 3 !== 0 || (isNx && isXx)) return refuse(errors.syntax);
  const scores: Reply[] = [];
  for (let begin = from; begin < args.length; begin += PLACES_PIECE * 3) {
    const end = begin + PLACES_PIECE * 3 < args.length ? begin + PLACES_PIECE * 3 : args.length;
    const problem = addScores(unit, args, begin, end, scores);
    if (problem !== undefined) return problem;
  }
  const added = args.slice(0, from);
  for (let index = 0; index < scores.length; index++) added.push(scores[index] as string, args[from + index * 3 + 2]!);
  return zadd(unit, added);
}

/** Places of one question: Lua's argument stack is small. */
const PLACES_PIECE = 2000;

/** The scores of the places from `begin` to `end`; the server's error where one of them is none. */
function addScores(unit: Unit, args: string[], begin: number, end: number, scores: Reply[]): Reply | undefined {
  const call = ["GEOADD", ""];
  const places: string[] = [];
  for (let at = begin; at < end; at += 3) {
    const place = host.integerText(at);
    places.push(place);
    call.push(args[at]!, args[at + 1]!, place);
  }
  const reply = computeInScratch(unit, call, 1, (scratch) => {
    for (const score of readInPieces("ZMSCORE", scratch, places)) scores.push(score);
  });
  return errorOf(reply) === undefined ? undefined : reply;
}

export const sortedSetStoreCommands: Record<string, Command> = {
  ZUNIONSTORE: { ...onNumkeys(-4, 2, store), lastKey: 1 },
  ZINTERSTORE: { ...onNumkeys(-4, 2, store), lastKey: 1 },
  ZDIFFSTORE: { ...onNumkeys(-4, 2, store), lastKey: 1 },
  ZRANGESTORE: onKeys(-5, 2, 1, store),
  ZMPOP: onNumkeys(-4, 1, zmpop(1)),
  BZMPOP: onNumkeys(-5, 2, zmpop(2)),
  BZPOPMIN: onKeys(-3, -2, 1, bzpop(false)),
  BZPOPMAX: onKeys(-3, -2, 1, bzpop(true)),
  GEOADD: onKey(-5, geoadd),
  GEOSEARCHSTORE: onKeys(-8, 2, 1, store),
  GEORADIUS: { ...onKey(-6, radius), keysOf: radiusKeys },
  GEORADIUSBYMEMBER: { ...onKey(-5, radius), keysOf: radiusKeys },
};
