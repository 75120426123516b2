/** Random commands on strings, with every option. */
import { keyOf, number, texts, time, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

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

export const stringMakers: Maker[] = [
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
