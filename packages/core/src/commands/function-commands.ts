/** FUNCTION, FCALL and FCALL_RO: users' own function libraries, which live in Meridian and follow the data. */
import {
  arityError,
  errors,
  isRefused,
  OK,
  refuse,
  subcommandError,
  subcommandWordsError,
  type ErrorReply,
} from "../errors.js";
import { host, type Reply } from "../host.js";
import { perform, type Unit } from "../log/unit.js";
import { isFull } from "../scripts/full-server.js";
import { matchesGlob } from "../scripts/glob.js";
import {
  functionNamed,
  libraryNamed,
  loadedLibraries,
  newLibraries,
  newLibrary,
  type Library,
} from "../scripts/libraries.js";
import { codesIn, dumpOf } from "../scripts/library-dump.js";
import { runIn } from "../scripts/session.js";
import { libraryHeader } from "../scripts/shebang.js";
import { scratchKey } from "../state/names.js";
import type { Command } from "./command.js";
import { permissionError } from "./permission.js";
import { asking, mayManage, splitArguments } from "./script-commands.js";

function call(isReadOnly: boolean) {
  return (unit: Unit, args: string[]): Reply => {
    if (unit.partition.deployment.isSlot) return refuse(errors.noFunctions);
    const named = functionNamed(unit.partition, args[1]!);
    if (named === undefined) return refuse(errors.noFunction);
    const split = splitArguments(unit, args, errors.badKeyCount);
    if (isRefused(split)) return split;
    const { noWrites, allowOom } = named;
    if (isReadOnly && !noWrites) return refuse(errors.writeFlag);
    if (!allowOom && !noWrites && isFull()) return refuse(errors.functionOutOfMemory);
    return runIn({ unit, isReadOnly: noWrites, allowsOom: allowOom }, named, split.keys, split.rest);
  };
}

interface Subcommand {
  readonly arity: number;
  readonly run: (this: void, unit: Unit, args: string[]) => Reply;
}

function manage(unit: Unit, args: string[]): Reply {
  const name = args[1]!.toUpperCase();
  const subcommand = subcommands[name];
  if (subcommand === undefined) return subcommandError(args[0]!, args[1]!);
  const { arity, run } = subcommand;
  if (arity > 0 ? args.length !== arity : args.length < -arity) return arityError(`function|${name}`);
  if (unit.partition.deployment.isSlot && (name === "LOAD" || name === "RESTORE")) return refuse(errors.noFunctions);
  return mayManage(args) ?? run(unit, args);
}

const subcommands: Record<string, Subcommand | undefined> = {
  LOAD: { arity: -3, run: load },
  DELETE: { arity: 3, run: remove },
  FLUSH: { arity: -2, run: flush },
  LIST: { arity: -2, run: list },
  STATS: { arity: 2, run: stats },
  HELP: { arity: 2, run: (_unit, args) => host.pcall(args[0]!, args[1]!) },
  KILL: { arity: 2, run: () => refuse(errors.notBusy) },
  DUMP: { arity: 2, run: dump },
  RESTORE: { arity: -3, run: restore },
};

/** FUNCTION LOAD [REPLACE] code */
function load(unit: Unit, args: string[]): Reply {
  let replaces = false;
  for (let at = 2; at < args.length - 1; at++) {
    if (args[at]!.toUpperCase() !== "REPLACE") return refuse(`ERR Unknown option given: ${args[at]!}`);
    replaces = true;
  }
  const refused = writeRefused(unit, args);
  if (refused !== undefined) return refused;
  if (isFull()) return refuse(errors.outOfMemory);
  const code = args[args.length - 1]!;
  const library = newLibrary(unit.partition, code, replaces);
  if (isRefused(library)) return library;
  perform(unit, ["Q", library.name, code]);
  return library.name;
}

function writeRefused(unit: Unit, args: string[]): ErrorReply | undefined {
  return permissionError(unit.partition, functionCommand, args);
}

function remove(unit: Unit, args: string[]): Reply {
  if (libraryNamed(unit.partition, args[2]!) === undefined) return refuse(errors.noLibrary);
  const refused = writeRefused(unit, args);
  if (refused !== undefined) return refused;
  perform(unit, ["Q", args[2]!, false]);
  return OK;
}

/** FUNCTION FLUSH [ASYNC|SYNC] */
function flush(unit: Unit, args: string[]): Reply {
  if (args.length > 3) return subcommandWordsError(args[0]!, args[1]!);
  const word = args.length > 2 ? args[2]!.toUpperCase() : "SYNC";
  if (word !== "SYNC" && word !== "ASYNC") return refuse(errors.functionFlush);
  const refused = writeRefused(unit, args);
  if (refused !== undefined) return refused;
  for (const { name } of loadedLibraries(unit.partition)) perform(unit, ["Q", name, false]);
  return OK;
}

function dump(unit: Unit): Reply {
  const codes: string[] = [];
  for (const { code } of loadedLibraries(unit.partition)) codes.push(code);
  return dumpOf(codes, scratchKey(unit.partition.root));
}

/** Those of the libraries whose names are not those of the texts. */
function without(libraries: readonly Library[], codes: readonly string[]): Library[] {
  const names: Record<string, true | undefined> = {};
  for (const code of codes) {
    const header = libraryHeader(code);
    if (!isRefused(header)) names[header.name] = true;
  }
  const others: Library[] = [];
  for (const library of libraries) if (names[library.name] !== true) others.push(library);
  return others;
}

/** FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE] */
function restore(unit: Unit, args: string[]): Reply {
  if (args.length > 4) return subcommandWordsError(args[0]!, args[1]!);
  const policy = args.length > 3 ? args[3]!.toUpperCase() : "APPEND";
  if (policy !== "FLUSH" && policy !== "APPEND" && policy !== "REPLACE") return refuse(errors.restorePolicy);
  const refused = writeRefused(unit, args);
  if (refused !== undefined) return refused;
  if (isFull()) return refuse(errors.outOfMemory);
  const codes = codesIn(args[2]!, scratchKey(unit.partition.root));
  if (isRefused(codes)) return codes;
  const there = loadedLibraries(unit.partition);
  const others = without(there, codes);
  const libraries = newLibraries(codes, policy === "APPEND" ? there : policy === "REPLACE" ? others : []);
  if (isRefused(libraries)) return libraries;
  if (policy === "FLUSH") {
    for (const { name } of others) perform(unit, ["Q", name, false]);
  }
  for (const { name, code } of libraries) perform(unit, ["Q", name, code]);
  return OK;
}

/** FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE] */
function list(unit: Unit, args: string[]): Reply {
  let pattern: string | undefined;
  let withCode = false;
  for (let at = 2; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "WITHCODE" && !withCode) {
      withCode = true;
    } else if (word === "LIBRARYNAME" && pattern === undefined) {
      if (at + 1 >= args.length) return refuse("ERR library name argument was not given");
      at++;
      pattern = args[at]!;
    } else {
      return refuse(`ERR Unknown argument ${args[at]!}`);
    }
  }
  const all: Reply[] = [];
  for (const library of loadedLibraries(unit.partition)) {
    if (pattern === undefined || matchesGlob(pattern, library.name)) all.push(describe(library, withCode));
  }
  return all;
}

function describe({ name, code, functions }: Library, withCode: boolean): Reply[] {
  const described: Reply[] = [];
  for (const each of functions) {
    const flags: Reply[] = [];
    for (const flag of each.flags) flags.push({ ok: flag });
    described.push(["name", each.name, "description", each.description, "flags", flags]);
  }
  const fields: Reply[] = ["library_name", name, "engine", "LUA", "functions", described];
  if (withCode) fields.push("library_code", code);
  return fields;
}

function stats(unit: Unit): Reply {
  let libraries = 0;
  let functions = 0;
  for (const library of loadedLibraries(unit.partition)) {
    libraries++;
    functions += library.functions.length;
  }
  const counts: Reply[] = ["libraries_count", libraries, "functions_count", functions];
  return ["running_script", false, "engines", ["LUA", counts]];
}

const functionCommand = asking(-2, manage);

export const functionCommands: Record<string, Command> = {
  FUNCTION: functionCommand,
  FCALL: asking(-3, call(false)),
  FCALL_RO: asking(-3, call(true)),
};
