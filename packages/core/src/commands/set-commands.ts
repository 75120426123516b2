/** Sets. Add wins: a removal takes away only the adds that were seen (effects/set.ts). */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { host, readInPieces, type Reply } from "../host.js";
import { packedSize } from "../log/packed-size.js";
import { keepOf, openKey, perform, type Unit } from "../log/unit.js";
import { sizeError } from "../scripts/unit-room.js";
import type { KeyState } from "../state/key-state.js";
import { onKey, onKeys, type Command } from "./command.js";
import { countArgument } from "./numbers.js";
import { exists, openTyped, plainKeep, putValue, removalKeep, removeKey } from "./opened.js";

function sadd(unit: Unit, args: string[]): Reply {
  const keep = plainKeep(unit, args[1]!, "e");
  if (keep !== undefined) return perform(unit, ["E", args[1]!, args.slice(2), keep]);
  const state = openTyped(unit, args[1]!, "e");
  return isRefused(state) ? state : addMembers(unit, state, args.slice(2));
}

function addMembers(unit: Unit, state: KeyState, members: string[]): number {
  return perform(unit, ["E", state.key, members, keepOf(unit, state, "e")]);
}

function srem(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "e");
  if (isRefused(state)) return state;
  return exists(state) ? removeMembers(unit, state, present(state, args.slice(2))) : 0;
}

/** Those of the members that are in the set, each once. */
function present(state: KeyState, members: string[]): string[] {
  const stored = readInPieces("SMISMEMBER", state.key, members);
  const found: string[] = [];
  const named: Record<string, true | undefined> = {};
  for (let at = 0; at < members.length; at++) {
    if (stored[at] !== 1 || named[members[at]!] === true) continue;
    named[members[at]!] = true;
    found.push(members[at]!);
  }
  return found;
}

function removeMembers(unit: Unit, state: KeyState, members: string[]): number {
  if (members.length === 0) return 0;
  const isEmptied = host.call("SCARD", state.key) === members.length;
  return perform(unit, ["F", state.key, members, isEmptied ? 1 : 0, removalKeep(unit, state, "e", isEmptied)]);
}

/** SPOP key [count]. The members are chosen here, once, and removed by name everywhere. */
function spop(unit: Unit, args: string[]): Reply {
  if (args.length > 3) return refuse(errors.syntax);
  const count = args.length === 3 ? countArgument(args[2]!) : 1;
  if (isRefused(count) || count < 0) return refuse(errors.notPositive);
  const state = openTyped(unit, args[1]!, "e");
  if (isRefused(state)) return state;
  const chosen = exists(state) && count > 0 ? chooseMembers(state, count) : [];
  removeMembers(unit, state, chosen);
  if (args.length === 3) return chosen;
  return chosen.length > 0 ? chosen[0]! : false;
}

function chooseMembers(state: KeyState, count: number): string[] {
  const size = host.call("SCARD", state.key) as number;
  return host.call("SRANDMEMBER", state.key, count < size ? count : size) as string[];
}

function smove(unit: Unit, args: string[]): Reply {
  const from = openTyped(unit, args[1]!, "e");
  if (!isRefused(from) && !exists(from)) return 0;
  if (isRefused(from)) return from;
  const to = openTyped(unit, args[2]!, "e");
  if (isRefused(to)) return to;
  const member = args[3]!;
  if (host.call("SISMEMBER", from.key, member) !== 1) return 0;
  if (from.key === to.key) return 1;
  removeMembers(unit, from, [member]);
  addMembers(unit, openKey(unit, to.key), [member]);
  return 1;
}

/** What Lua's argument stack holds in one call, with room to spare. */
const SOURCES_MAX = 7000;

/** S...STORE destination key [key ...]: the result is computed here and written as a value. */
function storeOf(command: string) {
  return (unit: Unit, args: string[]): Reply => {
    if (args.length > SOURCES_MAX + 2) return refuse(errors.tooManyKeys);
    const refused = sourcesRefused(unit, args);
    if (refused !== undefined) return refused;
    const members = host.call(command, ...args.slice(2)) as string[];
    const tooLarge = sizeError(unit, packedSize(members));
    if (tooLarge !== undefined) return tooLarge;
    const destination = openKey(unit, args[1]!);
    if (members.length === 0) removeKey(unit, destination);
    else putValue(unit, destination.key, "e", members, 0);
    return members.length;
  };
}

function sourcesRefused(unit: Unit, args: string[]): ErrorReply | undefined {
  for (let at = 2; at < args.length; at++) {
    const state = openTyped(unit, args[at]!, "e");
    if (isRefused(state)) return state;
  }
  return undefined;
}

export const setCommands: Record<string, Command> = {
  SADD: onKey(-3, sadd),
  SREM: onKey(-3, srem),
  SPOP: onKey(-2, spop),
  SMOVE: onKeys(4, 2, 1, smove),
  SINTERSTORE: onKeys(-3, -1, 1, storeOf("SINTER")),
  SUNIONSTORE: onKeys(-3, -1, 1, storeOf("SUNION")),
  SDIFFSTORE: onKeys(-3, -1, 1, storeOf("SDIFF")),
};
