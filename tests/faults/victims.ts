/** The servers of a region, as faults find them: one alone, or the nodes of a cluster. Each can lose what is not on its disk. */
import type { ClusterNode, SpawnedCluster, SpawnedRedis } from "@meridian/testkit";
import type { BadMachine } from "../preload/bad-machine.js";
import { AppendOnlyFile, type Loss } from "./power-cut.js";

/** A server that runs and takes writes. */
export interface Victim {
  readonly text: string;
  readonly pid: number;
  readonly slots: readonly (readonly [first: number, last: number])[];
  powerCut(lostMs: number): Promise<Loss>;
  restart(): Promise<void>;
}

export interface Victims {
  /** A copy of their data stays here. */
  readonly dataDirs: readonly string[];
  now(): Promise<readonly Victim[]>;
  stop(): Promise<void>;
}

export const ALL_SLOTS = [[0, 16_383]] as const;

export function loneVictim(name: string, server: SpawnedRedis, machine: BadMachine | undefined): Victims {
  const file = new AppendOnlyFile(server.dataDir, () => server.kill9());
  const victim: Victim = {
    text: name,
    get pid() {
      return server.pid;
    },
    slots: ALL_SLOTS,
    powerCut: (lostMs) => file.powerCut(lostMs),
    restart: () => (machine === undefined ? server.restart() : machine.restart(server)),
  };
  return {
    dataDirs: [server.dataDir],
    now: () => Promise.resolve([victim]),
    stop: async () => {
      file.stop();
      await server.stop();
      machine?.remove();
    },
  };
}

/**
 * On a slow machine nothing is to happen that no fault asked for. A replica becomes the primary when it is told to, never by itself: it
 * would lack what was not sent yet. And nodes take each other for gone later than any fault lasts.
 */
const SETTINGS = {
  "cluster-replica-no-failover": "yes",
  "cluster-node-timeout": "5000",
  "cluster-allow-reads-when-down": "yes",
};

export async function nodeVictims(name: string, cluster: SpawnedCluster): Promise<Victims> {
  await Promise.all(cluster.nodes.map(set));
  const files = new Map(
    cluster.nodes.map((node) => [node, new AppendOnlyFile(node.dataDir, () => cluster.kill(node))] as const),
  );
  return {
    dataDirs: cluster.nodes.map(({ dataDir }) => dataDir),
    now: async () => {
      const primaries = await nodesOf(cluster, "master");
      return Promise.all(
        primaries.map(async (node) => ({
          text: `${name}:${node.port}`,
          pid: node.pid,
          slots: await slotsOf(node),
          powerCut: (lostMs: number) => files.get(node)!.powerCut(lostMs),
          restart: async () => {
            await cluster.restart(node);
            await set(node);
          },
        })),
      );
    },
    stop: async () => {
      for (const file of files.values()) file.stop();
      await cluster.stop();
    },
  };
}

async function set({ redis }: ClusterNode): Promise<void> {
  for (const [name, value] of Object.entries(SETTINGS)) await redis.config("SET", name, value);
}

/** Those that run and are such by what they say themselves. */
export async function nodesOf(cluster: SpawnedCluster, role: "master" | "slave"): Promise<ClusterNode[]> {
  const running = cluster.nodes.filter((node) => node.running);
  const roles = await Promise.all(running.map(({ redis }) => redis.call("ROLE") as Promise<unknown[]>));
  return running.filter((_, at) => roles[at]?.[0] === role);
}

async function slotsOf(node: ClusterNode): Promise<(readonly [number, number])[]> {
  const ranges = (await node.redis.call("CLUSTER", "SLOTS")) as [number, number, [string, number, string]][];
  return ranges.filter(([, , owner]) => owner[2] === node.id).map(([first, last]) => [first, last] as const);
}
