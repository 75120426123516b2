/** Commands that are sent as they came: to the node of their keys, to all nodes, or, where they concern neither, to the one at home. */
import type { CommandEntry } from "@meridian/core";
import { asItCame, type Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { everyNode, onEveryNode } from "./fan-out.js";
import { GatheredReads } from "./gathered-reads.js";
import { isRepeated } from "./identity.js";
import { slotOfKeys } from "./key-slots.js";
import { isError } from "./reply-reader.js";
import { anyOf, concatenated, firstOf, type Joiner, sumsByName } from "./replies-together.js";

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

export class PlainCommands {
  private readonly gathered: GatheredReads;

  constructor(private readonly commander: Commander) {
    this.gathered = new GatheredReads(commander);
  }

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
    } else if (entry !== undefined) {
      this.gathered.take(entry, given);
    }
  }
}
