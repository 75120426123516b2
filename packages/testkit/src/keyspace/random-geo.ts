/** Random commands on positions, with every option. */
import { keyOf, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

const members = ["Palermo", "Catania", "Paris", "Lima", "Suva", "a", "", "x\0\xff"];
const units = ["m", "km", "FT", "Mi"];
const known = [
  ["13.361389", "38.115556"],
  ["15.087269", "37.502669"],
  ["0", "0"],
  ["180", "85.05112878"],
  ["-180", "-85.05112878"],
  ["179.9999", "-16.5"],
  ["-179.9999", "-16.6"],
  ["2.35", "48.85"],
  ["1e1", "0x10"],
];
const unknown = [
  ["200", "10"],
  ["181.0078125", "1e30"],
  ["10", "-85.06"],
  ["x", "1"],
  ["1", ""],
  ["nan", "1"],
  ["inf", "1"],
];
const sizes = ["0", "1", "100", "5000", "200", "1e4", "1500.5", "20000", "40000", "1e6", "2e7"];
const badSizes = ["x", "-1", "", "nan"];

function gkey(draw: Draw, profile: CommandProfile): string {
  return keyOf(draw, profile, "g");
}

function position(draw: Draw, profile: CommandProfile): string[] {
  if (draw.chance(profile.badRate / 2)) return draw.pick(unknown);
  if (draw.chance(0.4)) return draw.pick(known);
  // Most are near each other, so that searches find some and leave out others.
  const reach = draw.pick([170, 10, 0.1]);
  return [((draw.random() - 0.5) * 2 * reach).toFixed(6), ((draw.random() - 0.5) * reach).toFixed(6)];
}

function size(draw: Draw, profile: CommandProfile): string {
  return draw.pick(draw.chance(profile.badRate / 2) ? badSizes : sizes);
}

function unit(draw: Draw, profile: CommandProfile): string {
  return draw.chance(profile.badRate / 2) ? draw.pick(["", "yd"]) : draw.pick(units);
}

function added(draw: Draw, profile: CommandProfile): string[] {
  const triples = Array.from({ length: 1 + draw.below(4) }, () => [...position(draw, profile), draw.pick(members)]);
  return triples.flat();
}

function addOptions(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  if (draw.chance(0.2)) options.push(draw.pick(["NX", "XX", "xx"]));
  if (draw.chance(0.3)) options.push("CH");
  if (draw.chance(profile.badRate)) options.push(draw.pick(["NX", "XX", "GT", "BAD"]));
  return options;
}

function commonOptions(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  if (draw.chance(0.4)) options.push(draw.pick(["ASC", "DESC", "asc"]));
  if (draw.chance(0.3))
    options.push("COUNT", draw.chance(profile.badRate) ? draw.pick(["0", "-1", "x"]) : draw.pick(["1", "2", "5"]));
  if (options.includes("COUNT") ? draw.chance(0.4) : draw.chance(profile.badRate / 2)) options.push("ANY");
  if (draw.chance(profile.badRate)) options.push(draw.pick(["WITHDIST", "STORE", "BAD", "COUNT", "STOREDIST"]));
  return options;
}

function withOptions(draw: Draw): string[] {
  return ["WITHDIST", "WITHHASH", "withcoord"].filter(() => draw.chance(0.3));
}

function searchOptions(draw: Draw, profile: CommandProfile): string[] {
  const centre = draw.chance(0.5) ? ["FROMMEMBER", draw.pick(members)] : ["FROMLONLAT", ...position(draw, profile)];
  const shape = draw.chance(0.5)
    ? ["BYRADIUS", size(draw, profile), unit(draw, profile)]
    : ["BYBOX", size(draw, profile), size(draw, profile), unit(draw, profile)];
  const parts = [centre, shape, commonOptions(draw, profile)];
  if (draw.chance(profile.badRate)) parts.splice(draw.below(parts.length), 1, draw.pick(parts));
  return (draw.chance(0.2) ? parts.toReversed() : parts).flat();
}

function radius(draw: Draw, profile: CommandProfile): string[] {
  return [size(draw, profile), unit(draw, profile), ...commonOptions(draw, profile)];
}

const adders: Maker[] = [
  (draw, profile) => ["GEOADD", gkey(draw, profile), ...addOptions(draw, profile), ...added(draw, profile)],
  (draw, profile) => ["GEOADD", gkey(draw, profile), ...added(draw, profile)],
];

const stores: Maker = (draw, profile) => [draw.pick(["STORE", "STOREDIST", "store"]), gkey(draw, profile)];

export const geoMakers: Maker[] = [
  ...adders,
  ...adders,
  (draw, profile) => ["ZREM", gkey(draw, profile), ...draw.some(members, 2)],
  (draw, profile) => [
    "GEOSEARCHSTORE",
    gkey(draw, profile),
    gkey(draw, profile),
    ...searchOptions(draw, profile),
    ...(draw.chance(0.3) ? ["STOREDIST"] : []),
  ],
  (draw, profile) => [
    "GEORADIUS",
    gkey(draw, profile),
    ...position(draw, profile),
    ...radius(draw, profile),
    ...stores(draw, profile),
  ],
  (draw, profile) => [
    "GEORADIUSBYMEMBER",
    gkey(draw, profile),
    draw.pick(members),
    ...radius(draw, profile),
    ...stores(draw, profile),
  ],
];

export const geoReaders: Maker[] = [
  (draw, profile) => ["GEOPOS", gkey(draw, profile), ...draw.some(members, 3)],
  (draw, profile) => ["GEOHASH", gkey(draw, profile), ...draw.some(members, 3)],
  (draw, profile) => [
    "GEODIST",
    gkey(draw, profile),
    draw.pick(members),
    draw.pick(members),
    ...(draw.chance(0.6) ? [unit(draw, profile)] : []),
  ],
  (draw, profile) => ["GEOSEARCH", gkey(draw, profile), ...searchOptions(draw, profile), ...withOptions(draw)],
  (draw, profile) => ["GEOSEARCH", gkey(draw, profile), ...searchOptions(draw, profile), ...withOptions(draw)],
  ...["GEORADIUS", "GEORADIUS_RO"].map((name): Maker => (draw, profile) => [
    name,
    gkey(draw, profile),
    ...position(draw, profile),
    ...radius(draw, profile),
    ...withOptions(draw),
  ]),
  ...["GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"].map((name): Maker => (draw, profile) => [
    name,
    gkey(draw, profile),
    draw.pick(members),
    ...radius(draw, profile),
    ...withOptions(draw),
  ]),
];
