/** In which slot a command's keys lie. */
import { CONTROL_SLOT, type CommandEntry, slotOfKey } from "@meridian/core";
import { keyIndexes } from "../commands/key-guard.js";
import type { CommandView } from "./command-view.js";

/** Keys that the table of commands does not tell, since they depend on options. */
const STORES: readonly string[] = ["sort", "georadius", "georadiusbymember"];
const XGROUP_KEY = 2;

export function keysOf(entry: CommandEntry, given: CommandView): number[] {
  const { name, keys } = entry;
  if (STORES.includes(name) || name === "sort_ro") return storesOf(given);
  if (name === "xgroup") return given.count > XGROUP_KEY ? [XGROUP_KEY] : [];
  if (name === "spublish" || name === "ssubscribe" || name === "sunsubscribe") return channelsOf(name, given);
  return keyIndexes(keys, given).filter((index) => index > 0 && index < given.count);
}

/** Undefined: it has no keys. */
export function slotOfKeys(entry: CommandEntry, given: CommandView): number | "cross" | undefined {
  let found: number | undefined;
  for (const index of keysOf(entry, given)) {
    const slot = slotOfKey(given.bytes(index));
    if (found !== undefined && found !== slot) return "cross";
    found = slot;
  }
  return found;
}

/** The partition that runs it: where it names no key, the one of what concerns the whole region. */
export function slotOfWrite(entry: CommandEntry | undefined, given: CommandView): number | "cross" {
  return (entry === undefined ? undefined : slotOfKeys(entry, given)) ?? CONTROL_SLOT;
}

function storesOf(given: CommandView): number[] {
  const found = given.count > 1 ? [1] : [];
  for (let index = 2; index + 1 < given.count; index++) {
    const word = given.word(index);
    if (word === "store" || word === "storedist") found.push(index + 1);
    if (word === "by" || word === "get") index++;
  }
  return found;
}

function channelsOf(name: string, given: CommandView): number[] {
  if (name === "spublish") return given.count > 1 ? [1] : [];
  return Array.from({ length: given.count - 1 }, (_, index) => index + 1);
}
