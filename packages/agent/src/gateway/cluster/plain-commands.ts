/** Commands that are sent as they came: to the node of their keys, to all nodes, or, where they concern neither, to the one at home. */
import { type CommandEntry, slotOfKey } from "@meridian/core";
import { asItCame, type Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { everyNode, onEveryNode } from "./fan-out.js";
import { CROSSSLOT } from "./call-head.js";
import { isRepeated } from "./identity.js";
import { keysOf, slotOfKeys } from "./key-slots.js";
import { arrayOf, elementsOf, isError } from "./reply-reader.js";
import { anyOf, concatenated, firstOf, joined, type Joiner, sumOf, sumsByName } from "./replies-together.js";

/** Of these every node is told, and one says what came of it. */
const EVERYWHERE: Readonly<Record<string, readonly string[] | "all" | undefined>> = {
  config: ["set", "resetstat"],
  acl: ["setuser", "deluser", "load", "save"],
  client: ["pause", "unpause"],
  save: "all",
  bgsave: "all",
  bgrewriteaof: "all",
};
const PUBSUB: Readonly<Record<string, Joiner | undefined>> = { shardchannels: concatenated, shardnumsub: sumsByName };
const COUNTED: readonly string[] = ["exists", "touch"];

export class PlainCommands {
  constructor(private readonly commander: Commander) {}

  take(entry: CommandEntry | undefined, given: CommandView): void {
    const name = entry?.name ?? "";
    const subcommand = given.word(1);
    const told = EVERYWHERE[name];
    const asked = name === "pubsub" ? PUBSUB[subcommand] : undefined;
    if (told === "all" || told?.includes(subcommand) === true)
      onEveryNode(this.commander, () => asItCame(given), firstOf);
    else if (asked !== undefined) onEveryNode(this.commander, () => asItCame(given), asked);
    else if (name === "function" && subcommand === "kill") everyNode(this.commander, () => asItCame(given), anyOf);
    else if (name === "client" && isRepeated(subcommand)) this.repeated(given);
    else this.byKeys(entry, given);
  }

  /** For all connections of the client. */
  repeated(given: CommandView): void {
    const { commander } = this;
    const give = commander.owe();
    const done = (reply: Buffer): void => {
      if (!isError(reply)) {
        commander.identity.accepted(given);
        commander.nodes.repeat(given.word(0) === "hello" ? Buffer.concat(commander.identity.greetings()) : given.whole);
      }
      give(reply);
    };
    commander.toHome(asItCame(given), { done });
  }

  home(given: CommandView): void {
    this.commander.toHome(asItCame(given), { done: this.commander.owe() });
  }

  private byKeys(entry: CommandEntry | undefined, given: CommandView): void {
    const slot = entry === undefined ? undefined : slotOfKeys(entry, given);
    if (slot === undefined) {
      this.home(given);
    } else if (slot !== "cross") {
      this.commander.toSlot(slot, asItCame(given), { isRead: true, done: this.commander.owe() });
    } else if (entry?.name === "mget") {
      this.gather(entry, given, (replies, positions) => valuesOf(replies, positions, given.count - 1));
    } else if (entry !== undefined && COUNTED.includes(entry.name)) {
      this.gather(entry, given, (replies) => sumOf(replies));
    } else {
      this.commander.owe()(CROSSSLOT);
    }
  }

  /** One command for each slot. */
  private gather(
    entry: CommandEntry,
    given: CommandView,
    join: (replies: readonly Buffer[], positions: readonly (readonly number[])[]) => Buffer,
  ): void {
    const { commander } = this;
    const bySlot = new Map<number, number[]>();
    for (const index of keysOf(entry, given)) {
      const slot = slotOfKey(given.bytes(index));
      const indexes = bySlot.get(slot);
      if (indexes === undefined) bySlot.set(slot, [index]);
      else indexes.push(index);
    }
    const give = commander.owe();
    const positions = [...bySlot.values()];
    const replies: Buffer[] = [];
    let left = bySlot.size;
    for (const [at, [slot, indexes]] of [...bySlot].entries()) {
      const header = Buffer.from(`*${indexes.length + 1}\r\n`);
      const done = (reply: Buffer): void => {
        replies[at] = reply;
        if (--left === 0) give(joined(replies, () => join(replies, positions)));
      };
      const keys = indexes.map((index) => given.piece(index, 1));
      commander.toSlot(slot, [header, given.piece(0, 1), ...keys], { isRead: true, done });
    }
  }
}

/** Each value at the place of its key; keys count from 1. */
function valuesOf(replies: readonly Buffer[], positions: readonly (readonly number[])[], count: number): Buffer {
  const values: Buffer[] = Array.from({ length: count });
  for (const [at, indexes] of positions.entries()) {
    const elements = elementsOf(replies[at] as Buffer) ?? [];
    for (const [place, index] of indexes.entries()) values[index - 1] = elements[place] as Buffer;
  }
  return arrayOf(values);
}
