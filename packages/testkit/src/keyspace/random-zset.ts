/** Random commands on sorted sets, with every option; what would block is to run where it does not. */
import { keyOf, number, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

const members = ["a", "b", "c", "d", "", "10", "x\0\xff\r\n"];
/** Rarely one that is too long for the small encoding. */
const manyMembers = [...members, ...members, ...members, "m".repeat(65)];
const plainScores = ["0", "1", "1", "2", "3", "-1", "-2.5", "1.5", "0.1", "0.2", "1e3", "-0"];
const oddScores = ["inf", "-inf", "+Infinity", "1e17", "123456789012345678", "1e-5", "0x10", "5e-324", ".5", "3."];
const scores = [...plainScores, ...oddScores];
const badScores = ["x", "", " 1", "1 ", "nan", "1e400", "1e-400", "0x", "1e", "."];
const ranks = ["0", "0", "1", "2", "-1", "-1", "-2", "-3", "7", "-9"];
const scoreBounds = [
  "-inf",
  "+inf",
  "0",
  "(0",
  "1",
  "(1",
  "2",
  "(2",
  "-1",
  "1.5",
  "(inf",
  "(-inf",
  "1e3",
  "",
  "(",
  " 1",
];
const badScoreBounds = ["x", "(x", "((1", "nan", "(nan", "1 ", "[1"];
const lexBounds = ["-", "+", "-", "+", "[a", "(a", "[b", "(b", "[c", "(d", "[", "(", "[x", "[\xff"];
const badLexBounds = ["a", "", "--", "++", "-a", "1"];
const timeouts = ["0", "1", "0.5"];

function one(draw: Draw, profile: CommandProfile, usual: readonly string[], bad: readonly string[]): string {
  return draw.pick(draw.chance(profile.badRate) ? bad : usual);
}

function zkey(draw: Draw, profile: CommandProfile): string {
  return keyOf(draw, profile, "z");
}

/** Sets are inputs too. */
function inputKeys(draw: Draw, profile: CommandProfile, letters: string): string[] {
  const keys = Array.from({ length: 1 + draw.below(3) }, () => keyOf(draw, profile, letters));
  const wrong = ["0", "-1", "x", String(keys.length + 1), String(keys.length - 1)];
  return [one(draw, profile, [String(keys.length)], wrong), ...keys];
}

function addOptions(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  if (draw.chance(0.3)) options.push(draw.pick(["NX", "XX", "gt", "LT"]));
  if (draw.chance(0.1)) options.push("XX");
  if (draw.chance(0.3)) options.push(draw.pick(["CH", "ch"]));
  if (draw.chance(0.2)) options.push("INCR");
  if (draw.chance(profile.badRate)) options.push(draw.pick(["NX", "XX", "GT", "LT", "BAD"]));
  return options;
}

function scoredMembers(draw: Draw, profile: CommandProfile, most: number): string[] {
  const pairs = Array.from({ length: 1 + draw.below(most) }, () => [score(draw, profile), draw.pick(manyMembers)]);
  return pairs.flat();
}

function score(draw: Draw, profile: CommandProfile): string {
  return one(draw, profile, scores, badScores);
}

function scoreBound(draw: Draw, profile: CommandProfile): string {
  return one(draw, profile, scoreBounds, badScoreBounds);
}

function lexBound(draw: Draw, profile: CommandProfile): string {
  return one(draw, profile, lexBounds, badLexBounds);
}

function limit(draw: Draw, profile: CommandProfile): string[] {
  if (draw.chance(0.6)) return draw.chance(profile.badRate) ? ["LIMIT", "1"] : [];
  return [
    "LIMIT",
    number(draw, profile, ["0", "0", "1", "2", "-1"]),
    number(draw, profile, ["1", "2", "0", "-1", "-2"]),
  ];
}

/** Bounds and options of ZRANGE and ZRANGESTORE. */
function anyRange(draw: Draw, profile: CommandProfile): string[] {
  const by = draw.pick(["", "BYSCORE", "bylex"]);
  const bound = by === "" ? (): string => number(draw, profile, ranks) : by === "bylex" ? lexBound : scoreBound;
  const range = [bound(draw, profile), bound(draw, profile)];
  const options = [...(by === "" ? [] : [by]), ...(draw.chance(0.4) ? [draw.pick(["REV", "rev"])] : [])];
  if (by !== "" || draw.chance(profile.badRate)) options.push(...limit(draw, profile));
  if (draw.chance(profile.badRate)) options.push(draw.pick(["WITHSCORES", "BYLEX", "BAD", "LIMIT"]));
  return [...range, ...options];
}

function popOptions(draw: Draw, profile: CommandProfile): string[] {
  const options = [one(draw, profile, ["MIN", "MAX", "max"], ["MID", ""])];
  if (draw.chance(0.5)) options.push("COUNT", one(draw, profile, ["1", "2", "5"], ["0", "x", "-1"]));
  if (draw.chance(profile.badRate)) options.push(draw.pick(["COUNT", "MIN"]));
  return options;
}

function combineOptions(draw: Draw, profile: CommandProfile, keyCount: number): string[] {
  const options: string[] = [];
  if (draw.chance(0.4)) {
    const weights = Array.from({ length: keyCount }, () =>
      one(draw, profile, ["1", "2", "-1", "0.5", "0", "inf"], badScores),
    );
    options.push("WEIGHTS", ...weights);
  }
  if (draw.chance(0.4)) options.push("AGGREGATE", one(draw, profile, ["SUM", "MIN", "max"], ["AVG", ""]));
  if (draw.chance(profile.badRate)) options.push(draw.pick(["WEIGHTS", "AGGREGATE", "LIMIT", "BAD"]));
  return options;
}

function combine(draw: Draw, profile: CommandProfile, name: string): string[] {
  const inputs = inputKeys(draw, profile, "zze");
  const isDifference = name.startsWith("ZDIFF") && !draw.chance(profile.badRate);
  return [...inputs, ...(isDifference ? [] : combineOptions(draw, profile, inputs.length - 1))];
}

const adders: Maker[] = [
  (draw, profile) => ["ZADD", zkey(draw, profile), ...scoredMembers(draw, profile, 3)],
  (draw, profile) => ["ZADD", zkey(draw, profile), "0", draw.pick(members), "0", draw.pick(members)],
  (draw, profile) => {
    const options = addOptions(draw, profile);
    const most = options.includes("INCR") && !draw.chance(profile.badRate) ? 1 : 3;
    return ["ZADD", zkey(draw, profile), ...options, ...scoredMembers(draw, profile, most)];
  },
  (draw, profile) => ["ZINCRBY", zkey(draw, profile), score(draw, profile), draw.pick(members)],
];

export const zsetMakers: Maker[] = [
  ...adders,
  ...adders,
  ...adders,
  (draw, profile) => ["ZREM", zkey(draw, profile), ...draw.some(members, 3)],
  ...["ZPOPMIN", "ZPOPMAX"].map((name): Maker => (draw, profile) => [
    name,
    zkey(draw, profile),
    ...draw.pick([[], [one(draw, profile, ["0", "1", "2"], ["-1", "x"])]]),
  ]),
  (draw, profile) => ["ZMPOP", ...inputKeys(draw, profile, "z"), ...popOptions(draw, profile)],
  ...["BZPOPMIN", "BZPOPMAX"].map((name): Maker => (draw, profile) => [
    name,
    ...inputKeys(draw, profile, "z").slice(1),
    one(draw, profile, timeouts, ["x", "-1"]),
  ]),
  (draw, profile) => [
    "BZMPOP",
    one(draw, profile, timeouts, ["x", "-1"]),
    ...inputKeys(draw, profile, "z"),
    ...popOptions(draw, profile),
  ],
  (draw, profile) => [
    "ZREMRANGEBYRANK",
    zkey(draw, profile),
    number(draw, profile, ranks),
    number(draw, profile, ranks),
  ],
  (draw, profile) => ["ZREMRANGEBYSCORE", zkey(draw, profile), scoreBound(draw, profile), scoreBound(draw, profile)],
  (draw, profile) => ["ZREMRANGEBYLEX", zkey(draw, profile), lexBound(draw, profile), lexBound(draw, profile)],
  ...["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"].map((name): Maker => (draw, profile) => [
    name,
    zkey(draw, profile),
    ...combine(draw, profile, name),
  ]),
  (draw, profile) => ["ZRANGESTORE", zkey(draw, profile), zkey(draw, profile), ...anyRange(draw, profile)],
];

const withScores: Maker = (draw) => (draw.chance(0.4) ? [draw.pick(["WITHSCORES", "withscores"])] : []);

export const zsetReaders: Maker[] = [
  (draw, profile) => ["ZRANGE", zkey(draw, profile), ...anyRange(draw, profile), ...withScores(draw, profile)],
  (draw, profile) => [
    "ZREVRANGE",
    zkey(draw, profile),
    number(draw, profile, ranks),
    number(draw, profile, ranks),
    ...withScores(draw, profile),
  ],
  ...["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"].map((name): Maker => (draw, profile) => [
    name,
    zkey(draw, profile),
    scoreBound(draw, profile),
    scoreBound(draw, profile),
    ...limit(draw, profile),
    ...withScores(draw, profile),
  ]),
  ...["ZRANGEBYLEX", "ZREVRANGEBYLEX"].map((name): Maker => (draw, profile) => [
    name,
    zkey(draw, profile),
    lexBound(draw, profile),
    lexBound(draw, profile),
    ...limit(draw, profile),
  ]),
  (draw, profile) => ["ZSCORE", zkey(draw, profile), draw.pick(members)],
  (draw, profile) => ["ZMSCORE", zkey(draw, profile), ...draw.some(members, 3)],
  (draw, profile) => ["ZCARD", zkey(draw, profile)],
  (draw, profile) => ["ZCOUNT", zkey(draw, profile), scoreBound(draw, profile), scoreBound(draw, profile)],
  (draw, profile) => ["ZLEXCOUNT", zkey(draw, profile), lexBound(draw, profile), lexBound(draw, profile)],
  ...["ZRANK", "ZREVRANK"].map((name): Maker => (draw, profile) => [name, zkey(draw, profile), draw.pick(members)]),
  (draw, profile) => [
    "ZRANDMEMBER",
    zkey(draw, profile),
    ...(draw.chance(0.8) ? [one(draw, profile, ["0", "1", "2", "-3", "9"], ["x", "-9223372036854775808"])] : []),
    ...withScores(draw, profile),
  ],
  ...["ZUNION", "ZINTER", "ZDIFF"].map((name): Maker => (draw, profile) => [
    name,
    ...combine(draw, profile, name),
    ...withScores(draw, profile),
  ]),
  (draw, profile) => [
    "ZINTERCARD",
    ...inputKeys(draw, profile, "zze"),
    ...(draw.chance(0.4) ? ["LIMIT", one(draw, profile, ["0", "1", "2"], ["-1", "x"])] : []),
  ],
  (draw, profile) => [
    "ZSCAN",
    zkey(draw, profile),
    one(draw, profile, ["0"], ["x", " 0"]),
    ...(draw.chance(0.4) ? ["MATCH", draw.pick(["*", "?", "[a-c]", "[^a]*", "x*", "\\a", "1[0"])] : []),
    ...(draw.chance(0.2) ? ["COUNT", one(draw, profile, ["10", "100"], ["0", "x"])] : []),
    ...(draw.chance(profile.badRate) ? ["BAD"] : []),
  ],
];
