/**
 * A client's subscriptions. Channels and patterns are at home, since nodes tell each other what is published; what may be about keys
 * is heard from every node, of which each tells of its own keys; a channel of SSUBSCRIBE is at the node of its slot, and
 * goes with the slot.
 *
 * Where a node is lost that was listened to, the client is closed, so that it knows that it may have missed something.
 */
import { CONTROL_SLOT, slotOfKey } from "@meridian/core";
import { encodeCommand } from "../requests/inline-command.js";
import { asItCame, type Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { CROSSSLOT } from "./call-head.js";
import type { NodeConnection } from "./node-connection.js";
import { elementsOf, isError, textOf } from "./reply-reader.js";

const KEYS_PREFIXES = ["__keyspace@", "__keyevent@"] as const;
const GLOB = /[*?[\\]/;
/** By which of its elements is the channel. */
const CHANNEL_AT: Readonly<Record<string, number | undefined>> = { message: 1, smessage: 1, pmessage: 2 };

export class NodeSubscriptions {
  private readonly channels = new Set<string>();
  private readonly patterns = new Set<string>();
  /** Of SSUBSCRIBE, and who tells of each. */
  private readonly shards = new Map<string, NodeConnection | undefined>();
  /** Commands by which others than home tell of keys, by channel or pattern. */
  private readonly ofKeys = new Map<string, Buffer>();
  private readonly listening = new Set<NodeConnection>();

  constructor(private readonly commander: Commander) {}

  take(given: CommandView): void {
    const name = given.word(0);
    if (name === "ssubscribe") this.subscribeShard(given);
    else if (name === "sunsubscribe") this.unsubscribeShard(given);
    else if (given.count === 1 && name.endsWith("unsubscribe")) this.change(given, [...this.setOf(name)]);
    else this.change(given, namesOf(given));
  }

  onMessage(message: Buffer, from: NodeConnection): void {
    const elements = elementsOf(message) ?? [];
    const kind = elements[0] === undefined ? "" : (textOf(elements[0]) ?? "");
    const at = CHANNEL_AT[kind];
    const channel = textOf(elements[at ?? 1] ?? message) ?? "";
    if (kind === "smessage") {
      if (this.shards.get(channel) === from) this.commander.tell(message);
    } else if (kind === "sunsubscribe") {
      this.shardLeft(channel, from);
    } else if (from === this.commander.nodes.home || (at !== undefined && isOfKeys(channel))) {
      this.commander.tell(message);
    }
  }

  /** Nodes came or went: those that tell of keys are all of them. */
  onTopology(): void {
    if (this.ofKeys.size === 0) return;
    for (const { node } of this.commander.nodes.everywhere()) {
      if (node === this.commander.nodes.home || this.listening.has(node)) continue;
      this.listening.add(node);
      for (const bytes of this.ofKeys.values()) this.sendSilently(node, bytes, 1);
    }
  }

  onLost(node: NodeConnection, wasHome: boolean): void {
    const ofHome = wasHome && this.channels.size + this.patterns.size > 0;
    const ofShard = [...this.shards.values()].includes(node);
    if (ofHome || ofShard || this.listening.has(node)) this.commander.destroy();
  }

  clear(): void {
    this.channels.clear();
    this.patterns.clear();
    this.shards.clear();
    this.ofKeys.clear();
    this.listening.clear();
  }

  private setOf(name: string): Set<string> {
    return name.startsWith("p") ? this.patterns : this.channels;
  }

  private change(given: CommandView, names: readonly string[]): void {
    const { commander } = this;
    const give = commander.owe();
    const done = (reply: Buffer): void => {
      if (!isError(reply)) this.changed(given.word(0), names);
      give(reply);
    };
    commander.toHome(asItCame(given), { replies: Math.max(1, names.length), confirms: true, done });
  }

  private changed(command: string, names: readonly string[]): void {
    const set = this.setOf(command);
    const isEnd = command.endsWith("unsubscribe");
    for (const name of names) {
      const isPattern = set === this.patterns;
      const id = `${isPattern ? "p" : ""}:${name}`;
      if (isEnd) set.delete(name);
      else set.add(name);
      if (isEnd && this.ofKeys.delete(id)) this.tellListeners(command, name);
      if (!isEnd && mayTellOfKeys(name, isPattern) && !this.ofKeys.has(id)) {
        this.ofKeys.set(id, encoded(command, name));
        this.tellListeners(command, name);
        this.onTopology();
      }
    }
  }

  private tellListeners(command: string, name: string): void {
    for (const node of this.listening) this.sendSilently(node, encoded(command, name), 1);
  }

  private sendSilently(node: NodeConnection, bytes: Buffer, replies: number): void {
    this.commander.toNode(node, [bytes], { replies, confirms: true, done: () => undefined });
  }

  private subscribeShard(given: CommandView): void {
    const { commander } = this;
    const names = namesOf(given);
    const slots = new Set(names.map((name) => slotOfKey(Buffer.from(name, "latin1"))));
    const [slot = CONTROL_SLOT] = slots;
    const give = commander.owe();
    if (slots.size > 1) {
      give(CROSSSLOT);
      return;
    }
    const done = (reply: Buffer, from: NodeConnection | undefined): void => {
      give(isError(reply) ? reply : this.confirmed("ssubscribe", names, (name) => this.shards.set(name, from)));
    };
    const replies = Math.max(1, names.length);
    commander.toSlot(slot, asItCame(given), { replies, confirms: true, done });
  }

  private unsubscribeShard(given: CommandView): void {
    const names = given.count > 1 ? namesOf(given) : [...this.shards.keys()];
    if (names.length === 0) {
      this.commander.toHome(asItCame(given), { confirms: true, done: this.commander.owe() });
      return;
    }
    const give = this.commander.owe();
    for (const name of names) {
      const node = this.shards.get(name);
      if (node !== undefined) this.sendSilently(node, encoded("sunsubscribe", name), 1);
    }
    give(this.confirmed("sunsubscribe", names, (name) => this.shards.delete(name)));
  }

  /** As one server would say it, which counts all of them. */
  private confirmed(command: string, names: readonly string[], note: (name: string) => void): Buffer {
    const type = this.commander.identity.respThree ? ">" : "*";
    const confirmations = names.map((name) => {
      note(name);
      return `${type}3\r\n$${command.length}\r\n${command}\r\n$${name.length}\r\n${name}\r\n:${this.shards.size}\r\n`;
    });
    return Buffer.from(confirmations.join(""), "latin1");
  }

  /** The slot is another node's now. */
  private shardLeft(channel: string, from: NodeConnection): void {
    if (this.shards.get(channel) !== from) return;
    this.shards.set(channel, undefined);
    const done = (reply: Buffer, node: NodeConnection | undefined): void => {
      if (isError(reply)) this.commander.destroy();
      else if (this.shards.has(channel)) this.shards.set(channel, node);
    };
    const slot = slotOfKey(Buffer.from(channel, "latin1"));
    this.commander.toSlot(slot, [encoded("ssubscribe", channel)], { confirms: true, done });
  }
}

function namesOf(given: CommandView): string[] {
  return Array.from({ length: given.count - 1 }, (_, at) => given.text(at + 1));
}

function encoded(command: string, name: string): Buffer {
  return encodeCommand([Buffer.from(command), Buffer.from(name, "latin1")]);
}

function isOfKeys(channel: string): boolean {
  return KEYS_PREFIXES.some((prefix) => channel.startsWith(prefix));
}

/** Some channel of keyspace events is the name, or may match the pattern. */
function mayTellOfKeys(name: string, isPattern: boolean): boolean {
  if (!isPattern) return isOfKeys(name);
  const special = name.search(GLOB);
  const literal = special < 0 ? name : name.slice(0, special);
  return KEYS_PREFIXES.some((prefix) => literal.startsWith(prefix) || (special >= 0 && prefix.startsWith(literal)));
}
