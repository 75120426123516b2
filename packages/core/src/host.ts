/**
 * What the core needs of the place it runs in, and nothing else.
 *
 * In Redis the host is `redis.call` and the libraries Lua scripts have (src/lua/main.ts); in Node it is a model
 * keyspace (simulation). Every text is a string of bytes: in Node, latin1. One call runs to its end before the
 * next begins, so the current host is one module variable, bound at the entry of each call.
 */

/** A Redis reply: text, integer, nil (false), status, error, or an array of replies. */
export type Reply = string | number | false | { ok: string } | { err: string } | Reply[];

/** What can be packed: the subset of MessagePack that a log entry uses. */
export type Packed = string | number | boolean | Packed[];

/** Runs a command for a script: the reply as the server would give it to one that asked for the protocol, 2 or 3. */
export type ScriptCall = (this: void, args: string[], protocol: number) => Reply | undefined;

/** What a script returned, for the server to make a reply of (undefined: nil); or how it failed. */
export interface ScriptOutcome {
  readonly value: Reply | undefined;
  /** What was raised; undefined where nothing was. */
  readonly err: string | undefined;
  /** The line of the script that raised it; 0 where it is not known. */
  readonly line: number;
}

export interface CompiledScript {
  run(this: void, keys: string[], args: string[], call: ScriptCall): ScriptOutcome;
}

/** A function library of the user's, loaded. */
export interface ScriptLibrary {
  /** A function of it; `callback` is what was registered. */
  compiled(this: void, callback: unknown): CompiledScript;
}

/** Lua for users' scripts. */
export interface ScriptEngine {
  compile(this: void, code: string): CompiledScript | { err: string };
  /** `register` is the library's `redis.register_function`, called with the number of arguments and these; it gives an error's text. */
  load(
    this: void,
    code: string,
    register: (this: void, count: number, given: unknown[]) => string | undefined,
  ): ScriptLibrary | { err: string };
  /** The 8 bytes with which servers end what they dump. */
  checksum(this: void, text: string): string;
}

export interface Host {
  /** Runs a Redis command; an error reply ends the call (a bug of ours: arguments were checked before). */
  call(this: void, command: string, ...args: (string | number)[]): Reply;
  /** Runs a Redis command; an error reply comes back as `{err}`. */
  pcall(this: void, command: string, ...args: (string | number)[]): Reply;
  /** Whether the caller's rights allow the command; asks, and does nothing. */
  aclAllows(this: void, command: string, ...args: string[]): boolean;
  /** MessagePack, as Redis's `cmsgpack` writes it. */
  pack(this: void, value: Packed): string;
  /** The value, or undefined where the text is not one whole MessagePack value. */
  unpack(this: void, text: string): Packed | undefined;
  /** The same for text that we packed ourselves: not checked. */
  unpackOwn(this: void, text: string): Packed;
  /** 7 bytes, big endian: a stamp or a time in milliseconds, 0 to 2^53 - 1. */
  packStamp(this: void, value: number): string;
  /** The number in the 7 bytes that begin at the (zero-based) offset. */
  unpackStamp(this: void, text: string, offset: number): number;
  /** 40 lower-case hexadecimal digits. */
  sha1hex(this: void, text: string): string;
  /** The number that at most 13 lower-case hexadecimal digits spell, without a check. */
  hexNumber(this: void, digits: string): number;
  /** An integer in decimal digits, without exponent. */
  integerText(this: void, value: number): string;
  /** The shortest of 15, 16 and 17 digits, as C's `%g` prints them, that reads as the same double. */
  doubleText(this: void, value: number): string;
  /** A number read from text in the base, NaN where it is none. */
  toNumber(this: void, text: string, base: number): number;
  /** The slot of a key in a cluster: 0 to 16383. */
  slotOf(this: void, key: string): number;
  /** JSON of plain values. */
  jsonEncode(this: void, value: unknown): string;
  /** Lives as long as the server process on one node: for caches, never for state. */
  memory: Record<string, unknown>;
  /** Absent where there is no Lua. */
  scripts?: ScriptEngine;
}

export let host: Host;

/** Makes `next` the host of everything until the next bind. */
export function bindHost(next: Host): void {
  host = next;
}

/** An error reply, or undefined. */
export function errorOf(reply: Reply): { err: string } | undefined {
  return typeof reply === "object" && "err" in reply ? reply : undefined;
}

/** Integer read from text that we wrote ourselves. */
export function integerOf(text: Reply): number {
  return host.toNumber(text as string, 10);
}

/** Runs a variadic command in pieces, for Lua's argument stack is small; returns the sum of integer replies. */
export function callInPieces(command: string, key: string, args: string[]): number {
  if (args.length <= PIECE) {
    const reply = host.call(command, key, ...args);
    return typeof reply === "number" ? reply : 0;
  }
  let sum = 0;
  for (let from = 0; from < args.length; from += PIECE) {
    const reply = host.call(command, key, ...args.slice(from, from + PIECE));
    if (typeof reply === "number") sum += reply;
  }
  return sum;
}

/** Like callInPieces, for commands that answer one element an argument (HMGET, SMISMEMBER). */
export function readInPieces(command: string, key: string, args: string[]): Reply[] {
  if (args.length <= PIECE) return host.call(command, key, ...args) as Reply[];
  const all: Reply[] = [];
  for (let from = 0; from < args.length; from += PIECE) {
    for (const reply of host.call(command, key, ...args.slice(from, from + PIECE)) as Reply[]) all.push(reply);
  }
  return all;
}

/** Removes keys of any number. */
export function unlinkInPieces(keys: string[]): void {
  for (let from = 0; from < keys.length; from += PIECE) host.call("UNLINK", ...keys.slice(from, from + PIECE));
}

/** Even, so that field and value pairs stay together. */
const PIECE = 4000;
