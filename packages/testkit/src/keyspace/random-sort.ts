/**
 * Random SORTs of lists, sets and sorted sets.
 *
 * Elements are often digits, which patterns make names of: `n*` and `s*` name the counters and strings, `h*->f` the
 * hashes' fields. Nothing is sorted by texts that BY names: elements whose texts are equal come in no certain order.
 */
import { keyOf, number, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

const elements = ["0", "1", "0", "1", "2", "-1", "1.5", "10"];
const oddElements = ["a", "", "0x10", " 3", "inf", "-inf", "nan", "5\x00x"];
const weights = ["n*", "n*", "s*", "h*->i", "h*->f", "h*->", "nothing", "#"];
const shown = ["#", "n*", "s*", "h*->f", "nothing", "h*"];

function element(draw: Draw): string {
  return draw.chance(0.04) ? draw.pick(oddElements) : draw.pick(elements);
}

function source(draw: Draw, profile: CommandProfile): string {
  return keyOf(draw, profile, "lez");
}

function options(draw: Draw, profile: CommandProfile): string[] {
  const parts: string[][] = [];
  const by = draw.chance(0.4) ? draw.pick(weights) : "";
  if (by !== "") parts.push(["BY", by]);
  if (draw.chance(0.4)) parts.push(["LIMIT", number(draw, profile, ["0", "1", "-1"]), number(draw, profile, limits)]);
  if (draw.chance(0.3)) parts.push(["GET", draw.pick(shown)]);
  if (draw.chance(0.2)) parts.push(["get", draw.pick(shown)]);
  if (draw.chance(0.4)) parts.push([draw.pick(["ASC", "DESC", "desc"])]);
  if (draw.chance(0.4) && !by.includes("*")) parts.push(["ALPHA"]);
  if (draw.chance(profile.badRate)) parts.push([draw.pick(["BY", "GET", "LIMIT", "STORE", "BAD"])]);
  return parts.flat();
}

const limits = ["2", "3", "-1", "0", "9"];

function fill(draw: Draw, profile: CommandProfile): string[] {
  const some = Array.from({ length: 1 + draw.below(4) }, () => element(draw));
  const kind = draw.below(3);
  if (kind === 0) return ["RPUSH", keyOf(draw, profile, "l"), ...some];
  if (kind === 1) return ["SADD", keyOf(draw, profile, "e"), ...some];
  return ["ZADD", keyOf(draw, profile, "z"), ...some.flatMap((member) => [String(draw.below(4)), member])];
}

export const sortMakers: Maker[] = [
  fill,
  fill,
  (draw, profile) => ["DEL", source(draw, profile)],
  (draw, profile) => ["SORT", source(draw, profile), ...options(draw, profile), "STORE", keyOf(draw, profile, "l")],
  (draw, profile) => ["SORT", source(draw, profile), "STORE", keyOf(draw, profile, "l"), ...options(draw, profile)],
];

export const sortReaders: Maker[] = [
  (draw, profile) => ["SORT", source(draw, profile), ...options(draw, profile)],
  (draw, profile) => ["SORT_RO", source(draw, profile), ...options(draw, profile)],
  (draw, profile) => {
    const stored = draw.chance(profile.badRate) ? ["STORE", keyOf(draw, profile, "l")] : [];
    return ["SORT_RO", source(draw, profile), ...options(draw, profile), ...stored];
  },
];
