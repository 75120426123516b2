/**
 * What random commands are made of: the families with their weights, the names of keys, and the arguments that many
 * commands share.
 *
 * Each key name begins with the letter of the type it mostly holds: s string, n number, h hash, e set, z sorted set,
 * g geo, l list, x stream, p HyperLogLog, b bits. Keys of a family that is not drawn are not drawn either.
 */
import type { Draw } from "./draw.js";

export interface CommandProfile {
  /** Number of keys per type, 1 or more. */
  keys: number;
  /** Probability that a command goes to a key of another type. */
  clashRate: number;
  /** Whether keys get deadlines. */
  ttl: boolean;
  /** Probability of malformed arguments. */
  badRate: number;
  /** Relative weight per family; 0 leaves it out, and what is not named has its usual weight. */
  weights: Partial<Record<Family, number>>;
  /**
   * Leaves out what Valkey 9 takes otherwise than Redis 7.0: hexadecimal numbers, counts at the end of 64 bits, ends of a range of
   * scores that are empty or begin with a space, and whether a consumer was there (it makes one for an XCLAIM of nothing).
   */
  isPortable?: boolean;
  /** Stream ids end in multiples of 256 and a region's number, of so many regions; undefined: in small numbers. */
  idRegions?: number;
}

export const families = [
  "string",
  "counter",
  "hash",
  "set",
  "store",
  "key",
  "ttl",
  "flush",
  "list",
  "zset",
  "geo",
  "stream",
  "hll",
  "bits",
  "sort",
] as const;
export type Family = (typeof families)[number];

/** Commands that only some of the callers know stay at 0: whoever wants them names them. */
const usualWeights: Record<Family, number> = {
  string: 5,
  counter: 5,
  hash: 5,
  set: 5,
  store: 1,
  key: 3,
  ttl: 3,
  flush: 0.2,
  list: 5,
  zset: 5,
  geo: 2,
  stream: 5,
  hll: 2,
  bits: 2,
  sort: 0,
};

export function weightOf(profile: CommandProfile, family: Family): number {
  return family === "ttl" && !profile.ttl ? 0 : (profile.weights[family] ?? usualWeights[family]);
}

const firstLetters = "snhe";
const letterOf: Readonly<Record<string, string>> = {
  zset: "z",
  geo: "g",
  list: "l",
  stream: "x",
  hll: "p",
  bits: "b",
};

/** The letters of all types that the profile draws. */
export function keyLetters(profile: CommandProfile): string {
  return firstLetters + families.map((name) => (weightOf(profile, name) > 0 ? (letterOf[name] ?? "") : "")).join("");
}

export type Maker = (draw: Draw, profile: CommandProfile) => string[];

export const texts = ["a", "hello", "x\0\xff\r\n", "", "0", "10", "-3", "3.5", "1e3", "007", "9223372036854775807"];
export const integers = ["1", "1", "2", "-1", "7", "100", "-40", "9223372036854775000", "-9223372036854775808", "0"];
export const floats = ["0.1", "0.2", "-1.5", "3", "1e2", "2.25", "0.000001", "-0"];
export const names = ["f", "g", "i"];
const badNumbers = ["x", "", " 1", "1 ", "1.0.0", "99999999999999999999", "nan", "0x1g"];

/** A key of one of the types. */
export function keyOf(draw: Draw, profile: CommandProfile, types: string): string {
  const type = draw.pick([...(draw.chance(profile.clashRate) ? keyLetters(profile) : types)]);
  return `${type}${draw.below(profile.keys)}`;
}

/** A key of any type that the profile draws. */
export function anyKey(draw: Draw, profile: CommandProfile): string {
  return keyOf(draw, profile, keyLetters(profile));
}

export function number(draw: Draw, profile: CommandProfile, usual: readonly string[]): string {
  return draw.chance(profile.badRate) ? draw.pick(badNumbers) : draw.pick(usual);
}

export function time(draw: Draw, profile: CommandProfile, milliseconds: boolean): string {
  if (draw.chance(profile.badRate)) return draw.pick(["0", "-1", "x", "9223372036854775807"]);
  const value = draw.pick([1, 2, 5, 60, 3600]);
  return String(milliseconds ? value * 1000 + draw.below(900) : value);
}
