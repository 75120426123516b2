/**
 * Random commands on streams and their groups, with every option.
 *
 * Ids are drawn from few, so that they hit what is there; "*" is rare, as nothing small can be added after it.
 * Idle times are 0 or far from it: no command depends on how long another took.
 */
import { keyOf, number, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

const fieldTexts = ["a", "b", "", "10", "x\0\xff\r\n"];
const groups = ["g", "k"];
const consumers = ["c", "d", "\xff"];
const counts = ["0", "1", "1", "2", "3", "-1"];
const idleTimes = ["0", "0", "3600000", "-5"];
const badIds = ["x", "", "-", "+", "1-x", "5-", "-5", "1-1-1", "99999999999999999999", "$", ">", "(1"];
const oddIds = [" 1", "+2", "03-00", "1--2", "1\x00-9", "0-0", "0"];
/** After it a stream takes no more entries. */
const lastId = "18446744073709551615-18446744073709551615";
const MILLISECONDS = 3;
const SEQUENCES = 6;
const REGION_SEQUENCES = 4;
const REGION_STEP = 256;

function idOf(draw: Draw, profile: CommandProfile): string {
  if (draw.chance(profile.badRate)) return draw.pick(badIds);
  if (draw.chance(0.02)) return draw.chance(0.1) ? lastId : draw.pick(oddIds);
  const milliseconds = draw.chance(0.6) ? MILLISECONDS : 1 + draw.below(MILLISECONDS);
  return draw.chance(0.15) ? String(milliseconds) : `${milliseconds}-${sequenceOf(draw, profile)}`;
}

/** A small number, or one that a region makes. */
function sequenceOf(draw: Draw, { idRegions }: CommandProfile): number {
  if (idRegions === undefined || draw.chance(0.25)) return draw.below(SEQUENCES);
  return draw.below(REGION_SEQUENCES) * REGION_STEP + 1 + draw.below(idRegions);
}

function ids(draw: Draw, profile: CommandProfile, most: number): string[] {
  return Array.from({ length: 1 + draw.below(most) }, () => idOf(draw, profile));
}

function newId(draw: Draw, profile: CommandProfile): string {
  const kind = draw.random();
  if (kind < 0.03) return "*";
  if (kind < 0.6) return `${MILLISECONDS}-*`;
  return kind < 0.75 ? `${draw.below(MILLISECONDS)}-*` : idOf(draw, profile);
}

const start = (draw: Draw, profile: CommandProfile): string => bound(draw, profile, "-");
const end = (draw: Draw, profile: CommandProfile): string => bound(draw, profile, "+");

function bound(draw: Draw, profile: CommandProfile, usual: string): string {
  if (draw.chance(0.4)) return usual;
  return (draw.chance(0.3) ? "(" : "") + idOf(draw, profile);
}

function key(draw: Draw, profile: CommandProfile): string {
  return keyOf(draw, profile, "x");
}

function countOption(draw: Draw, profile: CommandProfile): string[] {
  return draw.chance(0.4) ? [draw.pick(["COUNT", "count"]), number(draw, profile, counts)] : [];
}

function trim(draw: Draw, profile: CommandProfile): string[] {
  const [word, threshold] = draw.chance(0.5)
    ? ["MAXLEN", number(draw, profile, ["0", "2", "3", "4", "9"])]
    : ["minid", idOf(draw, profile)];
  const bad = draw.chance(profile.badRate) ? draw.pick([["LIMIT", "5"], ["MAXLEN", "1"], ["LIMIT", "-1"], ["~"]]) : [];
  return [word, ...draw.pick([[], [], ["="]]), threshold, ...bad];
}

function add(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  if (draw.chance(0.1)) options.push(draw.pick(["NOMKSTREAM", "nomkstream"]));
  if (draw.chance(0.15)) options.push(...trim(draw, profile));
  if (draw.chance(profile.badRate / 2)) options.push(draw.pick(["LIMIT", "MAXLEN", "BAD"]));
  const fields = Array.from({ length: 1 + draw.below(2) }, () => [draw.pick(fieldTexts), draw.pick(fieldTexts)]);
  return ["XADD", key(draw, profile), ...options, newId(draw, profile), ...fields.flat()];
}

function setId(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  if (draw.chance(0.4)) options.push("ENTRIESADDED", number(draw, profile, ["0", "3", "20", "9223372036854775807"]));
  if (draw.chance(0.4)) options.push("maxdeletedid", idOf(draw, profile));
  if (draw.chance(profile.badRate)) options.push(draw.pick(["ENTRIESADDED", "MAXDELETEDID", "BAD"]));
  return ["XSETID", key(draw, profile), idOf(draw, profile), ...options];
}

function groupId(draw: Draw, profile: CommandProfile): string {
  return draw.pick(["0", "0", "$", idOf(draw, profile), idOf(draw, profile)]);
}

function entriesRead(draw: Draw, profile: CommandProfile): string[] {
  return draw.chance(0.3) ? ["ENTRIESREAD", number(draw, profile, ["0", "1", "3", "-1", "-2"])] : [];
}

function createGroup(draw: Draw, profile: CommandProfile): string[] {
  const options = [...(draw.chance(0.5) ? ["MKSTREAM"] : []), ...entriesRead(draw, profile)];
  if (draw.chance(profile.badRate)) options.push(draw.pick(["MKSTREAM", "ENTRIESREAD", "BAD"]));
  return ["XGROUP", "CREATE", key(draw, profile), draw.pick(groups), groupId(draw, profile), ...options];
}

function streams(draw: Draw, profile: CommandProfile, idChoices: (draw: Draw) => string): string[] {
  const keys = Array.from({ length: 1 + draw.below(2) }, () => key(draw, profile));
  const chosen = keys.map(() => idChoices(draw));
  if (draw.chance(profile.badRate / 2)) chosen.pop();
  return ["STREAMS", ...keys, ...chosen];
}

function block(draw: Draw, profile: CommandProfile): string[] {
  return draw.chance(0.1) ? ["BLOCK", number(draw, profile, ["0", "5", "-1"])] : [];
}

function readGroup(draw: Draw, profile: CommandProfile): string[] {
  const options = [...countOption(draw, profile), ...block(draw, profile)];
  if (draw.chance(0.15)) options.push("NOACK");
  const group = draw.chance(profile.badRate / 2) ? [] : ["GROUP", draw.pick(groups), draw.pick(consumers)];
  const wanted = (from: Draw): string => (from.chance(0.6) ? ">" : from.chance(0.4) ? "0" : idOf(from, profile));
  return ["XREADGROUP", ...group, ...options, ...streams(draw, profile, wanted)];
}

function claim(draw: Draw, profile: CommandProfile): string[] {
  const options: string[] = [];
  if (draw.chance(0.2)) options.push("IDLE", number(draw, profile, ["0", "7200000", "-10"]));
  if (draw.chance(0.1)) options.push("TIME", number(draw, profile, ["1000000", "0", "99999999999999"]));
  if (draw.chance(0.2)) options.push("RETRYCOUNT", number(draw, profile, ["0", "4", "-3"]));
  if (draw.chance(0.6)) options.push("FORCE");
  if (draw.chance(0.3)) options.push("justid");
  if (draw.chance(0.1)) options.push("LASTID", idOf(draw, profile));
  if (draw.chance(profile.badRate)) options.push(draw.pick(["TIME", "BAD", "LASTID"]));
  return ["XCLAIM", ...holder(draw, profile), ...ids(draw, profile, 6), ...options];
}

/** Key, group, consumer, least idle time. */
function holder(draw: Draw, profile: CommandProfile): string[] {
  return [key(draw, profile), draw.pick(groups), draw.pick(consumers), number(draw, profile, idleTimes)];
}

function claimNext(draw: Draw, profile: CommandProfile): string[] {
  const options = draw.chance(0.5) ? ["COUNT", number(draw, profile, ["1", "2", "3", "0"])] : [];
  if (draw.chance(0.3)) options.push("JUSTID");
  if (draw.chance(profile.badRate)) options.push(draw.pick(["COUNT", "BAD"]));
  return ["XAUTOCLAIM", ...holder(draw, profile), start(draw, profile), ...options];
}

function acknowledge(draw: Draw, profile: CommandProfile): string[] {
  return ["XACK", key(draw, profile), draw.pick(groups), ...ids(draw, profile, 6)];
}

/** Half of the commands add and deliver, as the rest takes away. */
const growing: Maker[] = [add, add, add, readGroup, readGroup];

export const streamMakers: Maker[] = [
  ...growing,
  ...growing,
  createGroup,
  claim,
  claim,
  claimNext,
  setId,
  (draw, profile) => ["XDEL", key(draw, profile), ...ids(draw, profile, 4)],
  (draw, profile) => ["XDEL", key(draw, profile), ...ids(draw, profile, 4)],
  (draw, profile) => (draw.chance(0.4) ? ["XTRIM", key(draw, profile), ...trim(draw, profile)] : setId(draw, profile)),
  (draw, profile) => [
    "XGROUP",
    draw.pick(["SETID", "setid"]),
    key(draw, profile),
    draw.pick(groups),
    groupId(draw, profile),
    ...entriesRead(draw, profile),
  ],
  (draw, profile) => ["XGROUP", "CREATECONSUMER", key(draw, profile), draw.pick(groups), draw.pick(consumers)],
  (draw, profile) => ["XGROUP", "DELCONSUMER", key(draw, profile), draw.pick(groups), draw.pick(consumers)],
  (draw, profile) =>
    draw.chance(0.3) ? ["XGROUP", "DESTROY", key(draw, profile), draw.pick(groups)] : createGroup(draw, profile),
  acknowledge,
  acknowledge,
  (draw, profile) => (draw.chance(0.35) ? ["DEL", key(draw, profile)] : add(draw, profile)),
  (draw, profile) => (draw.chance(profile.badRate) ? ["XGROUP", "BAD", key(draw, profile)] : add(draw, profile)),
];

function pendingRange(draw: Draw, profile: CommandProfile): string[] {
  const idle = draw.chance(0.3) ? ["IDLE", number(draw, profile, idleTimes)] : [];
  const consumer = draw.chance(0.3) ? [draw.pick([...consumers, "nobody"])] : [];
  return [...idle, start(draw, profile), end(draw, profile), number(draw, profile, ["0", "1", "3", "9"]), ...consumer];
}

export const streamReaders: Maker[] = [
  (draw, profile) => ["XLEN", key(draw, profile)],
  (draw, profile) => [
    "XRANGE",
    key(draw, profile),
    start(draw, profile),
    end(draw, profile),
    ...countOption(draw, profile),
  ],
  (draw, profile) => [
    "XREVRANGE",
    key(draw, profile),
    end(draw, profile),
    start(draw, profile),
    ...countOption(draw, profile),
  ],
  (draw, profile) => {
    const wanted = (from: Draw): string => from.pick(["0", "$", idOf(from, profile), idOf(from, profile)]);
    const bad = draw.chance(profile.badRate) ? draw.pick([["NOACK"], ["GROUP", "g", "c"], ["COUNT"]]) : [];
    return ["XREAD", ...countOption(draw, profile), ...block(draw, profile), ...bad, ...streams(draw, profile, wanted)];
  },
  (draw, profile) => ["XPENDING", key(draw, profile), draw.pick(groups)],
  (draw, profile) => ["XPENDING", key(draw, profile), draw.pick(groups), ...pendingRange(draw, profile)],
  (draw, profile) => ["XINFO", draw.pick(["GROUPS", "groups"]), key(draw, profile)],
  (draw, profile) => ["XINFO", "CONSUMERS", key(draw, profile), draw.pick(groups)],
  (draw, profile) => {
    const full = draw.pick([[], ["FULL"], ["full", "count", number(draw, profile, counts)]]);
    const bad = draw.chance(profile.badRate) ? [draw.pick(["FULL", "COUNT", "1"])] : [];
    return ["XINFO", "STREAM", key(draw, profile), ...full, ...bad];
  },
];
