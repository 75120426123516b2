/** Property: what is gone everywhere leaves nothing behind; metadata exists for living keys only. */
import { createHash } from "node:crypto";
import { Failure, text } from "../failure.js";
import { ROOT } from "../names.js";
import type { World } from "../world.js";

/** What is kept beside a key (core, state/names.ts): metadata of its parts, and values that another type hides. */
const sidePrefixes = [..."hezlxgyp"]
  .map((type) => `${ROOT}:${type}:`)
  .concat([..."hezlxp"].map((type) => `${ROOT}:n:${type}`));

export function checkLeftovers(world: World): void {
  for (const region of world.regions) {
    if (region.isAhead()) throw new Failure("leftovers", `${region.name} still has keys ahead of its vector`);
    const visible = region.visible();
    for (const key of region.keyspace.keys()) {
      const dead = deadNames(
        key,
        (name) => visible.has(name),
        () => region.keyspace.call("HKEYS", key) as string[],
      );
      if (dead.length > 0)
        throw new Failure(
          "leftovers",
          `${region.name} keeps ${key} for dead ${text(dead)}: ${text(region.call("inspect", dead[0] ?? ""))}`,
        );
    }
  }
}

/** Property: what a region remembers of destroyed groups goes too, once all have written again and time has passed. */
export function checkMarks(world: World): void {
  for (const region of world.regions) {
    if (!region.keyspace.keys().includes(`${ROOT}:gd`)) continue;
    const marks = region.keyspace.call("HKEYS", `${ROOT}:gd`) as string[];
    throw new Failure("leftovers", `${region.name} still remembers the destroy of ${text(marks)}`);
  }
}

function deadNames(key: string, lives: (name: string) => boolean, names: () => string[]): string[] {
  for (const prefix of sidePrefixes) {
    if (key.startsWith(prefix)) return lives(key.slice(prefix.length)) ? [] : [key.slice(prefix.length)];
  }
  if (!key.startsWith(`${ROOT}:m:`)) return [];
  return names().filter(
    (name) => !lives(name) || !key.endsWith(createHash("sha1").update(name, "latin1").digest("hex").slice(0, 4)),
  );
}
