/**
 * WATCH, and transactions that the gateway has a server do by its own MULTI and EXEC (requests/transactions.ts): all of it on one
 * connection, that of the keys' slot. Once the watched slot has moved, or its node is lost, it is not known what happened to the
 * keys: EXEC says nil, as when they were changed.
 */
import { asItCame, type Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { lookUp } from "../commands/command-lookup.js";
import { CROSSSLOT } from "./call-head.js";
import { isOwnCall, ownCallIn, ownCallSlot } from "./function-calls.js";
import { slotOfKeys } from "./key-slots.js";
import type { NodeConnection } from "./node-connection.js";
import { redirectionOfUnit } from "./order.js";
import { isError } from "./reply-reader.js";

const OK = Buffer.from("+OK\r\n");
const QUEUED = Buffer.from("+QUEUED\r\n");
const NIL = Buffer.from("*-1\r\n");
const NIL_THREE = Buffer.from("_\r\n");
const MULTI = Buffer.from("*1\r\n$5\r\nMULTI\r\n");
const EXEC = Buffer.from("*1\r\n$4\r\nEXEC\r\n");
const UNWATCH = Buffer.from("*1\r\n$7\r\nUNWATCH\r\n");

interface Watched {
  readonly slot: number;
  readonly node: NodeConnection | undefined;
}

export class NodeTransactions {
  private watched: Watched | undefined;

  constructor(private readonly commander: Commander) {}

  get watching(): boolean {
    return this.watched !== undefined;
  }

  watch(given: CommandView): void {
    const { commander } = this;
    const entry = lookUp(given.buffer, given.nameStart, given.nameEnd);
    const slot = entry === undefined ? undefined : slotOfKeys(entry, given);
    if (slot === undefined) {
      commander.toHome(asItCame(given), { done: commander.owe() });
      return;
    }
    const give = commander.owe();
    if (slot === "cross" || (this.watched !== undefined && this.watched.slot !== slot)) {
      give(CROSSSLOT);
      return;
    }
    const { watched } = this;
    commander.toSlot(slot, asItCame(given), {
      isRead: true,
      done: (reply, from) => {
        // Of two connections neither sees all.
        if (!isError(reply))
          this.watched = { slot, node: watched === undefined || watched.node === from ? from : undefined };
        give(reply);
      },
    });
  }

  unwatch(): void {
    const { commander, watched } = this;
    const options = { done: commander.owe() };
    this.watched = undefined;
    if (watched?.node === undefined) commander.toHome([UNWATCH], options);
    else commander.toNode(watched.node, [UNWATCH], options);
  }

  /** The commands between MULTI and EXEC. */
  take(commands: readonly CommandView[]): void {
    const { commander, watched } = this;
    this.watched = undefined;
    const give = commander.owe();
    const slot = slotOfAll(commands) ?? watched?.slot;
    if (slot === "cross" || (watched !== undefined && slot !== watched.slot)) {
      if (watched?.node !== undefined) commander.toNode(watched.node, [UNWATCH], { done: () => undefined });
      give(answered(commands.length, CROSSSLOT));
      return;
    }
    const replies = commands.length + 2;
    const bytes = [MULTI, ...commands.flatMap(bytesOf), EXEC];
    const done = (reply: Buffer): void => give(isOneError(reply) ? answered(commands.length, reply) : reply);
    if (watched !== undefined) this.watchedUnit(watched, bytes, commands.length, give);
    else if (slot === undefined) commander.toHome(bytes, { replies, done });
    else commander.toSlot(slot, bytes, { replies, isUnit: true, done });
  }

  /** Nothing is watched any more. */
  clear(): void {
    this.watched = undefined;
  }

  onLost(node: NodeConnection): void {
    if (this.watched?.node === node) this.watched = { slot: this.watched.slot, node: undefined };
  }

  private watchedUnit(
    { slot, node }: Watched,
    bytes: readonly Buffer[],
    count: number,
    give: (reply: Buffer) => void,
  ): void {
    const nil = answered(count, this.commander.identity.respThree ? NIL_THREE : NIL);
    if (node === undefined) {
      give(nil);
      return;
    }
    this.commander.wrote(slot);
    const done = (reply: Buffer): void => {
      if (isOneError(reply)) give(answered(count, reply));
      else give(redirectionOfUnit(reply) === undefined ? reply : nil);
    };
    this.commander.toNode(node, bytes, { replies: count + 2, done });
  }
}

function slotOfAll(commands: readonly CommandView[]): number | "cross" | undefined {
  let found: number | undefined;
  for (const one of commands) {
    const entry = lookUp(one.buffer, one.nameStart, one.nameEnd);
    const slot = isOwnCall(one) ? ownCallSlot(one) : entry && slotOfKeys(entry, one);
    if (slot === "cross" || (found !== undefined && slot !== undefined && slot !== found)) return "cross";
    found = slot ?? found;
  }
  return found;
}

function bytesOf(command: CommandView): Buffer[] {
  return isOwnCall(command) ? ownCallIn(ownCallSlot(command), command) : asItCame(command);
}

/** What the gateway awaits for MULTI, so many commands, and EXEC. */
function answered(count: number, reply: Buffer): Buffer {
  return Buffer.concat([OK, ...Array.from({ length: count }, () => QUEUED), reply]);
}

/** In the place of all replies: the node is lost. */
function isOneError(reply: Buffer): boolean {
  return isError(reply) && reply.indexOf("\n") === reply.length - 1;
}
