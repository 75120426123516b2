/**
 * Which keys are Meridian's own: the root of a partition, and what begins with it and a colon. Where every slot is a partition, it is
 * the root of the key's slot.
 */
import { rootOfSlot, slotOfKey } from "@meridian/core";

/** `key` in latin1, so that each byte is one character. */
export type OwnKeyTest = (key: string) => boolean;

/** Of every root. */
export const ROOTS_BEGIN = "mer:{";

export function ownKeyOf(root: string): OwnKeyTest {
  return (key) => key.startsWith(root) && (key.length === root.length || key[root.length] === ":");
}

export const isOwnKeyOfSlots: OwnKeyTest = (key) =>
  key.startsWith(ROOTS_BEGIN) && ownKeyOf(rootOfSlot(slotOfKey(Buffer.from(key, "latin1"))))(key);
