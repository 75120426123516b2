/** Random commands on hashes. */
import { floats, integers, keyOf, names, number, texts, type Maker } from "./command-profile.js";

export const hashMakers: Maker[] = [
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
