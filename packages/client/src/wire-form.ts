/**
 * A command on the wire as a function call. Only what is written changes: name, arguments and reply transformers of the
 * ioredis command stay its own, so that what it replies, and what is said of its errors, is as ever. What was put in this
 * form keeps it when it is sent again.
 */
import { freeing } from "@meridian/core";
import type { Command } from "ioredis";

const ROOT = "mer:{0}";
/** They write nothing, whatever they run, or ask for memory themselves. */
const SPARING: ReadonlySet<string> = new Set(["EVAL_RO", "EVALSHA_RO", "FCALL_RO", "SCRIPT", "FUNCTION"]);
export const SCRIPTS: ReadonlySet<string> = new Set(["EVAL", "EVALSHA", "FCALL"]);

const CALL = `\r\n$5\r\nFCALL\r\n$3\r\nmer\r\n$1\r\n1\r\n$${ROOT.length}\r\n${ROOT}`;
const FREEING_CALL = `\r\n$5\r\nFCALL\r\n$8\r\nmer_free\r\n$1\r\n1\r\n$${ROOT.length}\r\n${ROOT}`;
const SHOWING_CALL = `\r\n$5\r\nFCALL\r\n$8\r\nmer_show\r\n$1\r\n0\r\n$${ROOT.length}\r\n${ROOT}`;
const CALL_ARGUMENTS = 4;

type Written = string | Buffer;
type Socket = Parameters<Command["toWritable"]>[0];

/** Is it in the form in which it is sent? */
export function isFormed(command: Command): boolean {
  return Object.hasOwn(command, "toWritable");
}

/** A script's command chooses between EVAL and EVALSHA as it is written: the class's own form, whatever we made of it. */
function ownForm(command: Command, socket: Socket): Written {
  const own = Object.getPrototypeOf(command) as Command;
  return own.toWritable.call<Command, [Socket], Written>(command, socket);
}

function withPrefix(command: Command, socket: Socket, prefix: string): Written {
  const own = ownForm(command, socket);
  const head = `*${command.args.length + 1 + CALL_ARGUMENTS}${prefix}`;
  if (typeof own === "string") return head + own.slice(own.indexOf("\r\n"));
  return Buffer.concat([Buffer.from(head), own.subarray(own.indexOf("\r\n"))]);
}

function writeCall(this: Command, socket: Socket): Written {
  return withPrefix(this, socket, CALL);
}

function writeFreeingCall(this: Command, socket: Socket): Written {
  return withPrefix(this, socket, FREEING_CALL);
}

function writeShowingCall(this: Command, socket: Socket): Written {
  return withPrefix(this, socket, SHOWING_CALL);
}

/** `isFull`: the server refused something for want of memory; then the function looks at what a script does. */
export function formCall(command: Command, isFull: boolean): void {
  const name = command.name.toUpperCase();
  const isSparing = freeing[name] === true || SPARING.has(name) || (isFull && SCRIPTS.has(name));
  command.toWritable = isSparing ? writeFreeingCall : writeCall;
}

export function formShow(command: Command): void {
  command.toWritable = writeShowingCall;
}

/** One call of many commands: each is preceded by the number of its arguments. */
export function transactionForm(commands: readonly Command[], isFull: boolean, socket: Socket): Buffer {
  const frees = commands.every(({ name }) => freeing[name.toUpperCase()] === true);
  const sizes = commands.map(({ args }) => args.length + 1);
  const total = sizes.reduce((sum, size) => sum + size + 1, 0);
  const parts = [`*${total + CALL_ARGUMENTS + 1}${frees || isFull ? FREEING_CALL : CALL}\r\n$11\r\ntransaction\r\n`];
  const pieces: Buffer[] = [];
  for (const [index, command] of commands.entries()) {
    const size = String(sizes[index]);
    parts.push(`$${size.length}\r\n${size}\r\n`);
    const own = ownForm(command, socket);
    if (typeof own === "string") {
      parts.push(own.slice(own.indexOf("\r\n") + 2));
    } else {
      pieces.push(Buffer.from(parts.splice(0).join("")), own.subarray(own.indexOf("\r\n") + 2));
    }
  }
  return Buffer.concat([...pieces, Buffer.from(parts.join(""))]);
}
