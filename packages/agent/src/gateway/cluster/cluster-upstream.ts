/** What all clients of a process share in front of a cluster: who has which slots, and how to reach the nodes. */
import type { Socket } from "node:net";
import type { Slab } from "../bytes.js";
import { ClusterConnection } from "./cluster-connection.js";
import type { KeyCount } from "./keyspace-reads.js";
import { Connectors } from "./node-set.js";
import type { ServerSide } from "../server-side.js";
import { type GatewayPlace, placeOf, SlotMap, type SlotTopology } from "./topology.js";

export class ClusterUpstream {
  readonly map: SlotMap;
  readonly connectors = new Connectors();
  private readonly keyCount: KeyCount = { keys: 0, atMs: -Infinity };

  /** `announced`: the region's gateways, this one first. */
  constructor(
    topology: SlotTopology,
    private readonly announced: readonly GatewayPlace[],
    private readonly slab: Slab,
  ) {
    this.map = new SlotMap(topology);
  }

  get text(): string {
    const places = this.map.holders().map(({ address }) => placeOf(address));
    return places.length === 0 ? "an unknown place" : places.join(", ");
  }

  connect(onReply: (chunk: Buffer) => void, client: Socket): ServerSide {
    const { map, connectors, slab, announced, keyCount } = this;
    const localAddress = { host: hostOf(client.localAddress), port: client.localPort ?? 0 };
    return new ClusterConnection({ map, connectors, slab, announced, keyCount, localAddress, onReply });
  }
}

/** An address of IPv4 that came in by a socket of both, as a client writes it. */
function hostOf(address = "127.0.0.1"): string {
  return address.replace(/^::ffff:/, "");
}
