/** Property: at rest every region has applied the same entries and shows exactly what the oracle says. */
import { Failure, text } from "../failure.js";
import type { Entry } from "../history.js";
import { expected } from "../oracle/index.js";
import type { Region } from "../region.js";
import { sameVisible, type Visible } from "../visible.js";
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
      checkKey(region, key, oracle, entries, "oracle");
    }
  }
}

/** Throws, with everything a person needs to see why, where the region shows something else. */
export function checkKey(
  region: Region,
  key: string,
  oracle: Visible | undefined,
  entries: Entry[],
  property: string,
): void {
  const visible = region.visible().get(key);
  if (sameVisible(visible, oracle)) return;
  const touching = entries.filter(({ payload }) => payload.includes(key));
  const lines = touching.map(
    ({ origin, stamp, context, operations }) => `  ${origin} ${stamp} saw ${text([...context])} ${text(operations)}`,
  );
  throw new Failure(
    visible && !oracle ? "resurrection" : property,
    [
      `${key} in ${region.name}`,
      `  is     ${text(visible)}`,
      `  oracle ${text(oracle)}`,
      ...lines,
      `  inspect ${text(region.call("inspect", key))}`,
    ].join("\n"),
  );
}

/** Every key that any operation names. */
export function keysOf(operations: unknown[][]): Set<string> {
  const keys = new Set<string>();
  for (const [code, first] of operations) {
    if (code !== "M" && code !== "m" && code !== "f" && code !== "Z") keys.add(first as string);
  }
  return keys;
}
