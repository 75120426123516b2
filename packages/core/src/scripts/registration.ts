/** `redis.register_function` of a library: what it takes, and Redis's errors about it. */
import { host, type CompiledScript } from "../host.js";
import type { Runnable } from "./session.js";
import { BAD_NAME, isName, isScriptFlag } from "./shebang.js";

export interface UserFunction extends Runnable {
  readonly description: string | false;
  readonly flags: readonly string[];
  readonly noWrites: boolean;
  readonly allowOom: boolean;
}

/** A function as it was registered. */
export interface Registered {
  readonly name: string;
  readonly description: string | false;
  readonly flags: string[];
  readonly callback: unknown;
}

/** Adds a function to `found`; the text of an error where the arguments are wrong. */
export function register(found: Registered[], count: number, given: unknown[]): string | undefined {
  if (count < 1 || count > 2) return "ERR wrong number of arguments to redis.register_function";
  const registered = count === 1 ? fromTable(given[0]) : fromPair(given[0], given[1]);
  if (typeof registered === "string") return registered;
  if (!isName(registered.name)) return BAD_NAME;
  for (const { name } of found) if (name === registered.name) return "ERR Function already exists in the library";
  found.push(registered);
  return undefined;
}

function fromPair(name: unknown, callback: unknown): Registered | string {
  const text = textOf(name);
  if (text === undefined) return "ERR first argument to redis.register_function must be a string";
  if (typeof callback !== "function") return "ERR second argument to redis.register_function must be a function";
  return { name: text, description: false, flags: [], callback };
}

function fromTable(table: unknown): Registered | string {
  if (typeof table !== "object") {
    return "ERR calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).";
  }
  const given = table as Record<string, unknown>;
  for (const name in given) if (!isArgument(name)) return "ERR unknown argument given to redis.register_function";
  const { function_name: name, callback, description, flags } = given;
  const text = textOf(name);
  const about = textOf(description);
  if (name !== undefined && text === undefined) {
    return "ERR function_name argument given to redis.register_function must be a string";
  }
  if (description !== undefined && about === undefined) {
    return "ERR description argument given to redis.register_function must be a string";
  }
  if (callback !== undefined && typeof callback !== "function") {
    return "ERR callback argument given to redis.register_function must be a function";
  }
  const parsed = flagsOf(flags);
  if (typeof parsed === "string") return parsed;
  if (text === undefined) return "ERR redis.register_function must get a function name argument";
  if (callback === undefined) return "ERR redis.register_function must get a callback argument";
  return { name: text, description: about ?? false, flags: parsed, callback };
}

function isArgument(name: unknown): boolean {
  return name === "function_name" || name === "callback" || name === "description" || name === "flags";
}

function flagsOf(given: unknown): string[] | string {
  if (given === undefined) return [];
  if (typeof given !== "object") {
    return "ERR flags argument to redis.register_function must be a table representing function flags";
  }
  const flags: string[] = [];
  for (const flag of given as unknown[]) {
    if (typeof flag !== "string" || !isScriptFlag(flag)) return "ERR unknown flag given";
    flags.push(flag);
  }
  return flags;
}

/** As Lua takes it: a number is a text too. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return host.doubleText(value);
  return typeof value === "string" ? value : undefined;
}

export function userFunction(registered: Registered, code: string, compiled: CompiledScript): UserFunction {
  const { name, description, flags } = registered;
  let noWrites = false;
  let allowOom = false;
  for (const flag of flags) {
    if (flag === "no-writes") noWrites = true;
    if (flag === "allow-oom") allowOom = true;
  }
  return { name, chunk: "user_function", code, compiled, description, flags, noWrites, allowOom };
}
