/**
 * EVAL, EVALSHA, their read-only forms, and SCRIPT.
 *
 * A script may write to keys that it did not name in KEYS, exactly as on a standalone Redis; only those that it names are
 * known before it runs, so only those are refused beforehand. What it writes is one unit (scripts/session.ts).
 */
import {
  arityError,
  errors,
  isRefused,
  OK,
  refuse,
  reservedError,
  subcommandError,
  type ErrorReply,
} from "../errors.js";
import { host, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { isInt64Text } from "../number/decimal.js";
import { isFull } from "../scripts/full-server.js";
import { flushScripts, isKnownSha, scriptOf, scriptOfSha, type Script } from "../scripts/script-cache.js";
import { runIn } from "../scripts/session.js";
import { isReserved } from "../state/reserved.js";
import { crossSlotErrorOf } from "../state/slot-guard.js";
import { onNoKey, type Command, type Run } from "./command.js";

/** Keys of one question: Lua's argument stack is small. */
const PIECE = 4000;
const SHA_LENGTH = 40;
const LATER = 3;

/** What runs commands in its turn asks by itself. */
export function asking(arity: number, run: Run): Command {
  return { ...onNoKey(arity, run), asks: true };
}

export interface KeysAndArguments {
  readonly keys: string[];
  readonly rest: string[];
}

/** name what numkeys [key ...] [argument ...]: split; an error where the caller may not, or a key is Meridian's own. */
export function splitArguments(unit: Unit, args: string[], badCount: string): KeysAndArguments | ErrorReply {
  const countText = args[2]!;
  let count = smallCounts[countText];
  if (count === undefined) {
    if (!isInt64Text(countText)) return refuse(badCount);
    count = host.toNumber(countText, 10);
  }
  const end = LATER + count;
  if (end > args.length) return refuse(errors.keyCount);
  if (count < 0) return refuse(errors.negativeKeyCount);
  const { reserved, isSlot } = unit.partition.deployment;
  const keys: string[] = [];
  for (let at = LATER; at < end; at++) {
    const key = args[at]!;
    if (isReserved(reserved, key)) return refuse(reservedError(reserved));
    keys.push(key);
  }
  const crossing = isSlot ? crossSlotErrorOf(unit.partition, keys) : undefined;
  if (crossing !== undefined) return crossing;
  const rest: string[] = [];
  for (let at = end; at < args.length; at++) rest.push(args[at]!);
  return mayRun(args[0]!, keys) ?? { keys, rest };
}

const smallCounts: Record<string, number | undefined> = { "0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5 };

function mayRun(name: string, keys: string[]): ErrorReply | undefined {
  if (keys.length === 0) return host.aclAllows(name, "x", "0") ? undefined : notAllowed(name);
  if (keys.length === 1) return host.aclAllows(name, "x", "1", keys[0]!) ? undefined : notAllowed(name);
  let from = 0;
  do {
    const piece = keys.slice(from, from + PIECE);
    if (!host.aclAllows(name, "x", host.integerText(piece.length), ...piece)) return notAllowed(name);
    from += PIECE;
  } while (from < keys.length);
  return undefined;
}

function notAllowed(name: string): ErrorReply {
  return refuse(`NOPERM this user may not run the '${name.toLowerCase()}' command on these keys: nothing was done`);
}

/** An error where the caller may not run the subcommand. */
export function mayManage(args: string[]): ErrorReply | undefined {
  const count = args.length < LATER ? args.length : LATER;
  return host.aclAllows(...(args.slice(0, count) as [string, ...string[]])) ? undefined : notAllowed(args[0]!);
}

function evaluate(isReadOnly: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    const split = splitArguments(unit, args, errors.notInteger);
    if (isRefused(split)) return split;
    const script = scriptOf(args[1]!);
    return isRefused(script) ? script : runScript(unit, script, split, isReadOnly);
  };
}

function evaluateKnown(isReadOnly: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    if (args[1]!.length !== SHA_LENGTH) return refuse(errors.noScript);
    const split = splitArguments(unit, args, errors.notInteger);
    if (isRefused(split)) return split;
    const script = scriptOfSha(args[1]!);
    return isRefused(script) ? script : runScript(unit, script, split, isReadOnly);
  };
}

function runScript(unit: Unit, script: Script, { keys, rest }: KeysAndArguments, isReadOnly: boolean): Reply {
  const { hasShebang, noWrites, allowOom } = script.header;
  if (isReadOnly && hasShebang && !noWrites) return refuse(errors.writeFlag);
  if (hasShebang && !allowOom && !noWrites && isFull()) return refuse(errors.scriptOutOfMemory);
  return runIn({ unit, isReadOnly: isReadOnly || noWrites, allowsOom: allowOom }, script, keys, rest);
}

function script(_unit: Unit, args: string[]): Reply {
  const name = args[1]!.toUpperCase();
  const subcommand = subcommands[name];
  if (subcommand === undefined) return subcommandError(args[0]!, args[1]!);
  const { arity, run } = subcommand;
  if (arity > 0 ? args.length !== arity : args.length < -arity) return arityError(`script|${name}`);
  return mayManage(args) ?? run(args);
}

interface Subcommand {
  readonly arity: number;
  readonly run: (this: void, args: string[]) => Reply;
}

const subcommands: Record<string, Subcommand | undefined> = {
  LOAD: { arity: 3, run: loadScript },
  EXISTS: { arity: -3, run: (args) => args.slice(2).map((sha) => (isKnownSha(sha) ? 1 : 0)) },
  FLUSH: { arity: -2, run: flush },
  HELP: { arity: 2, run: (args) => host.pcall(args[0]!, args[1]!) },
  KILL: { arity: 2, run: () => refuse(errors.scriptKill) },
  DEBUG: { arity: 3, run: () => refuse(errors.scriptDebug) },
};

function loadScript(args: string[]): Reply {
  const loaded = scriptOf(args[2]!);
  return isRefused(loaded) ? loaded : loaded.name;
}

function flush(args: string[]): Reply {
  const word = args.length > 2 ? args[2]!.toUpperCase() : "SYNC";
  if (args.length > LATER || (word !== "SYNC" && word !== "ASYNC")) return refuse(errors.scriptFlush);
  flushScripts();
  return OK;
}

export const scriptCommands: Record<string, Command> = {
  EVAL: asking(-3, evaluate(false)),
  EVALSHA: asking(-3, evaluateKnown(false)),
  EVAL_RO: asking(-3, evaluate(true)),
  EVALSHA_RO: asking(-3, evaluateKnown(true)),
  SCRIPT: asking(-2, script),
};
