/**
 * One command of a unit: a write of the table, or a read that the server answers. What is neither is refused by name,
 * so nothing is ever done here that does not reach the other regions.
 */
import { arityError, errors, refuse, reservedError, subcommandError, type ErrorReply } from "../errors.js";
import { namesReserved, type Command } from "../commands/command.js";
import { crossSlotError } from "../commands/slot-keys.js";
import { freeing } from "../commands/freeing.js";
import { isAllowed, noRight, permissionError } from "../commands/permission.js";
import { reads, type Read } from "../commands/reads.js";
import { refusedByName } from "../commands/refused.js";
import { errorOf, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { closedError } from "../state/membership.js";
import type { Partition } from "../state/partition.js";
import { isOfSlots } from "../state/slot-guard.js";
import { isFull } from "./full-server.js";
import { runRead, stores } from "./read.js";
import { mayLogWhole, roomError } from "./unit-room.js";

/** Every command that writes; filled by run.ts, for scripts are commands that call commands. */
export const writes: Record<string, Command | undefined> = {};

/** What a name stands for. */
export interface Named {
  /** In upper case. */
  readonly name: string;
  readonly read: Read | undefined;
  readonly write: Command | undefined;
  readonly mayLogWhole: boolean;
}

/** By the name as it was spelled, where that is all upper or all lower case: there are not many. */
const known: Record<string, Named | undefined> = {};

export function lookUp(spelled: string): Named | undefined {
  const found = known[spelled];
  if (found !== undefined) return found;
  const name = spelled.toUpperCase();
  const read = reads[name];
  const write = writes[name];
  if (read === undefined && write === undefined) return undefined;
  const named = { name, read, write, mayLogWhole: mayLogWhole(name) };
  if (spelled === name || spelled === name.toLowerCase()) known[spelled] = named;
  return named;
}

/** The read that the arguments are, or undefined. */
export function readOf({ read }: Named, args: string[]): Read | undefined {
  return read === undefined || (read.form === "store" && stores(args)) ? undefined : read;
}

/** Scripts: what they write is refused by itself. */
const onlyRuns: Record<string, true | undefined> = {
  EVAL: true,
  EVALSHA: true,
  EVAL_RO: true,
  EVALSHA_RO: true,
  FCALL: true,
  FCALL_RO: true,
};

export function execute(unit: Unit, command: Command, args: string[]): Reply {
  const { arity } = command;
  if (arity > 0 ? args.length !== arity : args.length < -arity) return arityError(args[0]!);
  const { reserved, closed, isSlot } = unit.partition.deployment;
  if (closed !== "" && onlyRuns[args[0]!.toUpperCase()] !== true) return closedError(closed);
  if (namesReserved(reserved, command, args)) return refuse(reservedError(reserved));
  const crossing = isSlot ? crossSlotError(unit.partition, command, args) : undefined;
  if (crossing !== undefined) return crossing;
  const refused = command.asks === true ? undefined : permissionError(unit.partition, command, args);
  return refused ?? command.run(unit, args);
}

/** The error where the caller may not run the command; what is no command, or has too few arguments, is not asked for. */
export function rightError(partition: Partition, args: string[]): ErrorReply | undefined {
  const named = lookUp(args[0]!);
  if (named === undefined) return undefined;
  const { name, write } = named;
  if (readOf(named, args) !== undefined) return isAllowed(args, 0) ? undefined : noRight(name);
  return write === undefined || write.asks === true ? undefined : permissionError(partition, write, args);
}

/** A command of a pipeline. */
export function callInUnit(unit: Unit, args: string[]): Reply {
  const named = lookUp(args[0]!);
  if (named === undefined) return unknownCommand(args);
  const read = readOf(named, args);
  if (read !== undefined)
    return asAsked(args, runRead(unit.partition.deployment.reserved, unit.partition, read, args, false));
  const { name, write } = named;
  if (write === undefined) return unknownCommand(args);
  if (write.asks !== true && freeing[name] !== true && isFull()) return refuse(errors.outOfMemory);
  return roomError(unit, args, named.mayLogWhole) ?? execute(unit, write, args);
}

/** The server takes us for a script; its texts for those are put as a client would get them. */
export function asAsked(args: string[], reply: Reply): Reply {
  const error = errorOf(reply);
  if (error === undefined) return reply;
  if (isOfSlots(error)) return refuse(errors.crossSlot);
  const name = args[0]!;
  const subcommand = isContainer[name.toUpperCase()] === true ? args[1] : undefined;
  if (error.err.indexOf("ERR Wrong number of args") === 0) {
    return arityError(subcommand === undefined ? name : `${name}|${subcommand}`);
  }
  if (subcommand === undefined || error.err.indexOf("called from script") < 0) return reply;
  return subcommandError(name, subcommand);
}

/** Their first argument names a command of its own. */
const isContainer: Record<string, true | undefined> = {
  OBJECT: true,
  MEMORY: true,
  XINFO: true,
  COMMAND: true,
  PUBSUB: true,
};

export function unknownCommand(args: string[]): ErrorReply {
  return refusedByName(args[0]!);
}
