/**
 * Which keys are Meridian's own: the root of the partition, and what begins with it and a colon. Where every slot is a partition, all
 * that begins as roots do.
 */

/** `key` in latin1, so that each byte is one character. */
export type OwnKeyTest = (key: string) => boolean;

/** Of every root. */
export const ROOTS_BEGIN = "mer:{";

export function ownKeyOf(root: string): OwnKeyTest {
  return (key) => key.startsWith(root) && (key.length === root.length || key[root.length] === ":");
}

export const isOwnKeyOfSlots: OwnKeyTest = (key) => key.startsWith(ROOTS_BEGIN);
