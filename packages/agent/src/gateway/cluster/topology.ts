/**
 * Which node has which hash slots, as plain data, which goes to the gateway's own processes as it is; and the map that is made of
 * it. The engine tells of changes; what nodes say to a command (MOVED) is known earlier, and counts until the engine tells the
 * next time.
 */
import { SLOTS } from "@meridian/core";
import type { ServerAddress } from "../server-connection.js";

export interface SlotNodePlace {
  readonly address: ServerAddress;
  /** First and last of each run of slots. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

export interface SlotTopology {
  readonly nodes: readonly SlotNodePlace[];
}

/** A gateway, as clients of clusters reach it. */
export interface GatewayPlace {
  readonly host: string;
  readonly port: number;
}

/** As the engine knows them: `Engine.slots`, or a part of it. */
export interface KnownSlots {
  readonly nodes: readonly { readonly address: ServerAddress; readonly slots: readonly number[] }[];
}

/** `tls`: the nodes are spoken to by TLS. */
export function topologyOf({ nodes }: KnownSlots, tls: boolean): SlotTopology {
  return {
    nodes: nodes.map(({ address: { host, port }, slots }) => ({
      address: { host, port, ...(tls && { tls }) },
      ranges: rangesOf(slots),
    })),
  };
}

/** `slots` in their order. */
export function rangesOf(slots: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const slot of slots) {
    const last = ranges.at(-1);
    if (last?.[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges;
}

export class SlotMap {
  private owners: (ServerAddress | undefined)[] = [];
  private nodes = new Map<string, ServerAddress>();
  private readonly listeners = new Set<() => void>();

  constructor(topology: SlotTopology) {
    this.read(topology);
  }

  ownerOf(slot: number): ServerAddress | undefined {
    return this.owners[slot];
  }

  use(topology: SlotTopology): void {
    this.read(topology);
    this.tell();
  }

  /** A node said MOVED. */
  learn(slot: number, host: string, port: number, from: ServerAddress): ServerAddress {
    const address = this.addressOf(host, port, from);
    if (placeOf(this.owners[slot]) === placeOf(address)) return address;
    this.nodes.set(placeOf(address), address);
    this.owners[slot] = address;
    this.tell();
    return address;
  }

  /** An empty host is that of the node which said so. */
  addressOf(host: string, port: number, from: ServerAddress): ServerAddress {
    const { path: _, ...rest } = from;
    const place = { ...rest, host: host === "" ? from.host : host, port };
    return this.nodes.get(placeOf(place)) ?? place;
  }

  /** Those that have slots, in the order of their first slots; with that slot. */
  holders(): { address: ServerAddress; slot: number }[] {
    const found = new Map<string, { address: ServerAddress; slot: number }>();
    for (const [slot, address] of this.owners.entries()) {
      if (address !== undefined && !found.has(placeOf(address))) found.set(placeOf(address), { address, slot });
    }
    return [...found.values()];
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private read({ nodes }: SlotTopology): void {
    this.owners = Array.from({ length: SLOTS }, () => undefined);
    this.nodes = new Map(nodes.map(({ address }) => [placeOf(address), address]));
    for (const { address, ranges } of nodes) {
      for (const [first, last] of ranges) this.owners.fill(address, first, last + 1);
    }
  }

  private tell(): void {
    for (const listener of Array.from(this.listeners)) listener();
  }
}

export function placeOf(address: ServerAddress | undefined): string {
  return address === undefined ? "" : `${address.host}:${address.port}`;
}
