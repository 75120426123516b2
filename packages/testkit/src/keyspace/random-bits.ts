/** Random commands on the bits of strings, and those that read strings in part. */
import { keyOf, number, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

const offsets = ["0", "1", "7", "8", "13", "31", "100"];
const badOffsets = ["-1", "x", "4294967296", "#1", "", "1 "];
const ends = ["0", "1", "2", "-1", "-2", "5", "-9", "100", "9", "17"];
const types = ["u8", "i8", "u1", "u2", "i5", "u16", "i16", "u63", "i64", "i1"];
const badTypes = ["u64", "i65", "u0", "x8", "u", "I8", "i-1", ""];
const values = ["0", "1", "-1", "3", "100", "255", "-128", "9223372036854775807", "-9223372036854775808"];

function offset(draw: Draw, profile: CommandProfile): string {
  return draw.pick(draw.chance(profile.badRate) ? badOffsets : offsets);
}

function key(draw: Draw, profile: CommandProfile): string {
  return keyOf(draw, profile, "b");
}

function keys(draw: Draw, profile: CommandProfile, most: number): string[] {
  return Array.from({ length: 1 + draw.below(most) }, () => key(draw, profile));
}

/** Nothing, a start, a range, or a range and its unit. */
function range(draw: Draw, profile: CommandProfile): string[] {
  const unit = draw.chance(profile.badRate) ? "NIBBLE" : draw.pick(["BIT", "BYTE", "bit"]);
  const all = [number(draw, profile, ends), number(draw, profile, ends), unit];
  return all.slice(0, draw.pick([0, 1, 2, 2, 3, 3, 3]));
}

function field(draw: Draw, profile: CommandProfile): string[] {
  const type = draw.pick(draw.chance(profile.badRate) ? badTypes : types);
  return [type, draw.chance(0.3) ? `#${draw.below(4)}` : offset(draw, profile)];
}

function fieldOperations(draw: Draw, profile: CommandProfile, writes: boolean): string[] {
  return Array.from({ length: draw.below(4) }, (): string[] => {
    if (!writes || draw.chance(0.3)) return [draw.pick(["GET", "get"]), ...field(draw, profile)];
    const overflow = draw.chance(profile.badRate) ? "BAD" : draw.pick(["WRAP", "SAT", "FAIL", "sat"]);
    const before = draw.chance(0.4) ? ["OVERFLOW", overflow] : [];
    return [...before, draw.pick(["SET", "INCRBY"]), ...field(draw, profile), number(draw, profile, values)];
  }).flat();
}

function bitOperation(draw: Draw, profile: CommandProfile): string[] {
  const name = draw.chance(profile.badRate) ? "NAND" : draw.pick(["AND", "OR", "XOR", "NOT", "xor"]);
  const isSingle = name === "NOT" && !draw.chance(profile.badRate);
  return ["BITOP", name, key(draw, profile), ...keys(draw, profile, isSingle ? 1 : 3)];
}

export const bitsMakers: Maker[] = [
  (draw, profile) => ["SETBIT", key(draw, profile), offset(draw, profile), number(draw, profile, ["1", "1", "0"])],
  (draw, profile) => ["SETBIT", key(draw, profile), offset(draw, profile), draw.pick(["1", "1", "0", "2"])],
  bitOperation,
  (draw, profile) => ["BITFIELD", key(draw, profile), ...fieldOperations(draw, profile, true)],
  (draw, profile) => ["BITFIELD", key(draw, profile), ...fieldOperations(draw, profile, true)],
  (draw, profile) => ["SET", key(draw, profile), draw.pick(["", "\xff\xff", "\xff\xf0\x01", "\0\0\x80", "1010", "7"])],
];

export const bitsReaders: Maker[] = [
  (draw, profile) => ["GETBIT", key(draw, profile), offset(draw, profile)],
  (draw, profile) => ["BITCOUNT", key(draw, profile), ...range(draw, profile)],
  (draw, profile) => ["BITPOS", key(draw, profile), number(draw, profile, ["0", "1", "2"]), ...range(draw, profile)],
  (draw, profile) => {
    const writes = draw.chance(profile.badRate);
    return ["BITFIELD_RO", key(draw, profile), ...fieldOperations(draw, profile, writes)];
  },
  (draw, profile) => [
    draw.pick(["GETRANGE", "SUBSTR"]),
    key(draw, profile),
    number(draw, profile, ends),
    number(draw, profile, ends),
  ],
  (draw, profile) => ["STRLEN", key(draw, profile)],
  (draw, profile) => {
    const options = draw.pick([[], [], ["LEN"], ["IDX"], ["idx", "WITHMATCHLEN"]]);
    const least = draw.chance(0.3) ? ["MINMATCHLEN", number(draw, profile, ["0", "2", "-1", "3"])] : [];
    const bad = draw.chance(profile.badRate) ? draw.pick([["IDX", "LEN"], ["BAD"], ["MINMATCHLEN"]]) : [];
    return ["LCS", keyOf(draw, profile, "bs"), keyOf(draw, profile, "bs"), ...options, ...least, ...bad];
  },
];
