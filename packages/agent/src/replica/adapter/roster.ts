/** The regions as links and machine need them; they come and go while it runs. */
import type { Identity } from "../../link/index.js";
import type { Peer } from "./links.js";

export interface RosterMembers {
  /** All places in their order, also of regions that are gone. */
  readonly regions: readonly string[];
  readonly gone?: ReadonlyMap<string, "removed" | "forgotten"> | undefined;
  /** The other regions. */
  readonly peers: readonly Peer[];
}

export class Roster {
  constructor(
    private readonly region: string,
    private members: RosterMembers,
  ) {}

  set(members: RosterMembers): void {
    this.members = members;
  }

  get others(): readonly Peer[] {
    return this.members.peers;
  }

  get peers(): readonly string[] {
    return this.members.peers.map(({ region }) => region);
  }

  /** What is sent to the peer uses at most so much. */
  limit(peer: string, bytesPerSecond: number | undefined): void {
    const peers = this.members.peers.map((one) => (one.region === peer ? { ...one, bytesPerSecond } : one));
    this.members = { ...this.members, peers };
  }

  /** Those that there are, in the order of all places; this one is always among them. */
  get regions(): string[] {
    const peers = new Set(this.peers);
    return this.members.regions.filter((name) => name === this.region || peers.has(name));
  }

  /** What the handshake compares: always of the latest list. */
  identity(about: Omit<Identity, "region" | "regions" | "gone">): Identity {
    const latest = (): RosterMembers => this.members;
    return {
      ...about,
      region: this.region,
      get regions() {
        return latest().regions;
      },
      get gone() {
        return latest().gone ?? new Map<string, never>();
      },
    };
  }
}
