/**
 * Runs users' Lua: scripts and function libraries.
 *
 * Their `redis` is ours: its `call` goes through the core, so a script writes what a client would. It comes as an upvalue
 * of the script's own function, in which the script keeps all of its 200 locals, and its lines their numbers. Whatever
 * else could lead to the server's `redis` (`_G`, `loadstring`, `load`) is ours too. What a script is given is made anew
 * for each run, or can't be changed, so no script leaves anything behind for the next.
 *
 * Compiled by TypeScriptToLua only.
 */
/// <reference types="@typescript-to-lua/language-extensions" />
import { checksum } from "./checksum.js";
import type { CompiledScript, Reply, ScriptCall, ScriptEngine, ScriptLibrary, ScriptOutcome } from "../host.js";

type Main = (this: void) => Reply | undefined;
/** A compiled script, given its upvalues. */
type Factory = (this: void, ...upvalues: unknown[]) => Main;
type Register = (this: void, count: number, given: unknown[]) => string | undefined;

declare const redis: Record<string, unknown> & { pcall(this: void, ...given: unknown[]): Reply };
declare const _G: object;
declare function error(this: void, message: unknown, level?: number): never;
declare function loadstring(this: void, code: string, chunk: string): LuaMultiReturn<[Factory | undefined, string]>;
declare function pcall(this: void, run: unknown, ...args: unknown[]): LuaMultiReturn<[boolean, unknown]>;
declare function rawget(this: void, table: object, name: unknown): unknown;
declare function select(this: void, what: "#", ...given: unknown[]): number;
declare function getmetatable(this: void, table: object): unknown;
declare function setmetatable(this: void, table: object, meta: object): object;
declare function tonumber(this: void, value: unknown): number | undefined;
declare function tostring(this: void, value: unknown): string;
declare function xpcall(
  this: void,
  run: Main,
  explain: (this: void, problem: unknown) => unknown,
): LuaMultiReturn<[boolean, unknown]>;
declare const string: { format(this: void, format: string, value: number): string };

/** Where the frames of the run begin, seen from `lineOfFrame`; and how many are looked at. */
const FIRST_FRAME = 4;
const LAST_FRAME = 20;
const EXACT_INTEGER = 9007199254740992;
const REPL_ALL = 3;
const SCRIPT_CHUNK = "user_script";
const LIBRARY_CHUNK = "user_function";
const READ_ONLY = "Attempt to modify a readonly table";
const SHARED_CONSTANTS = [
  "LOG_DEBUG",
  "LOG_VERBOSE",
  "LOG_NOTICE",
  "LOG_WARNING",
  "REDIS_VERSION",
  "REDIS_VERSION_NUM",
];

/** Calls a function of a library; a frame of its own, below which are none of the library's. */
const GROUND = "ground:1: ";
const [ground] = loadstring("return function(f, keys, args) local value = f(keys, args) return value end", "@ground");
const callFunction = ground!() as unknown as (this: void, f: unknown, keys: string[], args: string[]) => Reply;

/** What runs now. */
let dispatch: ScriptCall;
let chunk = SCRIPT_CHUNK;
/** The core was called and has not returned: where a run ends so, a fault of the core's ended it. */
let isInCore = false;
let fault: unknown;
/** Of the replies that the script gets, as it asked for by `setresp`. */
let protocol = 2;
/** What this file raised last, and how many frames of its own lay above the script's. */
let raised: unknown;
let raisedFrames = 0;

/** The arguments as the server would take them from a script, or undefined where it would not. */
function toTexts(this: void, count: number, given: unknown[]): string[] | undefined {
  for (let at = 0; at < count; at++) {
    const value = given[at];
    if (typeof value === "number") given[at] = numberText(value);
    else if (typeof value !== "string") return undefined;
  }
  return given as string[];
}

/** Servers differ in how they print what is no whole number: asked, this one says. */
function numberText(this: void, value: number): string {
  const isExact = value % 1 === 0 && value < EXACT_INTEGER && value > -EXACT_INTEGER && value !== 0;
  if (isExact) return string.format("%.0f", value);
  const text = redis.pcall("ECHO", value);
  return typeof text === "string" ? text : string.format("%.17g", value);
}

function invoke(this: void, count: number, given: unknown[]): Reply {
  const args = toTexts(count, given);
  // The server refuses these, and says so in its own words.
  if (count === 0) return redis.pcall();
  if (args === undefined) return redis.pcall({});
  if (isInCore) error(fault, 0);
  isInCore = true;
  const reply = dispatch(args, protocol);
  isInCore = false;
  return reply as Reply;
}

function call(this: void, ...given: unknown[]): Reply {
  const reply = invoke(select("#", ...given), given);
  if (typeof reply === "object" && (reply as { err?: string }).err !== undefined) {
    raised = reply;
    raisedFrames = 1;
    error(reply);
  }
  return reply;
}

function protectedCall(this: void, ...given: unknown[]): Reply {
  return invoke(select("#", ...given), given);
}

function raise(this: void, text: string): never {
  raised = { err: text };
  raisedFrames = 2;
  return error(raised);
}

function setProtocol(this: void, ...given: unknown[]): void {
  if (select("#", ...given) !== 1) raise("ERR redis.setresp() requires one argument.");
  const version = tonumber(given[0]);
  if (version !== 2 && version !== 3) raise("ERR RESP version must be 2 or 3.");
  protocol = version!;
}

function setReplication(this: void, ...given: unknown[]): void {
  if (select("#", ...given) !== 1) raise("ERR redis.set_repl() requires two arguments.");
  const flags = tonumber(given[0]) ?? 0;
  if (!(flags >= 0 && flags <= REPL_ALL)) {
    raise("ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
  }
  if (flags !== REPL_ALL) {
    raise("MERIDIAN_UNSUPPORTED redis.set_repl() takes redis.REPL_ALL only: what a script writes goes to every region");
  }
}

/** What a script finds in `redis`. */
function interfaceOf(this: void, aclCheck: unknown, isLibrary: boolean): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name in redis) found[name] = redis[name];
  delete found["register_function"];
  found["call"] = call;
  found["pcall"] = protectedCall;
  found["acl_check_cmd"] = aclCheck;
  found["setresp"] = setProtocol;
  found["set_repl"] = setReplication;
  if (isLibrary) return found;
  found["replicate_commands"] = () => true;
  found["breakpoint"] = () => false;
  found["debug"] = () => undefined;
  return found;
}

/** A table that shows what `lookUp` finds and can't be written. */
function sealed(this: void, lookUp: object): object {
  return { __index: lookUp, __newindex: refuseWrite, __metatable: false };
}

function refuseWrite(this: void): void {
  error(READ_ONLY, 2);
}

const SEAL = setmetatable({}, sealed({}));

/** Of what is sealed a table that can't be written either, as the server's own is. */
function metatableOf(this: void, table: object): unknown {
  const found = getmetatable(table);
  return found === false ? SEAL : found;
}

function giveMetatable(this: void, table: object, meta: object): object {
  if (typeof table === "object" && getmetatable(table) === false) {
    raised = READ_ONLY;
    raisedFrames = 1;
    error(READ_ONLY, 0);
  }
  return setmetatable(table, meta);
}

/** Valkey has the same table under a second name. */
const secondName = rawget(_G, "server") === undefined ? "redis" : "server";
const LIBRARY_NAMES = `redis, _G, loadstring, load, getmetatable, setmetatable, ${secondName}`;
const SCRIPT_NAMES = `${LIBRARY_NAMES}, KEYS, ARGV`;

/** Compiled by itself first, for its own errors: what closes the function must not close what the script left open. */
function factoryOf(this: void, code: string, name: string, upvalues: string): Factory | { err: string } {
  const [alone, problem] = loadstring(code, name);
  if (alone === undefined) return { err: problem };
  const [factory, limit] = loadstring(`local ${upvalues} = ... return function(...) ${code}\nend`, name);
  return factory ?? { err: limit };
}

/** True where the code may look for globals by other ways than their names. */
function looksAround(this: void, code: string): boolean {
  return code.indexOf("_G") >= 0 || code.indexOf("load") >= 0 || code.indexOf("metatable") >= 0;
}

/** The function of one run; the environment beyond `redis` is made only for code that looks for it. A library has no keys. */
function bind(
  this: void,
  factory: Factory,
  isLookingAround: boolean,
  api: object,
  keys?: string[],
  args?: string[],
): Main {
  if (!isLookingAround) return factory(api, undefined, undefined, undefined, undefined, undefined, api, keys, args);
  const names = keys === undefined ? LIBRARY_NAMES : SCRIPT_NAMES;
  const own: Record<string, unknown> = { redis: api, [secondName]: api, KEYS: keys, ARGV: args };
  const globals = setmetatable(
    {},
    sealed((_: object, name: string) => {
      const value = own[name] ?? rawget(_G, name);
      return value ?? missing(name, 3);
    }),
  );
  const loadText = (text: string, name?: string): LuaMultiReturn<[unknown, string?]> => {
    const inner = factoryOf(text, name ?? text, names);
    if (typeof inner === "object") return $multi(undefined, inner.err);
    return $multi(inner(api, globals, loadText, loadPieces, metatableOf, giveMetatable, api, keys, args));
  };
  const loadPieces = (pieces: () => unknown, name?: string): LuaMultiReturn<[unknown, string?]> => {
    let text = "";
    for (let piece = pieces(); typeof piece === "string" && piece !== ""; piece = pieces()) text += piece;
    return loadText(text, name ?? "=(load)");
  };
  own["_G"] = globals;
  own["loadstring"] = loadText;
  own["load"] = loadPieces;
  own["getmetatable"] = metatableOf;
  own["setmetatable"] = giveMetatable;
  return factory(api, globals, loadText, loadPieces, metatableOf, giveMetatable, api, keys, args);
}

/** As the server says it; the level is that of who looked. */
function missing(this: void, name: unknown, level: number): never {
  return error(`Script attempted to access nonexistent global variable '${tostring(name)}'`, level);
}

/** How a run failed, seen while its frames are still there: what was raised, and the line of the script that raised it. */
function explain(this: void, problem: unknown): unknown {
  fault = problem;
  let line = typeof problem === "string" ? lineIn(problem) : 0;
  if (line === 0) line = lineOfFrame(problem === raised ? raisedFrames : 0);
  if (typeof problem !== "object") return { err: `ERR ${tostring(problem)}`, line };
  const { err } = problem as { err?: unknown };
  return { err: typeof err === "string" ? err : "ERR the script raised a table without a text in 'err'", line };
}

/** The line that the text begins with, `user_script:12: `; else 0. */
function lineIn(this: void, text: string): number {
  if (text.substring(0, chunk.length + 1) !== `${chunk}:`) return 0;
  const end = text.indexOf(":", chunk.length + 1);
  return end < 0 ? 0 : (tonumber(text.substring(chunk.length + 1, end)) ?? 0);
}

/** The line of the innermost frame of the script, behind so many that are of this file: it is a chunk of the same name. */
function lineOfFrame(this: void, ownFrames: number): number {
  let skipped = chunk === LIBRARY_CHUNK ? ownFrames : 0;
  for (let frame = FIRST_FRAME; frame <= LAST_FRAME; frame++) {
    const [, where] = pcall(error, "", frame);
    if (where === GROUND) return 0;
    const line = lineIn(where as string);
    if (line > 0 && skipped === 0) return line;
    if (line > 0) skipped--;
  }
  return 0;
}

function run(this: void, main: Main, name: string, next: ScriptCall): ScriptOutcome {
  dispatch = next;
  chunk = name;
  isInCore = false;
  protocol = 2;
  const [isDone, value] = xpcall(main, explain);
  if (isInCore) error(fault, 0);
  if (isDone) return { value: value as Reply, err: undefined, line: 0 };
  const { err, line } = value as { err: string; line: number };
  return { value: false, err, line };
}

export function scriptEngine(aclCheck: unknown): ScriptEngine {
  const scriptMeta = sealed(interfaceOf(aclCheck, false));
  const libraryApi = interfaceOf(aclCheck, true);

  function compile(this: void, code: string): CompiledScript | { err: string } {
    const factory = factoryOf(code, `@${SCRIPT_CHUNK}`, SCRIPT_NAMES);
    if (typeof factory === "object") return factory;
    const isLookingAround = looksAround(code);
    return {
      run: (keys, args, next) =>
        run(bind(factory, isLookingAround, setmetatable({}, scriptMeta), keys, args), SCRIPT_CHUNK, next),
    };
  }

  /** `redis` is one table for the life of the library, for its functions keep it; what it shows changes at the end. */
  function load(this: void, code: string, register: Register): ScriptLibrary | { err: string } {
    const factory = factoryOf(code, `@${LIBRARY_CHUNK}`, LIBRARY_NAMES);
    if (typeof factory === "object") return { err: `ERR Error compiling function: ${factory.err}` };
    const whileLoading: Record<string, unknown> = { log: redis["log"] };
    whileLoading["register_function"] = (...given: unknown[]): void => {
      const problem = register(select("#", ...given), given);
      if (problem !== undefined) raise(problem);
    };
    for (const name of SHARED_CONSTANTS) whileLoading[name] = redis[name];
    const meta = sealed((_: object, name: string) => whileLoading[name] ?? missing(name, 3)) as { __index: object };
    const main = bind(factory, looksAround(code), setmetatable({}, meta));
    const outcome = run(main, LIBRARY_CHUNK, () => false);
    if (outcome.err !== undefined) return { err: `ERR Error registering functions: ${outcome.err}` };
    meta.__index = libraryApi;
    return {
      compiled: (callback) => ({
        run: (keys, args, next) => run(() => callFunction(callback, keys, args), LIBRARY_CHUNK, next),
      }),
    };
  }

  return { compile, load, checksum };
}
