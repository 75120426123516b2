/**
 * Consumer groups. XGROUP CREATE and DESTROY reach every region, and XACK where it completes a prefix (effects/stream-acks.ts).
 * Cursors, consumers and what is pending are each region's own: SETID, CREATECONSUMER, DELCONSUMER, XCLAIM and XAUTOCLAIM are
 * the server's own commands, and log nothing.
 */
import { completePrefix } from "../effects/stream-acks.js";
import { eachGroup, hasGroup, livesOf, packLives, readGroup, storeGroup } from "../effects/stream-groups.js";
import { dropAllLate } from "../effects/stream-late.js";
import { groupOf, lastIdOf } from "../effects/stream-native.js";
import { openStream } from "../effects/stream-open.js";
import { arityError, errors, isRefused, OK, refuse } from "../errors.js";
import { errorOf, host, type Reply } from "../host.js";
import { keepOf, note, openKey, perform, type Unit } from "../log/unit.js";
import type { KeyState } from "../state/key-state.js";
import { groupsKey } from "../state/names.js";
import { compareIds, parseId, ZERO_ID } from "../types/stream-id.js";
import { onKey, type Command } from "./command.js";
import { int64Argument } from "./numbers.js";
import { exists, openTyped, removeKey } from "./opened.js";
import { parseIds } from "./stream-commands.js";
import { streamErrors, subcommandError, unknownSubcommand } from "./stream-errors.js";

/** What one call of the server takes, with room to spare. */
const ARGUMENTS_MAX = 7000;

/** The server's own command on the key as it shows. */
function natively(unit: Unit, args: string[], keyAt: number): Reply {
  if (args.length > ARGUMENTS_MAX) return refuse(errors.tooManyIds);
  openKey(unit, args[keyAt]!);
  return host.pcall(args[0]!.toUpperCase(), ...args.slice(1));
}

/** Options of XGROUP CREATE, after the id: MKSTREAM, ENTRIESREAD and its number. */
const CREATE_OPTIONS_MAX = 3;

/** XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD count] */
function create(unit: Unit, args: string[]): Reply {
  let makeStream = false;
  let read: string | false = false;
  for (let at = 5; at < args.length; at++) {
    const word = args[at]!.length <= 11 ? args[at]!.toUpperCase() : "";
    if (word === "MKSTREAM") {
      makeStream = true;
    } else if (word === "ENTRIESREAD" && at + 1 < args.length) {
      const count = int64Argument(args[++at]!);
      if (isRefused(count)) return count;
      if (count !== "-1" && count.charCodeAt(0) === 45) return refuse(streamErrors.readNegative);
      read = count;
    } else {
      return subcommandError(args[1]!);
    }
  }
  const state = openTyped(unit, args[2]!, "x");
  if (isRefused(state)) return state;
  if (!exists(state) && !makeStream) return refuse(streamErrors.groupNoKey);
  if (args.length - 5 > CREATE_OPTIONS_MAX) return subcommandError(args[1]!);
  const start = startOf(state, args[4]!);
  if (start === undefined) return refuse(streamErrors.id);
  const stream = openStream(unit.partition, state);
  if (exists(state) && hasGroup(stream.holders, args[3]!)) return refuse(streamErrors.busyGroup);
  const lives = exists(state) ? packLives(unit.partition, livesOf(stream)) : [];
  perform(unit, ["g", state.key, args[3]!, start, read, lives, keepOf(unit, state, "x")]);
  return OK;
}

/** Where a new group begins: after what is there, or after the id. */
function startOf(state: KeyState, text: string): string | undefined {
  if (text !== "$") return parseId(text, "0");
  return exists(state) ? lastIdOf(state.key) : ZERO_ID;
}

/** XGROUP DESTROY key group. The last group of a stream without entries takes it along. */
function destroy(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[2]!, "x");
  if (isRefused(state)) return state;
  if (!exists(state)) return refuse(streamErrors.groupNoKey);
  const { holders, side } = openStream(unit.partition, state);
  if (!hasGroup(holders, args[3]!)) return 0;
  let groups = 0;
  eachGroup(holders, () => groups++);
  const isEmptied = groups === 1 && host.call("EXISTS", side) === 0;
  perform(unit, ["k", state.key, args[3]!, isEmptied ? 1 : 0]);
  if (isEmptied) removeKey(unit, openKey(unit, args[2]!));
  return 1;
}

/** XGROUP SETID key group id|$ [ENTRIESREAD count]: what came late is read again or skipped as it says. */
function setCursor(unit: Unit, args: string[]): Reply {
  const reply = natively(unit, args, 2);
  if (errorOf(reply) !== undefined) return reply;
  const { root } = unit.partition;
  const holders = groupsKey(root, args[2]!);
  const group = readGroup(holders, args[3]!);
  if (group === undefined) return reply;
  dropAllLate(root, args[2]!, args[3]!);
  group.from = groupOf(args[2]!, args[3]!).delivered;
  storeGroup(holders, args[3]!, group);
  return reply;
}

interface Subcommand {
  readonly arity: number;
  run(this: void, unit: Unit, args: string[]): Reply;
}

const subcommands: Record<string, Subcommand | undefined> = {
  CREATE: { arity: -5, run: create },
  SETID: { arity: -5, run: setCursor },
  DESTROY: { arity: 4, run: destroy },
  CREATECONSUMER: { arity: 5, run: (unit, args) => natively(unit, args, 2) },
  DELCONSUMER: { arity: 5, run: (unit, args) => natively(unit, args, 2) },
};

function nameOf(given: string): string {
  return given.length <= 14 ? given.toUpperCase() : "";
}

function isKnown(args: string[]): boolean {
  const name = nameOf(args[1]!);
  return name === "HELP" || subcommands[name] !== undefined;
}

function xgroup(unit: Unit, args: string[]): Reply {
  const given = args[1]!;
  const name = nameOf(given);
  if (name === "HELP" && args.length === 2) return host.pcall("XGROUP", "HELP");
  const subcommand = subcommands[name];
  if (subcommand === undefined) return unknownSubcommand(given);
  const { arity, run } = subcommand;
  if (arity > 0 ? args.length !== arity : args.length < -arity) return arityError(`${args[0]!}|${given}`);
  return run(unit, args);
}

/** XACK key group id [id ...] */
function xack(unit: Unit, args: string[]): Reply {
  if (args.length > ARGUMENTS_MAX) return refuse(errors.tooManyIds);
  const state = openTyped(unit, args[1]!, "x");
  if (isRefused(state)) return state;
  if (!exists(state) || !hasGroup(groupsKey(unit.partition.root, state.key), args[2]!)) return 0;
  const ids = parseIds(args, 3);
  if (isRefused(ids)) return ids;
  const count = host.call("XACK", state.key, args[2]!, ...ids) as number;
  if (count > 0) notePrefix(unit, state.key, args[2]!, ids);
  return count;
}

/** Tells the other regions how far all is acknowledged, where one of these ids belongs to that. */
export function notePrefix(unit: Unit, key: string, name: string, acknowledged: string[]): void {
  const { root } = unit.partition;
  const group = readGroup(groupsKey(root, key), name);
  const to = completePrefix(root, key, key, name);
  if (group === undefined || to === undefined || compareIds(group.from, to) >= 0) return;
  for (const id of acknowledged) {
    if (compareIds(id, to) > 0 || compareIds(id, group.from) <= 0) continue;
    note(unit, ["p", key, name, group.from, to]);
    return;
  }
}

function groupKeys(args: string[]): string[] {
  return args.length > 2 ? [args[2]!] : [];
}

/** HELP has no key, so all arguments of XGROUP are taken for keys where those are looked at. */
export const streamGroupCommands: Record<string, Command> = {
  XGROUP: { arity: -2, firstKey: 1, lastKey: -1, step: 1, run: xgroup, knows: isKnown, keysOf: groupKeys },
  XACK: onKey(-4, xack),
  XCLAIM: onKey(-6, (unit, args) => natively(unit, args, 1)),
  XAUTOCLAIM: onKey(-6, (unit, args) => natively(unit, args, 1)),
};
