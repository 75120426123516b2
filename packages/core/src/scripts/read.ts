/**
 * A read in a unit: the server's own command, run in its place among the writes. Arity, options and the caller's rights
 * are the server's to judge. Meridian's own keys are neither read nor listed.
 */
import { errors, refuse, reservedError } from "../errors.js";
import { errorOf, host, type Reply } from "../host.js";
import { readBitfield } from "../commands/bitfield-command.js";
import type { Read } from "../commands/reads.js";
import { isInt64Text } from "../number/decimal.js";
import { countKeys } from "../state/key-count.js";
import { bucketPrefixOf } from "../state/bucket-names.js";
import type { Partition } from "../state/partition.js";
import { ALL_ROOTS, isReserved } from "../state/reserved.js";
import { reachesOwn } from "./sort-patterns.js";

/** Arguments of one call: Lua's argument stack is small. */
const PIECE = 7000;
const RANDOM_TRIES = 32;
/** Of so many keys, with ours, ours are counted one by one: 2 ms. */
const COUNTED_MAX = 10000;

/** True where a SORT or GEORADIUS names where to store what it reads. */
export function stores(args: string[]): boolean {
  const isSort = args[0]!.length === "SORT".length;
  for (let at = isSort ? 2 : GEO_OPTIONS_FROM; at < args.length - 1; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "STORE" || word === "STOREDIST") return true;
    if (isSort && (word === "BY" || word === "GET")) at++;
  }
  return false;
}

/** GEORADIUSBYMEMBER key member radius unit; GEORADIUS has one more, a number. */
const GEO_OPTIONS_FROM = 5;

/** `root`: what is reserved, of a whole server or of slots (state/reserved.ts). `isScript`: as the server runs it for a script, which may not ask to wait. */
export function runRead(
  root: string,
  partition: Partition | undefined,
  read: Read,
  args: string[],
  isScript: boolean,
): Reply {
  const { form, lastKey } = read;
  const last = lastKey < 0 ? args.length + lastKey : lastKey;
  for (let at = read.firstKey; at <= last && at < args.length; at++) {
    if (isReserved(root, args[at]!)) return refuse(reservedError(root));
  }
  if (form === "plain" && args.length <= PIECE) return ask(args);
  switch (form) {
    case "streams":
      return isScript ? ask(args) : readStreams(args);
    case "keys":
      return withoutOwn(root, ask(args));
    case "scan":
      return scan(root, args);
    case "randomkey":
      return randomKey(root, args);
    case "dbsize":
      return visibleSize(root, partition, args);
    case "bitfield":
      return isScript ? ask(args) : readBitfield(args);
    case "select":
      return args.length === 2 && args[1] !== "0" ? refuse(errors.databaseIndex) : ask(args);
    case "sort":
      if (reachesOwn(root, args)) return refuse(reservedError(root));
      return args.length <= PIECE ? ask(args) : askInPieces(read, args);
    case "store":
      if (reachesOwn(root, args)) return refuse(reservedError(root));
      return ask([args[0]! + "_RO", ...args.slice(1)]);
    default:
      return args.length <= PIECE ? ask(args) : askInPieces(read, args);
  }
}

function ask(args: string[]): Reply {
  // Most reads are so: what is not packed need not be unpacked.
  if (args.length === 2) return host.pcall(args[0]!, args[1]!);
  if (args.length === 3) return host.pcall(args[0]!, args[1]!, args[2]!);
  return host.pcall(...(args as [string, ...string[]]));
}

function askInPieces(read: Read, args: string[]): Reply {
  if (read.form !== "list" && read.form !== "sum") return refuse(errors.tooManyArguments);
  const all: Reply[] = [];
  let sum = 0;
  const head = args.slice(0, read.lastKey < 0 ? 1 : read.lastKey + 1);
  for (let from = head.length; from < args.length; from += PIECE) {
    const reply = ask([...head, ...args.slice(from, from + PIECE)]);
    if (errorOf(reply) !== undefined) return reply;
    if (read.form === "sum") sum += reply as number;
    else for (const element of reply as Reply[]) all.push(element);
  }
  return read.form === "sum" ? sum : all;
}

/** XREAD [COUNT count] [BLOCK milliseconds] STREAMS ... */
function readStreams(args: string[]): Reply {
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "STREAMS") {
      for (let after = at; after < args.length; after++) rest.push(args[after]!);
      return ask(rest);
    }
    if (word === "BLOCK" && at + 1 < args.length) {
      at++;
      if (!isInt64Text(args[at]!)) return refuse(errors.timeout);
      if (args[at]!.charCodeAt(0) === MINUS) return refuse(errors.negativeTimeout);
    } else {
      rest.push(args[at]!);
    }
  }
  return ask(rest);
}

const MINUS = 45;

function scan(root: string, args: string[]): Reply {
  const reply = ask(args);
  if (errorOf(reply) !== undefined) return reply;
  const [cursor, keys] = reply as [string, string[]];
  return [cursor, withoutOwn(root, keys)];
}

function withoutOwn(root: string, reply: Reply): Reply {
  if (errorOf(reply) !== undefined) return reply;
  const keys: string[] = [];
  for (const key of reply as string[]) if (!isReserved(root, key)) keys.push(key);
  return keys;
}

/** A random key of the user's; where most are ours, the first that a scan finds. */
function randomKey(root: string, args: string[]): Reply {
  for (let tries = 0; tries < RANDOM_TRIES; tries++) {
    const reply = ask(args);
    if (typeof reply !== "string" || !isReserved(root, reply)) return reply;
  }
  let cursor = "0";
  do {
    const reply = host.pcall("SCAN", cursor, "COUNT", "1000");
    if (errorOf(reply) !== undefined) return reply;
    const [next, keys] = reply as [string, string[]];
    for (const key of keys) if (!isReserved(root, key)) return key;
    cursor = next;
  } while (cursor !== "0");
  return false;
}

/**
 * Ours are taken off the server's number. Of a large keyspace it is the keys that have metadata, which is known without a
 * look at each: all that show, and for a minute those whose time is over.
 */
function visibleSize(root: string, partition: Partition | undefined, args: string[]): Reply {
  const all = ask(args);
  if (typeof all !== "number") return all;
  const own = all <= COUNTED_MAX ? countOwn(root) : undefined;
  if (own !== undefined) return all - own;
  if (root === ALL_ROOTS) return refuse(errors.sizeOfSlots);
  const isKnown = partition !== undefined && partition.keys >= 0;
  if (!isKnown && !host.aclAllows("HLEN", bucketPrefixOf(root))) {
    return refuse(
      `NOPERM to count keys this user needs 'scan', and for many those of Meridian: grant +scan %R~${root}*`,
    );
  }
  return countKeys(root, partition);
}

/** Undefined where the caller may not look. KEYS is several times faster than SCAN, and more often forbidden. */
function countOwn(root: string): number | undefined {
  const pattern = literal(root) + "*";
  const found = host.pcall("KEYS", pattern);
  if (errorOf(found) === undefined) return ownAmong(root, found as string[]);
  let own = 0;
  let cursor = "0";
  do {
    const reply = host.pcall("SCAN", cursor, "MATCH", pattern, "COUNT", 2 * COUNTED_MAX);
    if (errorOf(reply) !== undefined) return undefined;
    const [next, keys] = reply as [string, string[]];
    own += ownAmong(root, keys);
    cursor = next;
  } while (cursor !== "0");
  return own;
}

function ownAmong(root: string, keys: string[]): number {
  let own = 0;
  for (const key of keys) if (isReserved(root, key)) own++;
  return own;
}

/** As a pattern, the text itself. */
function literal(text: string): string {
  let pattern = "";
  for (let at = 0; at < text.length; at++) {
    const letter = text.substring(at, at + 1);
    pattern += GLOB_LETTERS.indexOf(letter) >= 0 ? "\\" + letter : letter;
  }
  return pattern;
}

const GLOB_LETTERS = "*?[]\\^-";
