/**
 * Random user commands of every kind that Meridian writes with, with random options, on few keys: for the simulator
 * and for comparisons with a real server. A pure function of the generator passed in.
 *
 * Each key name begins with the type it mostly holds (s, n, h, e); `clashRate` of the commands go to another type's key.
 */

export interface CommandProfile {
  /** Number of keys per type, 1 or more. */
  keys: number;
  /** Probability that a command goes to a key of another type. */
  clashRate: number;
  /** Whether keys get deadlines. */
  ttl: boolean;
  /** Probability of malformed arguments. */
  badRate: number;
  /** Relative weight per family; 0 leaves it out. */
  weights: Partial<Record<Family, number>>;
}

export const families = ["string", "counter", "hash", "set", "store", "key", "ttl", "flush"] as const;
export type Family = (typeof families)[number];

/** A generator's draws, made from uniform numbers in [0, 1). */
export class Draw {
  readonly random: () => number;
  constructor(random: () => number) {
    this.random = random;
  }
  chance(probability: number): boolean {
    return this.random() < probability;
  }
  below(count: number): number {
    return Math.floor(this.random() * count);
  }
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
  some<T>(choices: readonly T[], most: number): T[] {
    return Array.from({ length: 1 + this.below(most) }, () => this.pick(choices));
  }
}

type Maker = (draw: Draw, profile: CommandProfile) => string[];

const texts = ["a", "hello", "x\0\xff\r\n", "", "0", "10", "-3", "3.5", "1e3", "007", "9223372036854775807"];
const integers = ["1", "1", "2", "-1", "7", "100", "-40", "9223372036854775000", "-9223372036854775808", "0"];
const floats = ["0.1", "0.2", "-1.5", "3", "1e2", "2.25", "0.000001", "-0"];
const names = ["f", "g", "i"];
const badNumbers = ["x", "", " 1", "1 ", "1.0.0", "99999999999999999999", "nan", "0x1g"];

function keyOf(draw: Draw, profile: CommandProfile, types: string): string {
  const type = draw.chance(profile.clashRate) ? draw.pick([..."snhe"]) : draw.pick([...types]);
  return `${type}${draw.below(profile.keys)}`;
}

function number(draw: Draw, profile: CommandProfile, usual: readonly string[]): string {
  return draw.chance(profile.badRate) ? draw.pick(badNumbers) : draw.pick(usual);
}

function time(draw: Draw, profile: CommandProfile, milliseconds: boolean): string {
  if (draw.chance(profile.badRate)) return draw.pick(["0", "-1", "x", "9223372036854775807"]);
  const value = draw.pick([1, 2, 5, 60, 3600]);
  return String(milliseconds ? value * 1000 + draw.below(900) : value);
}

function setOptions(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  if (draw.chance(0.15)) options.push(draw.pick(["NX", "xx"]));
  if (draw.chance(0.15)) options.push("GET");
  if (profile.ttl && draw.chance(0.4)) options.push(draw.pick(["EX", "px"]));
  const unit = options.at(-1);
  if (unit === "EX" || unit === "px") options.push(time(draw, profile, unit === "px"));
  else if (draw.chance(0.15)) options.push("KEEPTTL");
  if (draw.chance(profile.badRate)) options.push(draw.pick(["EX", "NX", "XX", "BAD", "PERSIST"]));
  return options;
}

function getexOptions(draw: Draw, profile: CommandProfile): string[] {
  if (!profile.ttl || draw.chance(0.2)) return draw.chance(0.3) ? ["PERSIST"] : [];
  const unit = draw.pick(["EX", "PX"]);
  return [unit, time(draw, profile, unit === "PX")];
}

const value: Maker = (draw) => [draw.pick(texts)];

const stringMakers: Maker[] = [
  (draw, profile) => ["SET", keyOf(draw, profile, "s"), draw.pick(texts), ...setOptions(draw, profile)],
  (draw, profile) => ["SET", keyOf(draw, profile, "sn"), draw.pick(texts)],
  (draw, profile) => ["SETNX", keyOf(draw, profile, "s"), ...value(draw, profile)],
  (draw, profile) => ["GETSET", keyOf(draw, profile, "s"), ...value(draw, profile)],
  (draw, profile) => ["GETDEL", keyOf(draw, profile, "sn")],
  (draw, profile) => ["GETEX", keyOf(draw, profile, "sn"), ...getexOptions(draw, profile)],
  (draw, profile) => ["APPEND", keyOf(draw, profile, "s"), draw.pick(["p", "", "1", "\xfe"])],
  (draw, profile) => [
    "SETRANGE",
    keyOf(draw, profile, "s"),
    number(draw, profile, ["0", "1", "4"]),
    draw.pick(["", "Q", "99"]),
  ],
  (draw, profile) => ["MSET", ...pairs(draw, profile)],
  (draw, profile) => ["MSETNX", ...pairs(draw, profile)],
  (draw, profile) =>
    profile.ttl
      ? ["SETEX", keyOf(draw, profile, "s"), time(draw, profile, false), draw.pick(texts)]
      : ["SET", keyOf(draw, profile, "s"), draw.pick(texts)],
  (draw, profile) =>
    profile.ttl
      ? ["PSETEX", keyOf(draw, profile, "s"), time(draw, profile, true), draw.pick(texts)]
      : ["GETSET", keyOf(draw, profile, "n"), "5"],
];

function pairs(draw: Draw, profile: CommandProfile): string[] {
  return Array.from({ length: 1 + draw.below(2) }, () => [keyOf(draw, profile, "sn"), draw.pick(texts)]).flat();
}

const counterMakers: Maker[] = [
  (draw, profile) => ["INCR", keyOf(draw, profile, "n")],
  (draw, profile) => ["DECR", keyOf(draw, profile, "n")],
  (draw, profile) => ["INCRBY", keyOf(draw, profile, "n"), number(draw, profile, integers)],
  (draw, profile) => ["DECRBY", keyOf(draw, profile, "n"), number(draw, profile, integers)],
  (draw, profile) => ["INCRBYFLOAT", keyOf(draw, profile, "n"), number(draw, profile, floats)],
  (draw, profile) => ["SET", keyOf(draw, profile, "n"), draw.pick(["0", "10", "2.5", "9223372036854775800"])],
];

const hashMakers: Maker[] = [
  (draw, profile) => [
    "HSET",
    keyOf(draw, profile, "h"),
    ...draw.some(names, 2).flatMap((name) => [name, draw.pick(texts)]),
  ],
  (draw, profile) => ["HMSET", keyOf(draw, profile, "h"), draw.pick(names), draw.pick(texts)],
  (draw, profile) => ["HSETNX", keyOf(draw, profile, "h"), draw.pick(names), draw.pick(texts)],
  (draw, profile) => ["HDEL", keyOf(draw, profile, "h"), ...draw.some(names, 3)],
  (draw, profile) => ["HINCRBY", keyOf(draw, profile, "h"), draw.pick(names), number(draw, profile, integers)],
  (draw, profile) => ["HINCRBY", keyOf(draw, profile, "h"), "i", "1"],
  (draw, profile) => ["HINCRBYFLOAT", keyOf(draw, profile, "h"), draw.pick(names), number(draw, profile, floats)],
];

const setMakers: Maker[] = [
  (draw, profile) => ["SADD", keyOf(draw, profile, "e"), ...draw.some(names, 3)],
  (draw, profile) => ["SADD", keyOf(draw, profile, "e"), draw.pick(["1", "2", "\xff\0"])],
  (draw, profile) => ["SREM", keyOf(draw, profile, "e"), ...draw.some(names, 3)],
  (draw, profile) => [
    "SPOP",
    keyOf(draw, profile, "e"),
    ...draw.pick([[], [], [number(draw, profile, ["0", "1", "2"])]]),
  ],
  (draw, profile) => ["SMOVE", keyOf(draw, profile, "e"), keyOf(draw, profile, "e"), draw.pick(names)],
];

const storeMakers: Maker[] = ["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"].map((name): Maker => (draw, profile) => [
  name,
  keyOf(draw, profile, "e"),
  ...Array.from({ length: 1 + draw.below(2) }, () => keyOf(draw, profile, "e")),
]);

const keyMakers: Maker[] = [
  (draw, profile) => ["DEL", keyOf(draw, profile, "snhe")],
  (draw, profile) => ["DEL", keyOf(draw, profile, "snhe"), keyOf(draw, profile, "snhe")],
  (draw) => ["PUBLISH", "news", draw.pick(texts)],
  (draw, profile) => ["UNLINK", keyOf(draw, profile, "snhe")],
  (draw, profile) => ["RENAME", ...twoKeys(draw, profile)],
  (draw, profile) => ["RENAMENX", ...twoKeys(draw, profile)],
  (draw, profile) => ["COPY", ...twoKeys(draw, profile), ...draw.pick([[], ["REPLACE"], ["replace"]])],
];

function twoKeys(draw: Draw, profile: CommandProfile): string[] {
  const type = draw.pick([..."snhe"]);
  return [keyOf(draw, profile, type), keyOf(draw, profile, type)];
}

const expireOptions = [[], [], [], ["NX"], ["XX"], ["GT"], ["LT"], ["XX", "GT"]];

const ttlMakers: Maker[] = [
  (draw, profile) => ["EXPIRE", keyOf(draw, profile, "snhe"), time(draw, profile, false), ...draw.pick(expireOptions)],
  (draw, profile) => ["PEXPIRE", keyOf(draw, profile, "snhe"), time(draw, profile, true), ...draw.pick(expireOptions)],
  (draw, profile) => ["EXPIREAT", keyOf(draw, profile, "snhe"), draw.pick(["1", "4102444800"])],
  (draw, profile) => ["PEXPIREAT", keyOf(draw, profile, "snhe"), draw.pick(["1", "4102444800123"])],
  (draw, profile) => ["PERSIST", keyOf(draw, profile, "snhe")],
];

const makers: Record<Family, Maker[]> = {
  string: stringMakers,
  counter: counterMakers,
  hash: hashMakers,
  set: setMakers,
  store: storeMakers,
  key: keyMakers,
  ttl: ttlMakers,
  flush: [() => ["FLUSHALL"], () => ["FLUSHDB"]],
};

const usualWeights: Record<Family, number> = {
  string: 5,
  counter: 5,
  hash: 5,
  set: 5,
  store: 1,
  key: 3,
  ttl: 3,
  flush: 0.2,
};

/** One command; without `ttl` none that sets or removes a deadline. */
export function randomCommand(draw: Draw, profile: CommandProfile): string[] {
  const weightOf = (family: Family): number =>
    family === "ttl" && !profile.ttl ? 0 : (profile.weights[family] ?? usualWeights[family]);
  let left = draw.random() * families.reduce((sum, family) => sum + weightOf(family), 0);
  const family = families.find((name) => (left -= weightOf(name)) < 0) ?? "string";
  const command = draw.pick(makers[family])(draw, profile);
  if (!draw.chance(profile.badRate / 4)) return command;
  return draw.chance(0.5) && command.length > 1 ? command.slice(0, -1) : [...command, "extra"];
}
