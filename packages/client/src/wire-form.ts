/**
 * A command on the wire as a function call. Only what is written changes: name, arguments and reply transformers of the
 * ioredis command stay its own, so that what it replies, and what is said of its errors, is as ever. What was put in this
 * form keeps it when it is sent again.
 */
import { freeing } from "@meridian/core";
import type { Command } from "ioredis";

/** They write nothing, whatever they run, or ask for memory themselves. */
const SPARING: ReadonlySet<string> = new Set(["EVAL_RO", "EVALSHA_RO", "FCALL_RO", "SCRIPT", "FUNCTION"]);
export const SCRIPTS: ReadonlySet<string> = new Set(["EVAL", "EVALSHA", "FCALL"]);

type Form = "mer" | "mer_free" | "mer_show";

/** By function and root: of a region of slots there are as many roots as slots in use. */
const heads: Readonly<Record<Form, Map<string, string>>> = { mer: new Map(), mer_free: new Map(), mer_show: new Map() };

function headOf(form: Form, root: string): string {
  let head = heads[form].get(root);
  if (head === undefined) {
    const keys = form === "mer_show" ? 0 : 1;
    head = `\r\n$5\r\nFCALL\r\n$${form.length}\r\n${form}\r\n$1\r\n${keys}\r\n$${root.length}\r\n${root}`;
    heads[form].set(root, head);
  }
  return head;
}

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

/** `isFull`: the server refused something for want of memory; then the function looks at what a script does. */
export function formCall(command: Command, isFull: boolean, root: string): void {
  const name = command.name.toUpperCase();
  const isSparing = freeing[name] === true || SPARING.has(name) || (isFull && SCRIPTS.has(name));
  const head = headOf(isSparing ? "mer_free" : "mer", root);
  command.toWritable = (socket) => withPrefix(command, socket, head);
}

export function formShow(command: Command, root: string): void {
  command.toWritable = (socket) => writeShown(command, socket, root);
}

export function writeShown(command: Command, socket: Socket, root: string): Written {
  return withPrefix(command, socket, headOf("mer_show", root));
}

/** One call of many commands: each is preceded by the number of its arguments. */
export function transactionForm(commands: readonly Command[], isFull: boolean, root: string, socket: Socket): Buffer {
  const frees = commands.every(({ name }) => freeing[name.toUpperCase()] === true);
  const head = headOf(frees || isFull ? "mer_free" : "mer", root);
  const sizes = commands.map(({ args }) => args.length + 1);
  const total = sizes.reduce((sum, size) => sum + size + 1, 0);
  const parts = [`*${total + CALL_ARGUMENTS + 1}${head}\r\n$11\r\ntransaction\r\n`];
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
