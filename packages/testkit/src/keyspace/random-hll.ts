/** Random commands on HyperLogLogs, some of which meet strings that are none. */
import { keyOf, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

const ELEMENTS = 300;
const oddElements = ["", "x\0\xff\r\n", "eight888", "sixteen bytes 16"];

function elements(draw: Draw): string[] {
  return Array.from({ length: draw.below(6) }, () => {
    return draw.chance(0.1) ? draw.pick(oddElements) : `e${draw.below(ELEMENTS)}`;
  });
}

function keys(draw: Draw, profile: CommandProfile, most: number): string[] {
  return Array.from({ length: 1 + draw.below(most) }, () => keyOf(draw, profile, "p"));
}

/** Mostly no HyperLogLog, or one with a header that Redis doesn't take. */
function spoil(draw: Draw, profile: CommandProfile): string[] {
  const key = keyOf(draw, profile, "p");
  return draw.pick([
    ["SET", key, "not one"],
    ["SET", key, "HYLL\x02".padEnd(16, "\0")],
    ["SETRANGE", key, "4", "\x02"],
    ["APPEND", key, "x"],
    ["DEL", key],
    ["DEL", key],
    ["DEL", key],
  ]);
}

export const hllMakers: Maker[] = [
  (draw, profile) => ["PFADD", keyOf(draw, profile, "p"), ...elements(draw)],
  (draw, profile) => ["PFADD", keyOf(draw, profile, "p"), ...elements(draw)],
  (draw, profile) => ["PFADD", keyOf(draw, profile, "p"), ...elements(draw)],
  (draw, profile) => ["PFMERGE", ...keys(draw, profile, 3)],
  (draw, profile) => {
    if (draw.chance(profile.badRate)) return spoil(draw, profile);
    return draw.chance(0.1) ? ["DEL", keyOf(draw, profile, "p")] : ["PFADD", keyOf(draw, profile, "p")];
  },
];

export const hllReaders: Maker[] = [(draw, profile) => ["PFCOUNT", ...keys(draw, profile, 3)]];
