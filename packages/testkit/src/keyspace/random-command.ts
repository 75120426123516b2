/**
 * Random user commands of every kind that Meridian writes with, with random options, on few keys: for the simulator
 * and for comparisons with a real server. A pure function of the generator passed in. One file a family.
 */
import { families, weightOf, type CommandProfile, type Family, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";
import { counterMakers } from "./random-counter.js";
import { geoMakers, geoReaders } from "./random-geo.js";
import { hashMakers } from "./random-hash.js";
import { bitsMakers, bitsReaders } from "./random-bits.js";
import { hllMakers, hllReaders } from "./random-hll.js";
import { flushMakers, keyMakers, ttlMakers } from "./random-key.js";
import { keyReaders } from "./random-key-reads.js";
import { listMakers, listReaders } from "./random-list.js";
import { setMakers, storeMakers } from "./random-set.js";
import { sortMakers, sortReaders } from "./random-sort.js";
import { streamMakers, streamReaders } from "./random-stream.js";
import { stringMakers } from "./random-string.js";
import { zsetMakers, zsetReaders } from "./random-zset.js";

const makers: Record<Family, Maker[]> = {
  string: stringMakers,
  counter: counterMakers,
  hash: hashMakers,
  set: setMakers,
  store: storeMakers,
  key: keyMakers,
  ttl: ttlMakers,
  flush: flushMakers,
  list: listMakers,
  zset: zsetMakers,
  geo: geoMakers,
  stream: streamMakers,
  hll: hllMakers,
  bits: bitsMakers,
  sort: sortMakers,
};

const readers: Partial<Record<Family, Maker[]>> = {
  list: listReaders,
  zset: zsetReaders,
  geo: geoReaders,
  stream: streamReaders,
  hll: hllReaders,
  bits: bitsReaders,
  sort: sortReaders,
  key: keyReaders,
};

/** One command; without `ttl` none that sets or removes a deadline. */
export function randomCommand(draw: Draw, profile: CommandProfile): string[] {
  for (;;) {
    const command = randomOf(makers, draw, profile);
    if (profile.isPortable !== true || !isForeign(command)) return command;
  }
}

function isForeign([name, ...args]: string[]): boolean {
  if (args.some((arg) => arg.startsWith("0x") || /^-?922337203685477580\d$/.test(arg))) return true;
  if (name === "XGROUP" && args[0]?.toUpperCase() === "CREATECONSUMER") return true;
  return (name === "ZREMRANGEBYSCORE" || name === "ZRANGESTORE") && (args.includes("") || args.includes(" 1"));
}

/** One command that only reads, of a family that has such. */
export function randomRead(draw: Draw, profile: CommandProfile): string[] {
  return randomOf(readers, draw, profile);
}

function randomOf(table: Partial<Record<Family, Maker[]>>, draw: Draw, profile: CommandProfile): string[] {
  const known = families.filter((family) => table[family] !== undefined);
  let left = draw.random() * known.reduce((sum, family) => sum + weightOf(profile, family), 0);
  const family = known.find((name) => (left -= weightOf(profile, name)) < 0) ?? known[0];
  const choices = (family && table[family]) ?? [];
  const command = draw.pick(choices)(draw, profile);
  if (!draw.chance(profile.badRate / 4)) return command;
  return draw.chance(0.5) && command.length > 1 ? command.slice(0, -1) : [...command, "extra"];
}
