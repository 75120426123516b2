/** A region on a cluster of tests, with its engine, and a gateway that follows it as an agent's does. */
import { type Engine, startEngine } from "@meridian/engine";
import { type SpawnedCluster, waitFor } from "@meridian/testkit";
import { SLOTS } from "@meridian/core";
import { type Gateway, type GatewayOptions, startGateway, topologyOf } from "../index.js";

export interface ClusterRegion {
  readonly engine: Engine;
  readonly gateway: Gateway;
  stop(): Promise<void>;
}

export async function startClusterRegion(
  cluster: Pick<SpawnedCluster, "url">,
  options: Partial<GatewayOptions> = {},
): Promise<ClusterRegion> {
  const engine = await startEngine({ url: cluster.url, partitions: "slots", region: "eu", regions: ["eu", "us"] });
  const { slots } = engine;
  if (slots === undefined) throw new Error("the region has no slots");
  await waitFor(() => slots.upCount === SLOTS, { what: "all slots", timeoutMs: 30_000 });
  const gateway = await openGateway(engine, options);
  slots.on("topology", () => gateway.useUpstream(topologyOf(slots, false)));
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await engine.stop();
  };
  return { engine, gateway, stop };
}

export async function openGateway(engine: Engine, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  if (engine.slots === undefined) throw new Error("the region has no slots");
  const upstream = topologyOf(engine.slots, false);
  return await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root, ...options });
}
