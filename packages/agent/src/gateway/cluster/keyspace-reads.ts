/**
 * Reads of the whole keyspace, which nodes answer for what they have: KEYS, SCAN, DBSIZE, RANDOMKEY; and SORT_RO with patterns,
 * which is asked where its key is. They go to the function `mer_show`, which shows nothing of Meridian's own.
 *
 * The cursor of SCAN says which node is being scanned: it is the node's own one times the number of slots, plus a slot of the node.
 * After the last key of one node comes the one with the next slots.
 */
import { CONTROL_SLOT, slotOfKey, SLOTS } from "@meridian/core";
import type { Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { onEveryNode } from "./fan-out.js";
import { headOf, SHOWING } from "./call-head.js";
import { arrayOf, elementsOf, textOf } from "./reply-reader.js";
import { concatenated, sumOf } from "./replies-together.js";

const SLOT_COUNT = BigInt(SLOTS);
const CURSOR = /^\d{1,20}$/;
const NIL = /^(\$-1|_|\*-1)\r\n$/;

export class KeyspaceReads {
  constructor(private readonly commander: Commander) {}

  take(command: CommandView): void {
    const name = command.word(0);
    if (name === "scan") this.scan(command);
    else if (name === "randomkey") this.randomKey(command);
    else if (name === "sort_ro") this.inSlot(command, command.count > 1 ? slotOfKey(command.bytes(1)) : CONTROL_SLOT);
    else onEveryNode(this.commander, (slot) => callIn(slot, command), name === "keys" ? concatenated : sumOf);
  }

  private inSlot(command: CommandView, slot: number): void {
    this.commander.toSlot(slot, callIn(slot, command), { isRead: true, done: this.commander.owe() });
  }

  private scan(command: CommandView): void {
    const { commander } = this;
    const holders = commander.nodes.everywhere();
    const cursor = command.count > 1 && CURSOR.test(command.text(1)) ? BigInt(command.text(1)) : undefined;
    const from = cursor === undefined || cursor === 0n ? 0 : Number(cursor % SLOT_COUNT);
    const holder = holders.findLast(({ slot }) => slot <= from) ?? holders[0];
    // What is no cursor the server says itself.
    if (holder === undefined || cursor === undefined) {
      this.inSlot(command, CONTROL_SLOT);
      return;
    }
    const native = bulk(String(cursor / SLOT_COUNT));
    const call = [headOf(holder.slot, SHOWING, command.count), command.piece(0, 1), native, command.piece(2)];
    const give = commander.owe();
    const after = holders[holders.indexOf(holder) + 1];
    const done = (reply: Buffer): void => give(withCursor(reply, holder.slot, after?.slot));
    commander.toNode(holder.node, call, { done });
  }

  /** Of a node by the share of its slots; of another where that one has none. */
  private randomKey(command: CommandView): void {
    const { commander } = this;
    const give = commander.owe();
    const holders = commander.nodes.everywhere();
    const slot = Math.floor(Math.random() * SLOTS);
    const owner = commander.nodes.map.ownerOf(slot);
    const first = Math.max(
      0,
      holders.findIndex(({ node }) => node.address === owner),
    );
    const ask = (at: number): void => {
      const holder = holders[(first + at) % holders.length];
      if (holder === undefined) {
        commander.toSlot(CONTROL_SLOT, callIn(CONTROL_SLOT, command), { isRead: true, done: give });
        return;
      }
      const done = (reply: Buffer): void => {
        if (at + 1 < holders.length && NIL.test(reply.toString("latin1", 0, 8))) ask(at + 1);
        else give(reply);
      };
      commander.toNode(holder.node, callIn(holder.slot, command), { done });
    };
    ask(0);
  }
}

function callIn(slot: number, command: CommandView): Buffer[] {
  return [headOf(slot, SHOWING, command.count), command.piece(0)];
}

function withCursor(reply: Buffer, slot: number, nextSlot: number | undefined): Buffer {
  const [cursor, keys] = elementsOf(reply) ?? [];
  const text = cursor === undefined ? undefined : textOf(cursor);
  if (text === undefined || keys === undefined || !CURSOR.test(text)) return reply;
  const next = text === "0" ? BigInt(nextSlot ?? 0) : BigInt(text) * SLOT_COUNT + BigInt(slot);
  return arrayOf([bulk(String(next)), keys]);
}

function bulk(text: string): Buffer {
  return Buffer.from(`$${text.length}\r\n${text}\r\n`);
}
