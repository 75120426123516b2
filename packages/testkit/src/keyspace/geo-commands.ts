/** Positions in sorted sets, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { doubleText, fixedText } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import { geohashText, positionAt, scoreAt, type Position } from "./geo-hash.js";
import { parsePosition, parseSearch, parseUnit, shapeOf, type SearchForm, type SearchOptions } from "./geo-options.js";
import { distanceBetween, searchShape, type Found } from "./geo-search.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { sortFirst } from "./partial-sort.js";
import type { SortedSet } from "./sorted-set.js";
import { zadd } from "./zset-commands.js";
import { storeZset, zsetOf } from "./zset-value.js";

const POSITION_DIGITS = 17;
const DISTANCE_DIGITS = 4;

function geoadd(keyspace: ModelKeyspace, [key = "", ...args]: string[]): Reply {
  let at = 0;
  while (["NX", "XX", "CH"].includes((args[at] ?? "").toUpperCase())) at++;
  const words = args.slice(0, at).map((word) => word.toUpperCase());
  const triples = args.slice(at);
  if (triples.length % 3 !== 0 || (words.includes("NX") && words.includes("XX"))) refuse(errorTexts.syntax);
  const pairs: string[] = [];
  for (let triple = 0; triple < triples.length; triple += 3) {
    const score = scoreAt(parsePosition(triples.slice(triple)));
    pairs.push(doubleText(score), triples[triple + 2] ?? "");
  }
  return zadd(keyspace, [key, ...words, ...pairs], false);
}

function positionReply({ longitude, latitude }: Position): Reply {
  return [longitude, latitude].map((value) => trimmed(fixedText(value, POSITION_DIGITS)));
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, "");
}

function eachMember(show: (position: Position) => Reply): Command {
  return [
    -2,
    (keyspace, [key = "", ...members]) => {
      const set = zsetOf(keyspace, key);
      return members.map((member) => {
        const score = set.scoreOf(member);
        return score === undefined ? false : show(positionAt(score));
      });
    },
  ];
}

function geodist(keyspace: ModelKeyspace, [key = "", from = "", to = "", unitText, ...rest]: string[]): Reply {
  if (rest.length > 0) refuse(errorTexts.syntax);
  const unit = unitText === undefined ? 1 : parseUnit(unitText);
  const set = zsetOf(keyspace, key);
  const [fromScore, toScore] = [set.scoreOf(from), set.scoreOf(to)];
  if (fromScore === undefined || toScore === undefined) return false;
  return fixedText(distanceBetween(positionAt(fromScore), positionAt(toScore)) / unit, DISTANCE_DIGITS);
}

/** What the options ask for, in their order and number. */
function searched(set: SortedSet, options: SearchOptions): Found[] {
  const { centre, size, unit, count, any } = options;
  if (!centre || !size) return [];
  const found = searchShape(set, shapeOf(centre, size, unit), any ? count : 0);
  // The nearest are meant where only some are asked for.
  const order = options.order ?? (count > 0 && !any ? "ASC" : undefined);
  const returned = count === 0 ? found.length : Math.min(found.length, count);
  if (order !== undefined) {
    const sign = order === "ASC" ? 1 : -1;
    const compare = (left: Found, right: Found): number => sign * (left.distance - right.distance);
    if (returned < found.length) sortFirst(found, returned, compare);
    else found.sort(compare);
  }
  return found.slice(0, returned);
}

function foundReply(found: Found, options: SearchOptions): Reply {
  if (options.with.size === 0) return found.member;
  const reply: Reply[] = [found.member];
  if (options.with.has("WITHDIST")) reply.push(fixedText(found.distance / options.unit, DISTANCE_DIGITS));
  if (options.with.has("WITHHASH")) reply.push(Math.trunc(found.score));
  if (options.with.has("WITHCOORD")) reply.push(positionReply(found));
  return reply;
}

function search(arity: number, form: SearchForm): Command {
  return [
    arity,
    (keyspace, args, name) => {
      const [key = "", ...rest] = form.storing === "command" ? args.slice(1) : args;
      const set = keyspace.read(key, "zset")?.set;
      const options = parseSearch(rest, set, form, name);
      const found = set ? searched(set, options) : [];
      const storeKey = form.storing === "command" ? args[0] : options.storeKey;
      if (storeKey === undefined) return found.map((each) => foundReply(each, options));
      const scored = found.map(({ member, score, distance }) => ({
        member,
        score: options.storesDistance ? distance / options.unit : score,
      }));
      return storeZset(keyspace, storeKey, scored);
    },
  ];
}

export const geoCommands: Record<string, Command> = {
  GEOADD: [-5, geoadd],
  GEOPOS: eachMember(positionReply),
  GEOHASH: eachMember(geohashText),
  GEODIST: [-4, geodist],
  GEORADIUS: search(-6, { radiusOf: "position", storing: "option" }),
  GEORADIUS_RO: search(-6, { radiusOf: "position" }),
  GEORADIUSBYMEMBER: search(-5, { radiusOf: "member", storing: "option" }),
  GEORADIUSBYMEMBER_RO: search(-5, { radiusOf: "member" }),
  GEOSEARCH: search(-7, {}),
  GEOSEARCHSTORE: search(-8, { storing: "command" }),
};
