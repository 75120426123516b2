/** What the agreement about members needs of the replication. */
import { alarmOf, type Peer } from "../replica/index.js";
import type { Replication } from "../services.js";
import type { MembersPeers } from "./membership.js";

/** `limitOf`: what is sent to a region uses at most so many bytes a second, by the configuration. */
export function peersOf(replication: Replication, limitOf: (region: string) => number | undefined): MembersPeers {
  return {
    ask: (peer, addresses, text) => replication.askMembers(peer, addresses, text),
    isActive: () => replication.isActive,
    isLinked: (peer) => {
      const { outgoing, incoming } = replication.status();
      return [...outgoing, ...incoming].some(({ from, to, state }) => (from === peer || to === peer) && state === "up");
    },
    vectorsOf: (region) => {
      const holding = replication.holdings().find((one) => one.region === region);
      if (holding === undefined) return undefined;
      return {
        applied: new Map(Object.entries(holding.vector)),
        durable: new Map(Object.entries(holding.durable)),
      };
    },
    isComplete: () => replication.status().partitions?.isComplete === true,
    ends: () => replication.ends(),
    setMembers: ({ regions, gone, peers }) => {
      const linked = peers.map((peer): Peer => ({ ...peer, bytesPerSecond: limitOf(peer.region) }));
      replication.setMembers({ regions, gone, peers: linked });
    },
    alarm: (code, peer, detail) => replication.raise(alarmOf(code, { peer }, detail)),
  };
}
