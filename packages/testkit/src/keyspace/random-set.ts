/** Random commands on sets, and those that store what sets make together. */
import { keyOf, names, number, type Maker } from "./command-profile.js";

export const setMakers: Maker[] = [
  (draw, profile) => ["SADD", keyOf(draw, profile, "e"), ...draw.some(names, 3)],
  (draw, profile) => ["SADD", keyOf(draw, profile, "e"), draw.pick(["1", "2", "\xff\0"])],
  (draw, profile) => ["SREM", keyOf(draw, profile, "e"), ...draw.some(names, 3)],
  (draw, profile) => [
    "SPOP",
    keyOf(draw, profile, "e"),
    ...draw.pick([[], [], [number(draw, profile, ["0", "1", "2"])]]),
  ],
  (draw, profile) => ["SMOVE", keyOf(draw, profile, "e"), keyOf(draw, profile, "e"), draw.pick(names)],
];

export const storeMakers: Maker[] = ["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"].map(
  (name): Maker =>
    (draw, profile) => [
      name,
      keyOf(draw, profile, "e"),
      ...Array.from({ length: 1 + draw.below(2) }, () => keyOf(draw, profile, "e")),
    ],
);
