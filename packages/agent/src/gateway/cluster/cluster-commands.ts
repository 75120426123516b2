/**
 * CLUSTER, for clients of clusters: the nodes that it names are the region's gateways, and the slots are shared out among them.
 * Each gateway takes commands about every slot, so what a client knows of them may be old.
 *
 * Whether the client may ask at all the server says, to the same command.
 */
import { createHash } from "node:crypto";
import { SLOTS } from "@meridian/core";
import { isOwnKeyOfSlots } from "../commands/own-keys.js";
import { asItCame, type Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import type { GatewayPlace } from "./topology.js";
import { arrayOf, elementsOf, isError, textOf } from "./reply-reader.js";
import { integerReply } from "./replies-together.js";

interface Shard extends GatewayPlace {
  readonly id: string;
  readonly first: number;
  readonly last: number;
}

const ALL_KEYS = 2 ** 31 - 1;

export class ClusterCommands {
  /** `announced`: the region's gateways, this one first; none: this one alone, where the client came in. */
  constructor(
    private readonly commander: Commander,
    private readonly announced: readonly GatewayPlace[],
  ) {}

  take(given: CommandView): void {
    const subcommand = given.word(1);
    if (subcommand === "slots") this.ownAnswer(given, () => slotsReply(this.shards()));
    else if (subcommand === "shards") this.ownAnswer(given, () => this.shardsReply());
    else if (subcommand === "nodes") this.ownAnswer(given, () => bulk(this.nodesText()));
    else if (subcommand === "info") this.ownAnswer(given, () => bulk(this.infoText()));
    else if (subcommand === "myid") this.ownAnswer(given, () => bulk(idOf(this.places()[0] as GatewayPlace)));
    else if (subcommand === "countkeysinslot" || subcommand === "getkeysinslot") this.keysInSlot(given);
    else this.commander.toHome(asItCame(given), { done: this.commander.owe() });
  }

  private ownAnswer(given: CommandView, answer: () => Buffer): void {
    const give = this.commander.owe();
    this.commander.toHome(asItCame(given), { done: (reply) => give(isError(reply) ? reply : answer()) });
  }

  private keysInSlot(given: CommandView): void {
    const slot = /^\d{1,5}$/.test(given.text(2)) ? Number(given.text(2)) : SLOTS;
    const isCount = given.word(1) === "countkeysinslot";
    const give = this.commander.owe();
    if (slot >= SLOTS || given.count !== (isCount ? 3 : 4)) {
      this.commander.toHome(asItCame(given), { done: give });
      return;
    }
    const wanted = isCount ? ALL_KEYS : Number(given.text(3));
    const all = ["CLUSTER", "GETKEYSINSLOT", String(slot), String(ALL_KEYS)].map((text) => bulk(text));
    const done = (reply: Buffer): void => {
      const keys = elementsOf(reply)?.filter((key) => !isOwnKeyOfSlots(textOf(key) ?? ""));
      if (keys === undefined) give(reply);
      else give(isCount ? integerReply(keys.length) : arrayOf(keys.slice(0, wanted)));
    };
    // A bad count the server refuses itself.
    const bytes = isCount || Number.isSafeInteger(wanted) ? [arrayOf(all)] : asItCame(given);
    this.commander.toSlot(slot, bytes, { isRead: true, done });
  }

  private places(): readonly GatewayPlace[] {
    return this.announced.length > 0 ? this.announced : [this.commander.localAddress];
  }

  /** The same at every gateway, whichever is named first. */
  private shards(): Shard[] {
    const sorted = this.places().toSorted((one, other) => (textOfPlace(one) < textOfPlace(other) ? -1 : 1));
    return sorted.map((place, at) => ({
      ...place,
      id: idOf(place),
      first: Math.ceil((at * SLOTS) / sorted.length),
      last: Math.ceil(((at + 1) * SLOTS) / sorted.length) - 1,
    }));
  }

  private shardsReply(): Buffer {
    const map = (...pairs: Buffer[][]): Buffer => this.mapOf(pairs.flat());
    return arrayOf(
      this.shards().map(({ id, host, port, first, last }) => {
        const texts = { id, ip: host, endpoint: host, role: "master", health: "online" };
        const numbers = { port, "replication-offset": 0 };
        const node = map(
          Object.entries(texts).flatMap(([name, text]) => [bulk(name), bulk(text)]),
          Object.entries(numbers).flatMap(([name, value]) => [bulk(name), integerReply(value)]),
        );
        return map(
          [bulk("slots"), arrayOf([integerReply(first), integerReply(last)])],
          [bulk("nodes"), arrayOf([node])],
        );
      }),
    );
  }

  private mapOf(pairs: readonly Buffer[]): Buffer {
    if (!this.commander.identity.respThree) return arrayOf(pairs);
    return Buffer.concat([Buffer.from(`%${pairs.length / 2}\r\n`), ...pairs]);
  }

  private nodesText(): string {
    const own = idOf(this.places()[0] as GatewayPlace);
    const lines = this.shards().map(({ id, host, port, first, last }, at) => {
      const flags = id === own ? "myself,master" : "master";
      return `${id} ${host}:${port}@${port} ${flags} - 0 0 ${at + 1} connected ${first}-${last}\n`;
    });
    return lines.join("");
  }

  private infoText(): string {
    const { length } = this.places();
    const isWhole = Array.from({ length: SLOTS }, (_, slot) => this.commander.nodes.map.ownerOf(slot)).every(
      (owner) => owner !== undefined,
    );
    return [
      `cluster_enabled:1`,
      `cluster_state:${isWhole ? "ok" : "fail"}`,
      `cluster_slots_assigned:${SLOTS}`,
      `cluster_slots_ok:${SLOTS}`,
      `cluster_slots_pfail:0`,
      `cluster_slots_fail:0`,
      `cluster_known_nodes:${length}`,
      `cluster_size:${length}`,
      `cluster_current_epoch:${length}`,
      `cluster_my_epoch:1`,
      "",
    ].join("\r\n");
  }
}

function slotsReply(shards: readonly Shard[]): Buffer {
  return arrayOf(
    shards.map(({ id, host, port, first, last }) =>
      arrayOf([
        integerReply(first),
        integerReply(last),
        arrayOf([bulk(host), integerReply(port), bulk(id), arrayOf([])]),
      ]),
    ),
  );
}

function textOfPlace({ host, port }: GatewayPlace): string {
  return `${host}:${port}`;
}

/** Of 40 hexadecimal digits, as those of nodes. */
function idOf(place: GatewayPlace): string {
  return createHash("sha1").update(textOfPlace(place)).digest("hex");
}

function bulk(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);
}
