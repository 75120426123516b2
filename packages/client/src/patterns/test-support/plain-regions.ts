/** Plain servers as regions, for tests of patterns that need no agents: a primary with replicas, or copies by themselves. */
import { type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import type { RegionClient } from "../region-client.js";

export interface PlainRegion extends RegionClient {
  readonly server: SpawnedRedis;
}

const open: SpawnedRedis[] = [];

export async function stopPlainRegions(): Promise<void> {
  await Promise.all(open.splice(0).map((server) => server.stop()));
}

export async function plainRegions(...names: string[]): Promise<PlainRegion[]> {
  return Promise.all(names.map(async (name) => regionOf(name, await spawnRedis())));
}

/** The first is the primary of the others. Undefined without a native server, after saying so. */
export async function primaryWithReplicas(...names: string[]): Promise<PlainRegion[] | undefined> {
  const servers = await Promise.all(names.map(() => spawnRedis({ native: true })));
  const regions: PlainRegion[] = [];
  for (const [index, server] of servers.entries()) {
    if (server === undefined) continue;
    const region = regionOf(names[index] ?? "", server);
    await region.redis.config("SET", "repl-diskless-sync-delay", "0");
    regions.push(region);
  }
  const [primary, ...replicas] = regions;
  if (primary === undefined) {
    console.warn("SKIPPED: replicas need a native server");
    return undefined;
  }
  for (const { redis } of replicas) await redis.replicaof("127.0.0.1", primary.server.port);
  for (const { name, redis } of replicas)
    await waitFor(() => isInSync(redis.info("replication")), { what: `${name} to follow` });
  return regions;
}

async function isInSync(information: Promise<string>): Promise<boolean> {
  return (await information).includes("master_link_status:up");
}

function regionOf(name: string, server: SpawnedRedis): PlainRegion {
  open.push(server);
  return { name, server, redis: server.client() };
}
