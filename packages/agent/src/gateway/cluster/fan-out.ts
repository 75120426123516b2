/** What concerns every node, or every partition, is asked of each; the client gets one reply. */
import { CONTROL_SLOT, SLOTS } from "@meridian/core";
import type { Commander } from "./commander.js";
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

/** FLUSHALL in the partition of every slot. */
export function flushAll(
  commander: Commander,
  bytesIn: (slot: number) => Buffer[],
  give: (reply: Buffer) => void,
): void {
  let left = SLOTS;
  let refusal: Buffer | undefined;
  const done = (reply: Buffer): void => {
    if (isError(reply)) refusal ??= reply;
    if (--left === 0) give(refusal ?? OK);
  };
  for (let slot = 0; slot < SLOTS; slot++) commander.toSlot(slot, bytesIn(slot), { done });
}
