/** Random commands on numbers in strings. */
import { floats, integers, keyOf, number, type Maker } from "./command-profile.js";

export const counterMakers: Maker[] = [
  (draw, profile) => ["INCR", keyOf(draw, profile, "n")],
  (draw, profile) => ["DECR", keyOf(draw, profile, "n")],
  (draw, profile) => ["INCRBY", keyOf(draw, profile, "n"), number(draw, profile, integers)],
  (draw, profile) => ["DECRBY", keyOf(draw, profile, "n"), number(draw, profile, integers)],
  (draw, profile) => ["INCRBYFLOAT", keyOf(draw, profile, "n"), number(draw, profile, floats)],
  (draw, profile) => ["SET", keyOf(draw, profile, "n"), draw.pick(["0", "10", "2.5", "9223372036854775800"])],
];
