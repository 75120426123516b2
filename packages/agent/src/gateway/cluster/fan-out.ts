/** What concerns every node, or every partition, is asked of each; the client gets one reply. */
import { CONTROL_SLOT, rootOfSlot, SLOTS } from "@meridian/core";
import type { Commander } from "./commander.js";
import { gatewayLimits } from "../limits.js";
import { integerOf } from "../replies/amendments.js";
import { encodeCommand } from "../requests/inline-command.js";
import { isError } from "./reply-reader.js";
import { joined, type Joiner } from "./replies-together.js";

const OK = Buffer.from("+OK\r\n");

/** `bytesIn`: the command as a node takes it that has the slot. */
export function onEveryNode(commander: Commander, bytesIn: (slot: number) => Buffer[], join: Joiner): void {
  everyNode(commander, bytesIn, (replies) => joined(replies, join));
}

export function everyNode(
  commander: Commander,
  bytesIn: (slot: number) => Buffer[],
  join: (replies: readonly Buffer[]) => Buffer,
): void {
  const give = commander.owe();
  const holders = commander.nodes.everywhere();
  if (holders.length === 0) {
    commander.toSlot(CONTROL_SLOT, bytesIn(CONTROL_SLOT), { done: give });
    return;
  }
  const replies: Buffer[] = [];
  let left = holders.length;
  for (const [at, { node, slot }] of holders.entries()) {
    const done = (reply: Buffer): void => {
      replies[at] = reply;
      if (--left === 0) give(join(replies));
    };
    commander.toNode(node, bytesIn(slot), { done });
  }
}

/**
 * FLUSHALL in the partition of every slot in which there ever was anything; some at a time, so that nodes go on with others. What is
 * behind it in the client's pipeline comes after it, slot by slot.
 */
export function flushAll(
  commander: Commander,
  bytesIn: (slot: number) => Buffer[],
  give: (reply: Buffer) => void,
): void {
  let next = 0;
  let left = SLOTS;
  let refusal: Buffer | undefined;
  const answered = (reply: Buffer): void => {
    if (isError(reply)) refusal ??= reply;
    if (--left === 0) give(refusal ?? OK);
    else flushNext();
  };
  const flushNext = (): void => {
    const slot = next++;
    if (slot >= SLOTS) return;
    const done = (reply: Buffer): void => {
      if (isError(reply) || integerOf(reply) === 0) answered(reply);
      else commander.toSlot(slot, bytesIn(slot), { done: answered });
    };
    commander.toSlot(slot, [traceOf(slot)], { isRead: true, done });
  };
  for (let count = 0; count < gatewayLimits.flushedSlotsAtOnce; count++) flushNext();
}

/** Is there something that a partition has once it was written to, here or by another region (names.ts of the core)? */
function traceOf(slot: number): Buffer {
  const root = rootOfSlot(slot);
  return encodeCommand(["EXISTS", `${root}:w`, `${root}:vv`, `${root}:im`].map((text) => Buffer.from(text)));
}
