/**
 * Reads of the whole keyspace, which nodes answer for what they have: KEYS, SCAN, DBSIZE, RANDOMKEY; and SORT_RO with patterns,
 * which is asked where its key is. They go to the function `mer_show`, which shows nothing of Meridian's own.
 *
 * The cursor of SCAN says which node is being scanned: it is the node's own one times the number of slots, plus a slot of the node.
 * After the last key of one node comes the one with the next slots. A page on which all keys are Meridian's own is not given: the next
 * ones are asked for, larger, up to a number of them.
 *
 * Invariant: what is not known of some slots is an error, never a reply that leaves them out.
 */
import { CONTROL_SLOT, rootOfSlot, slotOfKey, SLOTS } from "@meridian/core";
import type { Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { onEveryNode } from "./fan-out.js";
import { showingHead } from "./call-head.js";
import { errorReply } from "../errors.js";
import { gatewayLimits } from "../limits.js";
import { integerOf } from "../replies/amendments.js";
import { arrayOf, elementsOf, isError, textOf } from "./reply-reader.js";
import { concatenated, integerReply, joined, sumOf } from "./replies-together.js";
import type { ServerAddress } from "../server-connection.js";

const SLOT_COUNT = BigInt(SLOTS);
const CURSOR = /^\d{1,20}$/;
const DBSIZE = Buffer.from("$6\r\nDBSIZE\r\n");
/** The last COUNT is the one that counts. */
const MORE: readonly Buffer[] = ["COUNT", "500"].map(bulk);
const NIL = /^(\$-1|_|\*-1)\r\n$/;

/** How many keys there were. */
export interface KeyCount {
  keys: number;
  atMs: number;
}

export class KeyspaceReads {
  /** `count`: what clients of the process share. */
  constructor(
    private readonly commander: Commander,
    private readonly count: KeyCount,
  ) {}

  take(command: CommandView): void {
    const name = command.word(0);
    const unserved = name === "sort_ro" ? 0 : unservedSlots(this.commander);
    if (unserved > 0) this.commander.owe()(errorReply("slotsUnserved", { count: unserved }));
    else if (name === "scan") this.scan(command);
    else if (name === "randomkey") this.randomKey(command);
    else if (name === "sort_ro") this.inSlot(command, command.count > 1 ? slotOfKey(command.bytes(1)) : CONTROL_SLOT);
    else if (name === "dbsize") this.size(command);
    else onEveryNode(this.commander, () => asShown(command), concatenated);
  }

  private inSlot(command: CommandView, slot: number): void {
    this.commander.toSlot(slot, asShown(command), { isRead: true, done: this.commander.owe() });
  }

  /** Slot by slot, as many at a time as hold up no node. INFO, which each client asks for when it connects, takes what was counted of late. */
  private size(command: CommandView): void {
    const { commander, count } = this;
    const isRecent = command.count > 1;
    const give = commander.owe();
    if (isRecent && performance.now() - count.atMs < gatewayLimits.keyCountMsMax) {
      give(integerReply(count.keys));
      return;
    }
    const calls = [...slotsByNode(commander)].flatMap(([address, slots]) =>
      pieces(slots).map((piece) => ({ address, piece })),
    );
    const replies: Buffer[] = [];
    let left = calls.length;
    if (left === 0) commander.toSlot(CONTROL_SLOT, asShown(command), { done: give });
    for (const { address, piece } of calls) {
      const done = (reply: Buffer): void => {
        replies.push(reply);
        if (--left > 0) return;
        const all = joined(replies, sumOf);
        if (!isError(all)) [count.keys, count.atMs] = [integerOf(all) ?? 0, performance.now()];
        give(all);
      };
      const roots = piece.map((slot) => bulk(rootOfSlot(slot)));
      commander.toNode(commander.nodes.open(address), [showingHead(piece.length + 1), DBSIZE, ...roots], { done });
    }
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
    const give = commander.owe();
    const after = holders[holders.indexOf(holder) + 1];
    let pages = 1;
    const done = (reply: Buffer): void => {
      const page = pageOf(reply);
      if (page === undefined) give(reply);
      else if (page.isEmpty && page.cursor !== 0n && pages++ < gatewayLimits.scannedPagesMax) ask(page.cursor, MORE);
      else give(withCursor(page, holder.slot, after?.slot));
    };
    const ask = (from: bigint, more: readonly Buffer[]): void => {
      const call = [
        showingHead(command.count + more.length),
        command.piece(0, 1),
        bulk(String(from)),
        command.piece(2),
      ];
      commander.toNode(holder.node, [...call, ...more], { done });
    };
    ask(cursor / SLOT_COUNT, []);
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
        commander.toSlot(CONTROL_SLOT, asShown(command), { isRead: true, done: give });
        return;
      }
      const done = (reply: Buffer): void => {
        if (at + 1 < holders.length && NIL.test(reply.toString("latin1", 0, 8))) ask(at + 1);
        else give(reply);
      };
      commander.toNode(holder.node, asShown(command), { done });
    };
    ask(0);
  }
}

function asShown(command: CommandView): Buffer[] {
  return [showingHead(command.count), command.piece(0)];
}

function unservedSlots({ nodes: { map } }: Commander): number {
  let count = 0;
  for (let slot = 0; slot < SLOTS; slot++) if (map.ownerOf(slot) === undefined) count++;
  return count;
}

function slotsByNode({ nodes: { map } }: Commander): Map<ServerAddress, number[]> {
  const found = new Map<ServerAddress, number[]>();
  for (let slot = 0; slot < SLOTS; slot++) {
    const owner = map.ownerOf(slot);
    const slots = owner && found.get(owner);
    if (slots !== undefined) slots.push(slot);
    else if (owner !== undefined) found.set(owner, [slot]);
  }
  return found;
}

function pieces(slots: readonly number[]): (readonly number[])[] {
  const size = gatewayLimits.countedSlotsAtOnce;
  return Array.from({ length: Math.ceil(slots.length / size) }, (_, at) => slots.slice(at * size, (at + 1) * size));
}

interface Page {
  readonly cursor: bigint;
  readonly keys: Buffer;
  readonly isEmpty: boolean;
}

/** Undefined: it is an error. */
function pageOf(reply: Buffer): Page | undefined {
  const [cursor, keys] = elementsOf(reply) ?? [];
  const text = cursor === undefined ? undefined : textOf(cursor);
  if (text === undefined || keys === undefined || !CURSOR.test(text)) return undefined;
  return { cursor: BigInt(text), keys, isEmpty: elementsOf(keys)?.length === 0 };
}

function withCursor({ cursor, keys }: Page, slot: number, nextSlot: number | undefined): Buffer {
  const next = cursor === 0n ? BigInt(nextSlot ?? 0) : cursor * SLOT_COUNT + BigInt(slot);
  return arrayOf([bulk(String(next)), keys]);
}

function bulk(text: string): Buffer {
  return Buffer.from(`$${text.length}\r\n${text}\r\n`);
}
