/** Random commands on lists, with every option; what would block is to run where it does not. */
import { keyOf, number, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

const elements = ["a", "b", "c", "a", "", "10", "x\0\xff\r\n"];
const indexes = ["0", "0", "1", "2", "-1", "-1", "-2", "-3", "7", "-9"];
const counts = ["0", "1", "1", "2", "3"];
const removeCounts = ["0", "1", "-1", "2", "-2", "9", "-9223372036854775807"];
const timeouts = ["0", "1", "0.5", "1e2", "0x1"];
const badTimeouts = ["x", "", " 1", "-1", "-0.5", "1e400", "inf", "-inf", "nan", "9223372036854775807"];
const ends = ["LEFT", "RIGHT", "left", "Right"];

function end(draw: Draw, profile: CommandProfile): string {
  return draw.chance(profile.badRate) ? draw.pick(["UP", "", "LEFTX"]) : draw.pick(ends);
}

function timeout(draw: Draw, profile: CommandProfile): string {
  return draw.pick(draw.chance(profile.badRate) ? badTimeouts : timeouts);
}

function count(draw: Draw, profile: CommandProfile): string {
  return draw.chance(profile.badRate) ? draw.pick(["-1", "x", "", "1.5"]) : draw.pick(counts);
}

function someKeys(draw: Draw, profile: CommandProfile): string[] {
  return Array.from({ length: 1 + draw.below(3) }, () => keyOf(draw, profile, "l"));
}

function fromMany(draw: Draw, profile: CommandProfile): string[] {
  const keys = someKeys(draw, profile);
  const keyCount = draw.chance(profile.badRate) ? draw.pick(["0", "-1", "x", "1", "2", "9"]) : String(keys.length);
  const options = draw.chance(0.5) ? ["COUNT", draw.chance(profile.badRate) ? "0" : draw.pick(["1", "2", "5"])] : [];
  if (draw.chance(profile.badRate)) options.push(draw.pick(["COUNT", "LEFT", "1"]), draw.pick(["1", "x"]));
  return [keyCount, ...keys, end(draw, profile), ...options];
}

const push = (name: string): Maker => {
  return (draw, profile) => [name, keyOf(draw, profile, "l"), ...draw.some(elements, 3)];
};

const pop = (name: string): Maker => {
  return (draw, profile) => [
    name,
    keyOf(draw, profile, "l"),
    ...(draw.chance(0.4) ? [count(draw, profile)] : []),
    ...(draw.chance(profile.badRate / 2) ? ["1"] : []),
  ];
};

const blockingPop = (name: string): Maker => {
  return (draw, profile) => [name, ...someKeys(draw, profile), timeout(draw, profile)];
};

function positionOptions(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  const add = (word: string, usual: string[], bad: string[]): void => {
    if (draw.chance(0.4)) options.push(word, draw.chance(profile.badRate) ? draw.pick(bad) : draw.pick(usual));
  };
  add("RANK", ["1", "2", "-1", "-2", "5"], ["0", "x", ""]);
  add("COUNT", counts, ["-1", "x"]);
  add("maxlen", counts, ["-1", "x"]);
  if (draw.chance(profile.badRate)) options.push(draw.pick(["RANK", "COUNT", "BAD"]));
  return options;
}

/** Half of the commands make lists longer, as the rest makes them shorter. */
const listPushes: Maker[] = [push("LPUSH"), push("RPUSH"), push("RPUSH"), push("LPUSHX"), push("RPUSHX")];

export const listMakers: Maker[] = [
  ...listPushes,
  ...listPushes,
  pop("LPOP"),
  pop("RPOP"),
  blockingPop("BLPOP"),
  blockingPop("BRPOP"),
  (draw, profile) => ["LMPOP", ...fromMany(draw, profile)],
  (draw, profile) => ["BLMPOP", timeout(draw, profile), ...fromMany(draw, profile)],
  (draw, profile) => [
    "LMOVE",
    keyOf(draw, profile, "l"),
    keyOf(draw, profile, "l"),
    end(draw, profile),
    end(draw, profile),
  ],
  (draw, profile) => [
    "BLMOVE",
    keyOf(draw, profile, "l"),
    keyOf(draw, profile, "l"),
    end(draw, profile),
    end(draw, profile),
    timeout(draw, profile),
  ],
  (draw, profile) => ["RPOPLPUSH", keyOf(draw, profile, "l"), keyOf(draw, profile, "l")],
  (draw, profile) => ["BRPOPLPUSH", keyOf(draw, profile, "l"), keyOf(draw, profile, "l"), timeout(draw, profile)],
  (draw, profile) => [
    "LINSERT",
    keyOf(draw, profile, "l"),
    draw.chance(profile.badRate) ? "AMID" : draw.pick(["BEFORE", "AFTER", "after"]),
    draw.pick(elements),
    draw.pick(elements),
  ],
  (draw, profile) => ["LSET", keyOf(draw, profile, "l"), number(draw, profile, indexes), draw.pick(elements)],
  (draw, profile) => ["LREM", keyOf(draw, profile, "l"), number(draw, profile, removeCounts), draw.pick(elements)],
  (draw, profile) => [
    "LTRIM",
    keyOf(draw, profile, "l"),
    number(draw, profile, ["0", "0", "1", "-4"]),
    number(draw, profile, ["-1", "-1", "4", "-2", "0"]),
  ],
];

export const listReaders: Maker[] = [
  (draw, profile) => [
    "LRANGE",
    keyOf(draw, profile, "l"),
    number(draw, profile, indexes),
    number(draw, profile, indexes),
  ],
  (draw, profile) => ["LLEN", keyOf(draw, profile, "l")],
  (draw, profile) => ["LINDEX", keyOf(draw, profile, "l"), number(draw, profile, indexes)],
  (draw, profile) => ["LPOS", keyOf(draw, profile, "l"), draw.pick(elements), ...positionOptions(draw, profile)],
];
