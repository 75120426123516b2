/**
 * Streams: XADD, XDEL, XTRIM, XSETID. An id that the server is to make bears the region's number, so no two regions make the
 * same one (effects/stream.ts).
 */
import { stampAt, stampMs } from "../clock/stamp.js";
import { afterId } from "../effects/stream-acks.js";
import { indexOfEntry } from "../effects/stream-entries.js";
import { livesOf } from "../effects/stream-groups.js";
import { ENTRY_ARGUMENTS_MAX, lastIdOf } from "../effects/stream-native.js";
import { openStream } from "../effects/stream-open.js";
import { addPlainEntry, PLAIN_STREAM } from "../effects/stream-plain.js";
import { arityError, errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { errorOf, host, type Packed, type Reply } from "../host.js";
import { keepOf, note, openKey, perform, type Unit } from "../log/unit.js";
import type { KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import { placeOf, recordAt } from "../state/sequence.js";
import {
  compareDigits,
  compareIds,
  idOfPlace,
  idText,
  LAST_ID,
  nextSequence,
  parseId,
  placeOfId,
  REGIONS_MAX,
  splitId,
  UNSIGNED_MAX,
  ZERO_ID,
  type GivenId,
} from "../types/stream-id.js";
import { addDecimals } from "../number/decimal.js";
import { onKey, type Command } from "./command.js";
import { exists, openTyped, plainKeep } from "./opened.js";
import { streamErrors } from "./stream-errors.js";
import { parseStreamOptions, type StreamOptions } from "./stream-options.js";

/** The region's place among all, from 1: its part of the ids that it makes. */
function regionNumber(unit: Unit): number {
  const { regions, region } = unit.partition.deployment;
  for (let at = 0; at < regions.length; at++) if (regions[at] === region) return (at + 1) % REGIONS_MAX;
  return 0;
}

/** The id of the next entry after `last`; undefined where there is none. */
function nextId(unit: Unit, given: GivenId | undefined, last: string): string | undefined {
  const region = regionNumber(unit);
  const after = splitId(last);
  if (given !== undefined) {
    const { ms, seq } = given;
    if (seq !== undefined) return idText({ ms, seq });
    if (!given.isNext) return idText({ ms, seq: host.integerText(region) });
    // Neither 0-0 nor 0-1 is the id of an entry.
    const before = ms === "0" && after.seq === "0" ? "1" : after.seq;
    const next = ms === after.ms || ms === "0" ? nextSequence(before, region) : host.integerText(region);
    return next === undefined ? undefined : idText({ ms, seq: next });
  }
  const { stamp } = unit.author;
  const ms = stampMs(stamp);
  const own = host.integerText((stamp - stampAt(ms)) * REGIONS_MAX + region);
  const id = idText({ ms: host.integerText(ms), seq: own });
  if (compareIds(id, last) > 0) return id;
  const next = nextSequence(after.seq, region);
  if (next !== undefined) return idText({ ms: after.ms, seq: next });
  if (compareDigits(after.ms, UNSIGNED_MAX) === 0) return undefined;
  return idText({ ms: addDecimals(after.ms, "1"), seq: host.integerText(region) });
}

/** XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...] */
function xadd(unit: Unit, args: string[]): Reply {
  const options = parseStreamOptions(args, true);
  if (isRefused(options)) return options;
  const fields = args.slice(options.next);
  if (fields.length === 0 || fields.length % 2 !== 0) return arityError(args[0]!);
  const { given, trim } = options;
  if (given !== undefined && given.ms === "0") {
    if (given.seq === "0") return refuse(streamErrors.zero);
    if (given.seq === "1") return refuse(errors.leastId);
  }
  if (fields.length > ENTRY_ARGUMENTS_MAX) return refuse(errors.tooManyFields);
  const added = addPlainly(unit, args[1]!, options, fields) ?? addOpened(unit, args[1]!, options, fields);
  if (typeof added !== "string" || trim === undefined) return added;
  trimOpened(unit, openKey(unit, args[1]!), options);
  return added;
}

/** The id of the entry where it could go at the end of a stream that was not looked at; else undefined. */
function addPlainly(unit: Unit, key: string, options: StreamOptions, fields: string[]): string | undefined {
  const keep = plainKeep(unit, key, PLAIN_STREAM);
  if (keep === undefined || (options.noMakeStream && keep[1] === 1)) return undefined;
  const id = nextId(unit, options.given, ZERO_ID);
  if (id === undefined) return undefined;
  const operation: Packed[] = ["a", key, id, fields, keep];
  if (!addPlainEntry(unit.partition, operation, unit.author)) return undefined;
  note(unit, operation);
  return id;
}

function addOpened(unit: Unit, key: string, options: StreamOptions, fields: string[]): Reply {
  const state = openTyped(unit, key, "x");
  if (isRefused(state)) return state;
  if (options.noMakeStream && !exists(state)) return false;
  const last = exists(state) ? lastIdOf(state.key) : ZERO_ID;
  if (last === LAST_ID) return refuse(streamErrors.exhausted);
  const id = nextId(unit, options.given, last);
  if (id === undefined) return refuse(options.given === undefined ? streamErrors.exhausted : streamErrors.order);
  if (compareIds(id, last) <= 0) return refuse(streamErrors.order);
  perform(unit, ["a", key, id, fields, keepOf(unit, state, "x")]);
  return id;
}

/** Entries of a full node of the server's tree: "~" trims by so many. */
const NODE_ENTRIES = 100;
/** What "~" without LIMIT looks at. */
const LIMIT_DEFAULT = 10000;

/** Removes what is too much or too old; the number of entries removed. */
function trimOpened(unit: Unit, state: KeyState, { trim, limit }: StreamOptions): number {
  if (trim === undefined || !exists(state)) return 0;
  const { partition } = unit;
  const side = sideKey(partition.root, "x", state.key);
  const size = host.call("LLEN", side) as number;
  let count = trim.maxLength === undefined ? beforeId(side, size, trim.minId) : size - trim.maxLength;
  if (trim.isApproximate) {
    const most = limit ?? LIMIT_DEFAULT;
    if (most > 0 && count > most) count = most;
    count -= count % NODE_ENTRIES;
  }
  if (count <= 0) return 0;
  const id = idOfPlace(placeOf(recordAt(side, count - 1)));
  return perform(unit, ["t", state.key, id, lifeOf(unit, state, count === size), keepOf(unit, state, "x")]);
}

/** How many entries lie before the id. */
function beforeId(side: string, size: number, id: string): number {
  const after = afterId(side, size, id);
  return after > 0 && idOfPlace(placeOf(recordAt(side, after - 1))) === id ? after - 1 : after;
}

/** 1 where the removal takes the last entry of a stream that nothing else holds: Redis keeps it, so it gets a life. */
function lifeOf(unit: Unit, state: KeyState, isEmptied: boolean): number {
  return isEmptied && livesOf(openStream(unit.partition, state)).length === 0 ? 1 : 0;
}

/** XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count] */
function xtrim(unit: Unit, args: string[]): Reply {
  const options = parseStreamOptions(args, false);
  if (isRefused(options)) return options;
  const state = openTyped(unit, args[1]!, "x");
  return isRefused(state) ? state : trimOpened(unit, state, options);
}

/** XDEL key id [id ...] */
function xdel(unit: Unit, args: string[]): Reply {
  const state = openTyped(unit, args[1]!, "x");
  if (isRefused(state)) return state;
  if (!exists(state)) return 0;
  const ids = parseIds(args, 2);
  if (isRefused(ids)) return ids;
  const side = sideKey(unit.partition.root, "x", state.key);
  const size = host.call("LLEN", side) as number;
  const named: Record<string, true | undefined> = {};
  const present: string[] = [];
  for (const id of ids) {
    if (named[id] === true || indexOfEntry(side, size, placeOfId(id)) < 0) continue;
    named[id] = true;
    present.push(id);
  }
  if (present.length === 0) return 0;
  const life = lifeOf(unit, state, present.length === size);
  return perform(unit, ["d", state.key, present, life, keepOf(unit, state, "x")]);
}

/** The ids from the argument on. */
export function parseIds(args: string[], from: number): string[] | ErrorReply {
  const ids: string[] = [];
  for (let at = from; at < args.length; at++) {
    const id = parseId(args[at]!, "0");
    if (id === undefined) return refuse(streamErrors.id);
    ids.push(id);
  }
  return ids;
}

/** XSETID key id [ENTRIESADDED count] [MAXDELETEDID id]: the server checks and does it. */
function xsetid(unit: Unit, args: string[]): Reply {
  const state = openKey(unit, args[1]!);
  const reply = host.pcall("XSETID", ...(args.slice(1) as [string, ...string[]]));
  if (errorOf(reply) === undefined) note(unit, ["i", state.key, parseId(args[2]!, "0")!]);
  return reply;
}

export const streamCommands: Record<string, Command> = {
  XADD: onKey(-5, xadd),
  XDEL: onKey(-3, xdel),
  XTRIM: onKey(-4, xtrim),
  XSETID: onKey(-3, xsetid),
};
