/** A call of Meridian's function in the partition of a slot, up to its arguments. */
import { rootOfSlot } from "@meridian/core";
import { errorReply } from "../errors.js";

/** Before the arguments: FCALL, the function, how many keys, the root. */
export const ARGUMENTS_AT = 4;
/** Declares no key. */
export const SHOWING = "mer_show";

export const CROSSSLOT = errorReply("crossSlot");

export function headOf(slot: number, name: string, argumentCount: number): Buffer {
  const root = rootOfSlot(slot);
  const keys = name === SHOWING ? 0 : 1;
  return Buffer.from(
    `*${argumentCount + ARGUMENTS_AT}\r\n$5\r\nFCALL\r\n$${name.length}\r\n${name}\r\n$1\r\n${keys}\r\n$${root.length}\r\n${root}\r\n`,
  );
}
