/**
 * In which partition a command is called: the region's only one, or, where partitions are hash slots, that of its keys. What names
 * no key is called where the whole region's concerns are.
 *
 * Invariant: a call under another root than its keys' own is refused by the function, so a mistake here writes nothing.
 */
import { CONTROL_ROOT, CONTROL_SLOT, rootOfSlot, slotOfKey } from "@meridian/core";
import type { Command, RedisOptions } from "ioredis";
import { entryOf } from "./verdict.js";

/** What the region's agent is configured with. */
export type Partitions = "whole" | "slots";

/** Options of ioredis, and what this client needs to know of the region. */
export interface ClientOptions extends RedisOptions {
  /** As in the configuration of the region's agent; "whole" where it is left out. Of a cluster it is always "slots". */
  readonly partitions?: Partitions;
}

/** Of a connection to a cluster's node. */
export interface NodeOptions extends ClientOptions {
  readonly ofCluster?: boolean;
}

/** Calls of these would be about one slot, where all are meant. */
export const OF_ALL_SLOTS: readonly string[] = ["flushall", "flushdb"];

export function isOfAllSlots(name: string): boolean {
  return OF_ALL_SLOTS.includes(name.toLowerCase());
}

/** Of what ioredis knows no keys: the function's own commands, and those of groups of a stream, have one at this place. */
const KEY_OF_XGROUP = 1;

function keysOf(command: Command): readonly (string | Buffer)[] {
  const keys = command.getKeys();
  if (keys.length > 0) return keys;
  const entry = entryOf(command.name);
  const places = entry?.keys;
  const at =
    entry?.name === "xgroup"
      ? KEY_OF_XGROUP
      : typeof places === "object" && "first" in places
        ? places.first - 1
        : undefined;
  const key = at === undefined ? undefined : command.args[at];
  return key === undefined ? [] : [Buffer.isBuffer(key) ? key : String(key as string | number)];
}

/** Of commands without keys that go along with a pipeline: its slot. */
const companions = new WeakMap<Command, number>();

export function goesAlong(command: Command, slot: number): void {
  companions.set(command, slot);
}

/** Of its first key: the function looks at the others. */
export function slotOfCall(command: Command): number {
  const [key] = keysOf(command);
  return key === undefined ? (companions.get(command) ?? CONTROL_SLOT) : slotOfKey(key);
}

export function rootOfCall(partitions: Partitions, command: Command): string {
  return partitions === "whole" ? CONTROL_ROOT : rootOfSlot(slotOfCall(command));
}

/** Of one step; undefined: its keys are in several. */
export function rootOfTransaction(partitions: Partitions, commands: readonly Command[]): string | undefined {
  if (partitions === "whole") return CONTROL_ROOT;
  let found: number | undefined;
  for (const command of commands) {
    for (const key of keysOf(command)) {
      const slot = slotOfKey(key);
      if (found !== undefined && found !== slot) return undefined;
      found = slot;
    }
  }
  const [first] = commands;
  return rootOfSlot(found ?? (first === undefined ? CONTROL_SLOT : slotOfCall(first)));
}

/** Where one may look for keys that are not Meridian's own. */
export function rootOfShown(partitions: Partitions): string {
  return partitions === "whole" ? CONTROL_ROOT : "mer:{";
}
