/** Property: at rest every region has applied the same entries and shows exactly what the oracle says. */
import { Failure, text } from "../failure.js";
import { expected } from "../oracle.js";
import { sameVisible } from "../visible.js";
import type { World } from "../world.js";
import { vectorText } from "./convergence.js";

export function checkAgreement(world: World): void {
  const [first] = world.regions;
  if (!first) return;
  const vector = vectorText(first);
  for (const region of world.regions) {
    if (vectorText(region) !== vector)
      throw new Failure("rest", `vectors differ\n  ${vector}\n  ${vectorText(region)}`);
  }
  const entries = world.history.covered(first.vector());
  for (const key of keysOf(entries.flatMap(({ operations }) => operations))) {
    const oracle = expected(world.history, entries, key, world.nowMs);
    for (const region of world.regions) {
      const visible = region.visible().get(key);
      if (sameVisible(visible, oracle)) continue;
      const touching = entries.filter(({ payload }) => payload.includes(key));
      throw new Failure(
        "oracle",
        `${key} in ${region.name}\n  is     ${text(visible)}\n  oracle ${text(oracle)}\n` +
          touching
            .map(
              (entry) => `  ${entry.origin} ${entry.stamp} saw ${text([...entry.context])} ${text(entry.operations)}`,
            )
            .join("\n") +
          `\n  inspect ${text(region.call("inspect", key))}`,
      );
    }
  }
}

/** Every key that any operation names. */
export function keysOf(operations: unknown[][]): Set<string> {
  const keys = new Set<string>();
  for (const [code, first] of operations) {
    if (code === "M") continue;
    const names = code === "Z" ? (first as string[]).filter((_, at) => at % 2 === 0) : [first as string];
    for (const name of names) keys.add(name);
  }
  return keys;
}
