/** Random commands on keys of any type, their deadlines, and all keys at once. */
import { anyKey, keyLetters, keyOf, texts, time, type CommandProfile, type Maker } from "./command-profile.js";
import type { Draw } from "./draw.js";

export const keyMakers: Maker[] = [
  (draw, profile) => ["DEL", anyKey(draw, profile)],
  (draw, profile) => ["DEL", anyKey(draw, profile), anyKey(draw, profile)],
  (draw) => ["PUBLISH", "news", draw.pick(texts)],
  (draw, profile) => ["UNLINK", anyKey(draw, profile)],
  (draw, profile) => ["RENAME", ...twoKeys(draw, profile)],
  (draw, profile) => ["RENAMENX", ...twoKeys(draw, profile)],
  (draw, profile) => ["COPY", ...twoKeys(draw, profile), ...draw.pick([[], ["REPLACE"], ["replace"]])],
];

function twoKeys(draw: Draw, profile: CommandProfile): string[] {
  const type = draw.pick([...keyLetters(profile)]);
  return [keyOf(draw, profile, type), keyOf(draw, profile, type)];
}

const expireOptions = [[], [], [], ["NX"], ["XX"], ["GT"], ["LT"], ["XX", "GT"]];

export const ttlMakers: Maker[] = [
  (draw, profile) => ["EXPIRE", anyKey(draw, profile), time(draw, profile, false), ...draw.pick(expireOptions)],
  (draw, profile) => ["PEXPIRE", anyKey(draw, profile), time(draw, profile, true), ...draw.pick(expireOptions)],
  (draw, profile) => ["EXPIREAT", anyKey(draw, profile), draw.pick(["1", "4102444800"])],
  (draw, profile) => ["PEXPIREAT", anyKey(draw, profile), draw.pick(["1", "4102444800123"])],
  (draw, profile) => ["PERSIST", anyKey(draw, profile)],
];

export const flushMakers: Maker[] = [() => ["FLUSHALL"], () => ["FLUSHDB"]];
