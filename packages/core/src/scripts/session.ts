/**
 * A script's run: each command that it calls, by the rules of Redis's own scripts. A write is the operation that it is
 * from a client; all that a run writes is one unit, also where it fails half-way: what was written stays, as in Redis.
 *
 * What a script gets is its own: replies of the core are copied, for their parts may be in operations not yet logged.
 */
import { errors, refuse } from "../errors.js";
import type { Command } from "../commands/command.js";
import { freeing } from "../commands/freeing.js";
import { inRespThree } from "../commands/resp-three.js";
import { errorOf, host, type CompiledScript, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { isFull } from "./full-server.js";
import { runRead } from "./read.js";
import { roomError } from "./unit-room.js";
import { execute, lookUp, readOf, unknownCommand } from "./unit-call.js";

export interface Session {
  readonly unit: Unit;
  readonly isReadOnly: boolean;
  /** May write on a full server. */
  readonly allowsOom: boolean;
}

/** Runs are never within one another: EVAL and FCALL are not for scripts. */
let session: Session;

/** Commands of Meridian's table that the server keeps from scripts. */
const notForScripts: Record<string, true | undefined> = {
  EVAL: true,
  EVALSHA: true,
  EVAL_RO: true,
  EVALSHA_RO: true,
  FCALL: true,
  FCALL_RO: true,
  FUNCTION: true,
  SCRIPT: true,
  BLPOP: true,
  BRPOP: true,
  BLMOVE: true,
  BRPOPLPUSH: true,
  BZPOPMIN: true,
  BZPOPMAX: true,
};

/** Something that can be run: a script, or a function of a library. */
export interface Runnable {
  /** As errors name it. */
  readonly name: string;
  /** What its lines are lines of. */
  readonly chunk: "user_script" | "user_function";
  readonly code: string;
  readonly compiled: CompiledScript;
}

/** Runs it with the session's rights. Where it failed, the error is as Redis words it. */
export function runIn(next: Session, runnable: Runnable, keys: string[], args: string[]): Reply {
  session = next;
  const { value, err, line } = runnable.compiled.run(keys, args, callFromScript);
  return err === undefined ? (value ?? false) : failure(runnable, err, line);
}

function failure({ name, chunk, code }: Runnable, err: string, line: number): Reply {
  const found = line > 0 ? line : soleReturnLine(code);
  if (found === 0) return refuse(err);
  return refuse(`${err} script: ${name}, on @${chunk}:${host.integerText(found)}.`);
}

/**
 * `return redis.call(...)` leaves no frame to tell its line by. It is known where there is one such line; else 0.
 */
function soleReturnLine(code: string): number {
  let line = 1;
  let found = 0;
  let from = 0;
  for (;;) {
    const end = code.indexOf("\n", from);
    const text = code.substring(from, end < 0 ? code.length : end);
    if (text.indexOf("return redis.") >= 0) {
      if (found > 0) return 0;
      found = line;
    }
    if (end < 0) return found;
    from = end + 1;
    line++;
  }
}

/** One `redis.call` or `redis.pcall`. In RESP3 a script gets nil where RESP2 gives it false. */
export function callFromScript(args: string[], protocol: number): Reply | undefined {
  const reply = answerTo(args);
  if (protocol === 2) return reply;
  return reply === false ? undefined : (inRespThree(reply, args) as Reply);
}

function answerTo(args: string[]): Reply {
  const named = lookUp(args[0]!);
  if (named === undefined) return refusedToScript(args);
  const read = readOf(named, args);
  if (read !== undefined) {
    if (session.isReadOnly && read.isWrite) return refuse(errors.readOnlyScript);
    return runRead(session.unit.partition.deployment.reserved, session.unit.partition, read, args, true);
  }
  const { name, write } = named;
  if (write === undefined || notForScripts[name] === true) return refusedToScript(args);
  const { unit } = session;
  const refused = writeRefused(name, write, args) ?? roomError(unit, args, named.mayLogWhole);
  return refused ?? copied(execute(unit, write, args));
}

function writeRefused(name: string, command: Command, args: string[]): Reply | undefined {
  const { arity } = command;
  if (arity > 0 ? args.length !== arity : args.length < -arity) return refuse(errors.scriptArity);
  if (session.isReadOnly) return refuse(errors.readOnlyScript);
  const isFirst = session.unit.operations === undefined;
  if (isFirst && freeing[name] !== true && !session.allowsOom && isFull()) return refuse(errors.outOfMemory);
  if (name === "XREADGROUP" && waits(args)) {
    return refuse(`ERR ${args[0]!} command is not allowed with BLOCK option from scripts`);
  }
  return undefined;
}

/** XREADGROUP with BLOCK. */
function waits(args: string[]): boolean {
  for (let at = 4; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "BLOCK") return true;
    if (word === "STREAMS") return false;
  }
  return false;
}

/** In the server's own words where it would not run the command either; it is asked first, and runs nothing. */
function refusedToScript(args: string[]): Reply {
  const name = args[0]!;
  const names = args.length > 1 ? [name, `${name}|${args[1]!}`] : [name];
  const answer = host.pcall("COMMAND", "INFO", ...names);
  if (errorOf(answer) !== undefined) return unknownCommand(args);
  const infos = answer as (Reply | undefined)[];
  if (isNothing(infos[0])) return host.pcall(name);
  for (const info of infos) {
    if (!isNothing(info) && isKeptFromScripts(info as Reply[])) return host.pcall(...(args as [string, ...string[]]));
  }
  return unknownCommand(args);
}

function isNothing(info: Reply | undefined): boolean {
  return info === undefined || info === false;
}

function isKeptFromScripts(info: Reply[]): boolean {
  for (const flag of info[2] as { ok: string }[]) if (flag.ok === "noscript") return true;
  return false;
}

/** The reply as a script of Redis gets it: integers of any size are numbers. */
function copied(reply: Reply): Reply {
  if (typeof reply !== "object") return reply;
  if ("err" in reply) return { err: reply.err };
  if ("ok" in reply) return isInteger(reply.ok) ? host.toNumber(reply.ok, 10) : { ok: reply.ok };
  const parts: Reply[] = [];
  for (const part of reply) parts.push(copied(part));
  return parts;
}

/** See integerReply in commands/numbers.ts. No status of Redis begins so. */
function isInteger(text: string): boolean {
  const first = text.charCodeAt(0);
  return first === 45 || (first >= 48 && first <= 57);
}
