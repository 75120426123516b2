/** Where each hash slot is a partition: do all keys that a command names lie in the partition's slot? (state/slot-guard.ts) */
import type { ErrorReply } from "../errors.js";
import type { Partition } from "../state/partition.js";
import { crossSlotErrorOf } from "../state/slot-guard.js";
import { keysNamed, type Command } from "./command.js";

/** An error where one does not; nothing was done. */
export function crossSlotError(partition: Partition, command: Command, args: string[]): ErrorReply | undefined {
  const { lastKey, numkeysAt, keysOf } = command;
  const isSingle = lastKey === 1 && numkeysAt === undefined && keysOf === undefined;
  return crossSlotErrorOf(partition, isSingle ? [args[1]!] : keysNamed(command, args));
}
