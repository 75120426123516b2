/**
 * The errors of the core: one table. Redis's own texts to the letter, for commands answer as Redis does; ours begin
 * with a code MERIDIAN_... and say what to do. An error reply has changed nothing.
 */
import type { Reply } from "./host.js";
import { ALL_ROOTS } from "./state/reserved.js";

export type ErrorReply = { err: string };

export const errors = {
  wrongType: "WRONGTYPE Operation against a key holding the wrong kind of value",
  syntax: "ERR syntax error",
  notInteger: "ERR value is not an integer or out of range",
  notFloat: "ERR value is not a valid float",
  notPositive: "ERR value is out of range, must be positive",
  overflow: "ERR increment or decrement would overflow",
  decrementOverflow: "ERR decrement would overflow",
  notFinite: "ERR increment would produce NaN or Infinity",
  hashNotInteger: "ERR hash value is not an integer",
  hashNotFloat: "ERR hash value is not a float",
  incrementNotFinite: "ERR value is NaN or Infinity",
  offset: "ERR offset is out of range",
  tooLong: "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
  noSuchKey: "ERR no such key",
  index: "ERR index out of range",
  sameObjects: "ERR source and destination objects are the same",
  databaseIndex: "ERR DB index is out of range",
  numkeys: "ERR numkeys should be greater than 0",
  count: "ERR count should be greater than 0",
  timeoutNotFloat: "ERR timeout is not a float or out of range",
  timeoutNegative: "ERR timeout is negative",
  notScore: "ERR resulting score is not a number (NaN)",
  addConflict: "ERR XX and NX options at the same time are not compatible",
  addCompareConflict: "ERR GT, LT, and/or NX options at the same time are not compatible",
  addIncrementPairs: "ERR INCR option supports a single increment-element pair",
  notSketch: "WRONGTYPE Key is not a valid HyperLogLog string value.",
  brokenSketch: "INVALIDOBJ Corrupted HLL object detected",
  busyKey: "BUSYKEY Target key name already exists.",
  negativeTtl: "ERR Invalid TTL value, must be >= 0",
  idleTime: "ERR Invalid IDLETIME value, must be >= 0",
  frequency: "ERR Invalid FREQ value, must be >= 0 and <= 255",
  foreignType:
    "MERIDIAN_FOREIGNTYPE the value is of a module's type, which has no rule for conflicts: keep it on one server",
  tooLarge: "MERIDIAN_TOOLARGE the value has more than 511 MB, which no log entry holds: split it over several keys",
  tooLargeToCopy:
    "MERIDIAN_TOOLARGE the value has more than 64 MB or a million elements: it is not copied, and so not repaired; write it anew in one region",
  clusterDown:
    "CLUSTERDOWN the cluster is down, and how many keys it has is not known: wait until its nodes are up again",
  slotsElsewhere: "TRYAGAIN this node has none of these hash slots: ask the nodes that have them",
  keyChanged: "MERIDIAN_KEYCHANGED the key was written since it was copied: verify again",
  groupsNotAdopted:
    "MERIDIAN_UNREPAIRABLE a stream with consumer groups is not adopted, for what they have pending would be lost: write its entries into a new stream, and delete this one",
  tooManyFields: "MERIDIAN_TOOMANYFIELDS one entry takes 3500 fields at most: make several entries of it",
  leastId: "MERIDIAN_LEASTID no entry can have the id 0-1: begin at 0-2",
  tooManyIds: "MERIDIAN_TOOMANYKEYS one command takes 7000 arguments at most: name the ids in several steps",
  unitTooLarge:
    "MERIDIAN_TOOLARGE the unit writes more than 511 MB, which no log entry holds: split it over several scripts or transactions",
  outOfMemory: "OOM command not allowed when used memory > 'maxmemory'.",
  readOnlyScript: "ERR Write commands are not allowed from read-only scripts.",
  scriptArity: "ERR Wrong number of args calling Redis command from script",
  scriptOutOfMemory: "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
  functionOutOfMemory: "OOM allow-oom flag is not set on the function, can not run it when used memory > 'maxmemory'",
  writeFlag: "ERR Can not execute a script with write flag using *_ro command.",
  noScript: "NOSCRIPT No matching script. Please use EVAL.",
  noScripts: "MERIDIAN_NOLUA scripts run on a server only: there is no Lua here",
  keyCount: "ERR Number of keys can't be greater than number of args",
  negativeKeyCount: "ERR Number of keys can't be negative",
  badKeyCount: "ERR Bad number of keys provided",
  noFunction: "ERR Function not found",
  noLibrary: "ERR Library not found",
  scriptFlush: "ERR SCRIPT FLUSH only support SYNC|ASYNC option",
  functionFlush: "ERR FUNCTION FLUSH only supports SYNC|ASYNC option",
  scriptKill:
    "MERIDIAN_UNSUPPORTED SCRIPT KILL here: a script runs inside a function, call FUNCTION KILL on the region's server",
  scriptDebug:
    "MERIDIAN_UNSUPPORTED SCRIPT DEBUG: the debugger sees no script within a function, debug on a plain server",
  notBusy: "NOTBUSY No scripts in execution right now.",
  badDump: "ERR DUMP payload version or checksum are wrong",
  restorePolicy: "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
  tooManyArguments: "MERIDIAN_TOOMANYKEYS one read takes 7000 arguments at most: read in several steps",
  tooManyWords: "MERIDIAN_TOOMANYKEYS one such command takes 7000 arguments at most: do it in several steps",
  timeout: "ERR timeout is not an integer or out of range",
  negativeTimeout: "ERR timeout is negative",
  tooManyKeys: "MERIDIAN_TOOMANYKEYS one command takes 7000 source keys at most: store in several steps",
  badExport:
    "MERIDIAN_BADEXPORT export takes 'head' and a region, or a bucket, a number of keys, one of bytes and a region",
  badImport: "MERIDIAN_BADIMPORT import takes 'head' or 'piece' and its text, 'end' or 'state'",
  badPiece:
    "MERIDIAN_BADPIECE what was exported did not arrive whole, or is of another version: nothing was taken in; export it again",
  importing:
    "MERIDIAN_IMPORTING this region takes in another one's state, and its own keys are ahead of its logs: export from a region that does not",
  notConfigured: "MERIDIAN_NOTCONFIGURED no region is configured here: start the region's Meridian agent first",
  badMembers:
    "MERIDIAN_BADMEMBERS members takes a revision, a text, the regions, those that are gone, and why writes are refused; follow takes all but the text",
  badPlaces:
    "MERIDIAN_BADPLACES the regions of the others don't begin with those here in their order, or this one is not among them: a new region's agent needs 'join: true' and an empty server",
  joining:
    "MERIDIAN_JOINING this region has not joined the others yet and takes no writes: add it with 'meridian region add' in one of them, and mend its links",
  leaving: "MERIDIAN_LEAVING this region is being removed, or was, and takes no writes: write in another region",
  forgotten:
    "MERIDIAN_FORGOTTEN the other regions have forgotten this one, so it takes no writes: save what only it has with 'meridian inspect', and start it empty under a new name",
  badAdoption: "MERIDIAN_BADADOPTION adoption takes 'state', 'begin', 'step', or of a hash slot 'end'",
  passive:
    "MERIDIAN_PASSIVE this region is about to follow another one and takes no writes: write there, or take it back with 'meridian mode active-active'",
  badMode: "MERIDIAN_BADMODE mode takes nothing, 'stay', or 'follow' or 'become' and one of the regions",
  modeOfSlots:
    "MERIDIAN_UNSUPPORTED a change to or from active-passive is about a whole server, and here each hash slot is a partition of its own",
  adopting:
    "MERIDIAN_ADOPTING this region adopts the keys that its server had before: it can be asked for its state when all are adopted",
  adoptedToo:
    "MERIDIAN_ADOPTEDTOO this region adopted keys of its own, and others have keys that it lacks: only one region can adopt; save what you need of it, empty its server (FLUSHALL on the server itself) and start its agent without 'adopt'",
  slotMoves: "TRYAGAIN the slot is on its way to another node: nothing was done; try again",
  crossSlot: "CROSSSLOT Keys in request don't hash to the same slot",
  noFunctions:
    "MERIDIAN_UNSUPPORTED function libraries belong to a whole server, and here each hash slot is a partition of its own: use EVAL or EVALSHA",
  flushAdopting:
    "MERIDIAN_ADOPTING this region adopts the keys that its cluster had before, and until that has ended hash slots with such keys can't be emptied at once: try again then",
  sizeOfSlots:
    "MERIDIAN_UNSUPPORTED a node has many hash slots, and their keys are counted one slot after the other: ask DBSIZE outside of scripts and transactions",
  badFold: "MERIDIAN_BADFOLD fold takes an origin, and [origin stamp ...] of what each up to it ended with",
  noImport: "MERIDIAN_NOIMPORT no import runs here: begin with the head of an export",
  noBounded:
    "MERIDIAN_NOTBOUNDED there is no bounded counter under this name: make one with MERIDIAN.BOUNDED CREATE; RENAME, COPY and RESTORE make plain hashes of them",
  boundedThere: "MERIDIAN_BOUNDEDEXISTS there is a bounded counter under this name: MERIDIAN.BOUNDED ADD adds to it",
  boundedField:
    "MERIDIAN_BOUNDEDFIELD the fields '~...' of a bounded counter are its own: use MERIDIAN.BOUNDED, or DEL the whole key",
  boundedAmount:
    "MERIDIAN_BADAMOUNT an amount is a whole number, 1 or more (CREATE: 0 or more), and a stock has 1000000000000 at most",
  boundedShares:
    "MERIDIAN_BADSHARES the shares of the other regions are more than the amount: together they are it at most",
  boundedRegion:
    "MERIDIAN_UNKNOWNSHARE no region of this name has written anything that is known here: name one of the others, and give to it once it has",
  boundedOwn: "MERIDIAN_OWNSHARE the region is this one: name another",
  badResolve:
    "MERIDIAN_BADRESOLVE RESOLVE takes key value resolver version count, so many (2 to 1000) stamps and origins as READ tells them, and the field of a hash; the name of a resolver has 1 to 64 visible characters, a version is a number of at most 9 digits",
  invalidCursor: "ERR invalid cursor",
  expireConflict: "ERR NX and XX, GT or LT options at the same time are not compatible",
  expireGreaterLess: "ERR GT and LT options at the same time are not compatible",
} as const;

export function refuse(text: string): ErrorReply {
  return { err: text };
}

export function arityError(name: string): ErrorReply {
  return { err: `ERR wrong number of arguments for '${name.toLowerCase()}' command` };
}

export function subcommandError(command: string, subcommand: string): ErrorReply {
  return { err: `ERR unknown subcommand '${subcommand.substring(0, 128)}'. Try ${command.toUpperCase()} HELP.` };
}

export function subcommandWordsError(command: string, subcommand: string): ErrorReply {
  const shown = subcommand.substring(0, 128);
  return {
    err: `ERR unknown subcommand or wrong number of arguments for '${shown}'. Try ${command.toUpperCase()} HELP.`,
  };
}

/** `root` is the prefix of Meridian's own keys; without a closing brace: of those of every slot. */
export function reservedError(root: string): string {
  if (root === ALL_ROOTS)
    return `MERIDIAN_RESERVEDKEY keys beginning with '${root}' are Meridian's own: choose another name`;
  return `MERIDIAN_RESERVEDKEY '${root}' and keys beginning with '${root}:' are Meridian's own: choose another name`;
}

/** `here` and `elsewhere` are what is left, for callers to read. */
export function soldOutError(here: string, elsewhere: string): ErrorReply {
  return {
    err: `MERIDIAN_SOLDOUT here ${here} elsewhere ${elsewhere}: take less, try again when this region has been given more, or write in another region`,
  };
}

export function expireError(name: string): ErrorReply {
  return { err: `ERR invalid expire time in '${name.toLowerCase()}' command` };
}

/** True where a parsed value is an error to be replied instead. */
export function isRefused<T>(value: T | ErrorReply): value is ErrorReply {
  return typeof value === "object" && value !== null && "err" in value;
}

export const OK: Reply = { ok: "OK" };
