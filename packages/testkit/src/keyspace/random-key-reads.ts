/** Random commands that ask whether keys are there, and of what type. */
import { anyKey, type Maker } from "./command-profile.js";

export const keyReaders: Maker[] = ["EXISTS", "TOUCH", "TYPE"].map((name): Maker => (draw, profile) => {
  const keys = Array.from({ length: 1 + draw.below(3) }, () => anyKey(draw, profile));
  return [name, ...keys.slice(0, name === "TYPE" ? 1 : keys.length)];
});
