/**
 * The users' function libraries of this process: what is stored of them (library-effect.ts), compiled when it is first
 * needed. What a library keeps in its own variables lives as long as the library and the process, as in Redis.
 *
 * Two regions may load libraries with a function of one name without knowing of each other: the later library's is called.
 * A library that does not load here, on another version of the server, is kept and not called.
 */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { host } from "../host.js";
import type { Partition } from "../state/partition.js";
import { isLater, libraryChanges, storedLibraries, type StoredLibrary } from "./library-effect.js";
import { register, userFunction, type Registered, type UserFunction } from "./registration.js";
import { libraryHeader } from "./shebang.js";

export interface Library {
  readonly name: string;
  readonly code: string;
  readonly functions: readonly UserFunction[];
}

interface Loaded {
  readonly partition: Partition;
  readonly changes: number;
  /** In the order of their names. */
  readonly libraries: readonly Library[];
  /** Which load each library is of. */
  readonly marks: Record<string, string | undefined>;
  readonly byName: Record<string, Library | undefined>;
  /** By the name in lower case. */
  readonly functions: Record<string, UserFunction | undefined>;
}

const MEMORY_NAME = "libraries";
/** What the library of Meridian itself registers on the server. */
const taken: Record<string, true | undefined> = {
  mer: true,
  mer_free: true,
  mer_show: true,
  mer_agents: true,
  mer_fresh: true,
};
const OWN_LIBRARY = "meridian";

/** What FUNCTION LOAD has just loaded, so that it is not loaded twice. */
let fresh: Library | undefined;

export function loadedLibraries(partition: Partition): readonly Library[] {
  return current(partition).libraries;
}

export function functionNamed(partition: Partition, name: string): UserFunction | undefined {
  return current(partition).functions[name.toLowerCase()];
}

export function libraryNamed(partition: Partition, name: string): Library | undefined {
  return current(partition).byName[name];
}

/** The library that the code is, loaded but not stored; Redis's error where it is none, or can't be here. */
export function newLibrary(partition: Partition, code: string, replaces: boolean): Library | ErrorReply {
  const header = libraryHeader(code);
  if (isRefused(header)) return header;
  const { name } = header;
  const there = libraryNamed(partition, name);
  if (name === OWN_LIBRARY || (there !== undefined && !replaces)) {
    return refuse(`ERR Library '${name}' already exists`);
  }
  const library = load(name, code, header.body);
  if (isRefused(library)) return library;
  for (const { name: functionName } of library.functions) {
    if (isTaken(partition, functionName, there)) return refuse(`ERR Function ${functionName} already exists`);
  }
  fresh = library;
  return library;
}

/** The libraries of these texts, loaded but not stored, as they may stand beside those that stay; Redis's error otherwise. */
export function newLibraries(codes: readonly string[], staying: readonly Library[]): Library[] | ErrorReply {
  const libraryNames: Record<string, true | undefined> = { [OWN_LIBRARY]: true };
  const functionNames: Record<string, true | undefined> = {};
  for (const name in taken) functionNames[name] = true;
  for (const { name, functions } of staying) {
    libraryNames[name] = true;
    for (const each of functions) functionNames[each.name.toLowerCase()] = true;
  }
  const libraries: Library[] = [];
  for (const code of codes) {
    const header = libraryHeader(code);
    if (isRefused(header)) return header;
    const { name, body } = header;
    if (libraryNames[name] === true) return refuse(`ERR Library ${name} already exists`);
    libraryNames[name] = true;
    const library = load(name, code, body);
    if (isRefused(library)) return library;
    for (const each of library.functions) {
      const lower = each.name.toLowerCase();
      if (functionNames[lower] === true) return refuse(`ERR Function ${each.name} already exists`);
      functionNames[lower] = true;
    }
    libraries.push(library);
  }
  return libraries;
}

function isTaken(partition: Partition, name: string, replaced: Library | undefined): boolean {
  if (taken[name.toLowerCase()] === true) return true;
  const known = functionNamed(partition, name);
  if (known === undefined) return false;
  if (replaced !== undefined) for (const own of replaced.functions) if (own === known) return false;
  return true;
}

function load(name: string, code: string, body: string): Library | ErrorReply {
  const engine = host.scripts;
  if (engine === undefined) return refuse(errors.noScripts);
  const found: Registered[] = [];
  const loaded = engine.load(body, (count, given) => register(found, count, given));
  if ("err" in loaded) return refuse(loaded.err);
  if (found.length === 0) return refuse("ERR No functions registered");
  const functions: UserFunction[] = [];
  for (const registered of found) functions.push(userFunction(registered, code, loaded.compiled(registered.callback)));
  return { name, code, functions };
}

function current(partition: Partition): Loaded {
  const known = host.memory[MEMORY_NAME] as Loaded | undefined;
  const isSame = known !== undefined && known.partition === partition;
  if (isSame && known.changes === libraryChanges.count) return known;
  const next = loadAll(partition, known);
  host.memory[MEMORY_NAME] = next;
  fresh = undefined;
  return next;
}

function loadAll(partition: Partition, known: Loaded | undefined): Loaded {
  const stored = storedLibraries(partition);
  stored.sort((left, right) => (isLater(partition, left, right) ? 1 : -1));
  const next: Loaded = {
    partition,
    changes: libraryChanges.count,
    libraries: [],
    marks: {},
    byName: {},
    functions: {},
  };
  const libraries: Library[] = [];
  for (const one of stored) {
    const mark = markOf(one);
    const library = known !== undefined && known.marks[one.name] === mark ? known.byName[one.name] : loadStored(one);
    if (library === undefined) continue;
    libraries.push(library);
    next.marks[one.name] = mark;
    next.byName[one.name] = library;
    for (const each of library.functions) next.functions[each.name.toLowerCase()] = each;
  }
  libraries.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  return { ...next, libraries };
}

function markOf({ stamp, origin }: StoredLibrary): string {
  return host.integerText(stamp) + origin;
}

function loadStored({ name, code }: StoredLibrary): Library | undefined {
  if (fresh !== undefined && fresh.name === name && fresh.code === code) return fresh;
  const header = libraryHeader(code);
  if (isRefused(header)) return undefined;
  const library = load(name, code, header.body);
  return isRefused(library) ? undefined : library;
}
