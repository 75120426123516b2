/** A call of Meridian's function in the partition of a slot, up to its arguments. */
import { rootOfSlot } from "@meridian/core";
import { ROOTS_BEGIN } from "../commands/own-keys.js";
import { errorReply } from "../errors.js";

/** Before the arguments: FCALL, the function, how many keys, the root. */
export const ARGUMENTS_AT = 4;
/** Declares no key, and takes no root of one partition. */
export const SHOWING = "mer_show";

export const CROSSSLOT = errorReply("crossSlot");

export function headOf(slot: number, name: string, argumentCount: number): Buffer {
  return head(name, 1, rootOfSlot(slot), argumentCount);
}

/** Of what a node has, whatever its slots are; Meridian's own keys of all partitions are hidden. */
export function showingHead(argumentCount: number): Buffer {
  return head(SHOWING, 0, ROOTS_BEGIN, argumentCount);
}

function head(name: string, keys: number, root: string, argumentCount: number): Buffer {
  return Buffer.from(
    `*${argumentCount + ARGUMENTS_AT}\r\n$5\r\nFCALL\r\n$${name.length}\r\n${name}\r\n$1\r\n${keys}\r\n$${root.length}\r\n${root}\r\n`,
  );
}
