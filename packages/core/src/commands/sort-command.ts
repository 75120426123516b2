/**
 * SORT: a read, but for STORE: then what the server sorts here is written as a whole list. Patterns reach other keys: all
 * arguments are taken for names of keys, and no pattern may reach one of ours.
 */
import { errors, refuse, reservedError } from "../errors.js";
import { host, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { onKeys, type Command } from "./command.js";
import { reachesOwn } from "../scripts/sort-patterns.js";
import { storeComputed } from "./scratch.js";

/** What Lua's argument stack holds in one call, with room to spare. */
const ARGUMENTS_MAX = 7000;

/** SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC] [ALPHA] [STORE destination] */
function sort(unit: Unit, args: string[]): Reply {
  if (args.length > ARGUMENTS_MAX) return refuse(errors.tooManyWords);
  const { reserved } = unit.partition.deployment;
  if (reachesOwn(reserved, args)) return refuse(reservedError(reserved));
  const destinationAt = destinationOf(args);
  return destinationAt === 0 ? host.pcall("SORT_RO", ...args.slice(1)) : storeComputed(unit, args, destinationAt, "l");
}

/** Where the destination is named, the last time, as Redis reads the options; 0 where it is not. */
function destinationOf(args: string[]): number {
  let destinationAt = 0;
  for (let at = 2; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    const left = args.length - at - 1;
    if (word === "LIMIT" && left >= 2) {
      at += 2;
    } else if ((word === "BY" || word === "GET") && left >= 1) {
      at++;
    } else if (word === "STORE" && left >= 1) {
      at++;
      destinationAt = at;
    }
  }
  return destinationAt;
}

/** Of the patterns none is known. */
function keysOf(args: string[]): string[] {
  const destinationAt = destinationOf(args);
  return destinationAt === 0 ? [args[1]!] : [args[1]!, args[destinationAt]!];
}

export const sortCommands: Record<string, Command> = {
  SORT: { ...onKeys(-2, -1, 1, sort), keysOf },
};
