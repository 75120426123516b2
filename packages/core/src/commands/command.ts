/**
 * What a command is: its arity and key positions as Redis counts them, and what it does.
 *
 * A command reads and validates, and only then performs operations: once one is performed it must not fail, for
 * nothing is rolled back. `args[0]` is the name as the caller spelled it.
 */
import { host, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { isReserved } from "../state/reserved.js";

export type Run = (this: void, unit: Unit, args: string[]) => Reply;

export interface Command {
  /** Number of arguments with the name; negative: at least so many. */
  readonly arity: number;
  /** Positions of the first and last key (-1: the last argument) and the step; last 0: no keys. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly step: number;
  /** Position of a number of keys that follow it, where that is how the command names (more of) its keys. */
  readonly numkeysAt?: number;
  /** The keys, where these positions say too little, or take other words for keys. */
  readonly keysOf?: (this: void, args: string[]) => string[];
  readonly run: Run;
  /** False where the server has no such subcommand, and can't be asked about it: the command refuses it by itself. */
  readonly knows?: (this: void, args: string[]) => boolean;
  /** Of a command that the server does not have: one that it has, and that needs the same rights. */
  readonly standsFor?: (this: void, args: string[]) => string[];
  /** Asks by itself what the caller may do, and whether the server has room: what runs commands in its turn. */
  readonly asks?: true;
}

/** True where the command names one of Meridian's own keys. */
export function namesReserved(root: string, command: Command, args: string[]): boolean {
  const last = command.lastKey < 0 ? args.length + command.lastKey : command.lastKey;
  for (let at = command.firstKey; at <= last; at += command.step) if (isReserved(root, args[at]!)) return true;
  const { numkeysAt, keysOf } = command;
  if (keysOf !== undefined && last !== 0) for (const key of keysOf(args)) if (isReserved(root, key)) return true;
  if (numkeysAt === undefined) return false;
  const count = host.toNumber(args[numkeysAt]!, 10);
  for (let at = numkeysAt + 1; at < args.length && at <= numkeysAt + count; at++) {
    if (isReserved(root, args[at]!)) return true;
  }
  return false;
}

/** All keys that the command names. */
export function keysNamed(command: Command, args: string[]): string[] {
  const { firstKey, lastKey, step, numkeysAt, keysOf } = command;
  if (keysOf !== undefined) return keysOf(args);
  const keys: string[] = [];
  const last = lastKey < 0 ? args.length + lastKey : lastKey;
  for (let at = firstKey; at <= last; at += step) keys.push(args[at]!);
  if (numkeysAt === undefined) return keys;
  const count = host.toNumber(args[numkeysAt]!, 10);
  for (let at = numkeysAt + 1; at < args.length && at <= numkeysAt + count; at++) keys.push(args[at]!);
  return keys;
}

/** So many keys as the argument at `numkeysAt` says, right after it. */
export function onNumkeys(arity: number, numkeysAt: number, run: Run): Command {
  return { arity, firstKey: 1, lastKey: 0, step: 1, numkeysAt, run };
}

/** One key, right after the name. */
export function onKey(arity: number, run: Run): Command {
  return { arity, firstKey: 1, lastKey: 1, step: 1, run };
}

/** Keys from the first argument to `lastKey`. */
export function onKeys(arity: number, lastKey: number, step: number, run: Run): Command {
  return { arity, firstKey: 1, lastKey, step, run };
}

export function onNoKey(arity: number, run: Run): Command {
  return { arity, firstKey: 1, lastKey: 0, step: 1, run };
}
