/**
 * Replies as RESP3 has them: maps, sets, doubles. Commands reply here as RESP2 has it, since nil in an array would end a
 * Lua table; so a reply is put in form afterwards, by the command it answers. What is in no table is alike in both.
 *
 * A caller that speaks RESP3 says so by `resp3` before the command, for a function can't ask; and a user's script says so by
 * `redis.setresp(3)`.
 */
import { host, type Reply } from "../host.js";

/** What the server makes a reply of: a `Reply`, or a table with one of these names. */
export type Formed =
  | Reply
  | { double: number }
  | { map: Record<string, Formed> }
  | { set: Record<string, boolean> }
  | { verbatim_string: { format: string; string: string } }
  | Formed[];

type Form = (this: void, reply: Reply, args: string[]) => Formed;

const FIRST_OPTION_OF_RANGE = 4;

/** `args` are the command as it was called. */
export function inRespThree(reply: Reply, args: string[]): Formed {
  if (typeof reply === "number" || reply === false || (typeof reply === "object" && "err" in reply)) return reply;
  const form = forms[args[0]!.toUpperCase()];
  return form === undefined ? reply : form(reply, args);
}

function double(reply: Reply): Formed {
  return typeof reply === "string" ? { double: host.toNumber(reply, 10) } : reply;
}

function doubles(reply: Reply): Formed {
  if (!isArray(reply)) return reply;
  const formed: Formed[] = [];
  for (const element of reply) formed.push(double(element));
  return formed;
}

function map(reply: Reply, form: (this: void, value: Reply, name: string) => Formed = same): Formed {
  if (!isArray(reply)) return reply;
  const found: Record<string, Formed> = {};
  for (let at = 0; at + 1 < reply.length; at += 2) {
    const name = reply[at] as string;
    found[name] = form(reply[at + 1]!, name);
  }
  return { map: found };
}

function set(reply: Reply): Formed {
  if (!isArray(reply)) return reply;
  const found: Record<string, boolean> = {};
  for (const element of reply) found[element as string] = true;
  return { set: found };
}

/** A flat array of pairs becomes one of pairs. */
function pairs(reply: Reply, form: (this: void, value: Reply) => Formed): Formed {
  if (!isArray(reply)) return reply;
  const formed: Formed[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) formed.push([reply[at]!, form(reply[at + 1]!)]);
  return formed;
}

function verbatim(reply: Reply): Formed {
  return typeof reply === "string" ? { verbatim_string: { format: "txt", string: reply } } : reply;
}

function each(reply: Reply, form: (this: void, element: Reply) => Formed): Formed {
  if (!isArray(reply)) return reply;
  const formed: Formed[] = [];
  for (const element of reply) formed.push(form(element));
  return formed;
}

function same(reply: Reply): Formed {
  return reply;
}

function isArray(reply: Reply): reply is Reply[] {
  return typeof reply === "object" && !("ok" in reply) && !("err" in reply);
}

function hasWord(args: string[], from: number, word: string): boolean {
  for (let at = from; at < args.length; at++) if (args[at]!.toUpperCase() === word) return true;
  return false;
}

function scored(reply: Reply, args: string[], optionsFrom: number): Formed {
  return hasWord(args, optionsFrom, "WITHSCORES") ? pairs(reply, double) : reply;
}

function range(reply: Reply, args: string[]): Formed {
  return scored(reply, args, FIRST_OPTION_OF_RANGE);
}

/** ZUNION numkeys key [key ...] [options] */
function combined(reply: Reply, args: string[]): Formed {
  return scored(reply, args, 2 + host.toNumber(args[1]!, 10));
}

/** ZPOPMIN key: member, score. ZPOPMIN key count: pairs of them. */
function popped(reply: Reply, args: string[]): Formed {
  if (!isArray(reply) || reply.length < 2) return reply;
  return args.length > 2 ? pairs(reply, double) : [reply[0]!, double(reply[1]!)];
}

/** ZMPOP: key, pairs. */
function poppedFrom(reply: Reply): Formed {
  return isArray(reply) ? [reply[0]!, each(reply[1]!, doubleAtEnd)] : reply;
}

/** BZPOPMIN: key, member, score. */
function doubleAtEnd(reply: Reply): Formed {
  if (!isArray(reply)) return reply;
  const formed: Formed[] = reply.slice(0, reply.length - 1);
  formed.push(double(reply[reply.length - 1]!));
  return formed;
}

/** GEOSEARCH: with WITHCOORD each place ends with its coordinates, which alone are an array in it. */
function places(reply: Reply): Formed {
  return each(reply, (place) => {
    if (!isArray(place) || !isArray(place[place.length - 1]!)) return place;
    const formed: Formed[] = place.slice(0, place.length - 1);
    formed.push(doubles(place[place.length - 1]!));
    return formed;
  });
}

/** Streams by their keys; each is what RESP2 has as a pair. */
function streams(reply: Reply): Formed {
  if (!isArray(reply)) return reply;
  const found: Record<string, Formed> = {};
  for (const [key, entries] of reply as [string, Reply][]) found[key] = entries;
  return { map: found };
}

function streamInfo(reply: Reply, args: string[]): Formed {
  const what = (args[1] ?? "").toUpperCase();
  if (what === "STREAM") return map(reply, streamPart);
  return what === "HELP" ? reply : each(reply, (part) => map(part));
}

/** Of XINFO STREAM FULL: groups, and the consumers of each. */
function streamPart(reply: Reply, name: string): Formed {
  if (name !== "groups" && name !== "consumers") return reply;
  return each(reply, (part) => map(part, streamPart));
}

function libraryPart(reply: Reply, name: string): Formed {
  if (name === "functions") return each(reply, (part) => map(part, libraryPart));
  return name === "flags" ? set(reply) : reply;
}

function functions(reply: Reply, args: string[]): Formed {
  const what = (args[1] ?? "").toUpperCase();
  if (what === "STATS")
    return map(reply, (part, name) => (name === "engines" ? map(part, (engine) => map(engine)) : part));
  return what === "LIST" ? each(reply, (library) => map(library, libraryPart)) : reply;
}

const forms: Record<string, Form | undefined> = {
  ZSCORE: double,
  ZINCRBY: double,
  ZADD: double,
  ZMSCORE: doubles,
  ZRANGE: range,
  ZREVRANGE: range,
  ZRANGEBYSCORE: range,
  ZREVRANGEBYSCORE: range,
  ZRANDMEMBER: (reply, args) => scored(reply, args, 3),
  ZUNION: combined,
  ZINTER: combined,
  ZDIFF: combined,
  ZPOPMIN: popped,
  ZPOPMAX: popped,
  ZMPOP: poppedFrom,
  BZMPOP: poppedFrom,
  BZPOPMIN: doubleAtEnd,
  BZPOPMAX: doubleAtEnd,
  HGETALL: (reply) => map(reply),
  HRANDFIELD: (reply, args) => (hasWord(args, 3, "WITHVALUES") ? pairs(reply, same) : reply),
  SMEMBERS: set,
  SINTER: set,
  SUNION: set,
  SDIFF: set,
  SPOP: set,
  XREAD: streams,
  XREADGROUP: streams,
  XINFO: streamInfo,
  GEOPOS: (reply) => each(reply, doubles),
  GEOSEARCH: places,
  GEORADIUS: places,
  GEORADIUS_RO: places,
  GEORADIUSBYMEMBER: places,
  GEORADIUSBYMEMBER_RO: places,
  LCS: (reply) => map(reply),
  INFO: verbatim,
  LOLWUT: verbatim,
  FUNCTION: functions,
};

/** Writes whose replies differ, by upper-case names: others need no `resp3` before them. */
export const differsInRespThree: Record<string, true | undefined> = {
  ZINCRBY: true,
  ZADD: true,
  ZPOPMIN: true,
  ZPOPMAX: true,
  ZMPOP: true,
  BZMPOP: true,
  BZPOPMIN: true,
  BZPOPMAX: true,
  SPOP: true,
  XREADGROUP: true,
  FUNCTION: true,
};
