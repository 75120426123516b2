/**
 * A region whose server has a replica, watched by Sentinels; and a second region with a server alone. An agent each. Who writes
 * knows what was acknowledged.
 */
import {
  freePorts,
  type SpawnedRedis,
  spawnRedis,
  type SpawnedSentinel,
  spawnSentinel,
  waitFor,
} from "@meridian/testkit";
import type { Redis } from "ioredis";
import { runAgent, type RunningAgent } from "./running-agent.js";

export const NAME = "cache";
const DOWN_AFTER_MS = 1000;

export interface SentinelRegions {
  readonly first: SpawnedRedis;
  readonly second: SpawnedRedis;
  readonly peerServer: SpawnedRedis;
  readonly sentinels: readonly SpawnedSentinel[];
  readonly us: RunningAgent;
  readonly eu: RunningAgent;
}

const open: (() => unknown)[] = [];

export async function stopServers(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
}

export async function nativeServer(): Promise<SpawnedRedis> {
  const server = await spawnRedis({ aof: true });
  if (server === undefined) throw new Error("no native server");
  open.push(() => server.stop());
  await server.client().config("SET", "repl-diskless-sync-delay", "0"); // a replica need not wait for others
  return server;
}

/** A primary, and its replica, which has all that it has. */
export async function primaryAndReplica(): Promise<[SpawnedRedis, SpawnedRedis]> {
  const [first, second] = [await nativeServer(), await nativeServer()];
  await second.client().call("REPLICAOF", "127.0.0.1", String(first.port));
  await inSync(second);
  return [first, second];
}

export async function inSync(replica: SpawnedRedis): Promise<void> {
  const client = replica.client();
  const isUp = async (): Promise<boolean> => (await client.info("replication")).includes("master_link_status:up");
  await waitFor(isUp, { what: "the replica to be in sync", timeoutMs: 20_000 });
  client.disconnect();
}

/** `gateway`: further settings of the region that has Sentinels. */
export async function startSentinelRegions(sentinelCount: number, gateway = ""): Promise<SentinelRegions> {
  const links = await freePorts(2);
  const [first, second] = await primaryAndReplica();
  const sentinels: SpawnedSentinel[] = [];
  const quorum = Math.floor(sentinelCount / 2) + 1;
  while (sentinels.length < sentinelCount) {
    const options = { name: NAME, primaryPort: first.port, quorum, downAfterMs: DOWN_AFTER_MS };
    const sentinel = await spawnSentinel(options);
    if (sentinel === undefined) throw new Error("no native server");
    open.push(() => sentinel.stop());
    sentinels.push(sentinel);
  }
  await Promise.all(sentinels.map((sentinel) => knowsAll(sentinel, sentinelCount - 1)));
  const places = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const us = await runAgent("us", links, { url: `sentinel://${places}/${NAME}` }, gateway);
  const peerServer = await nativeServer();
  const eu = await runAgent("eu", links, peerServer);
  return { first, second, peerServer, sentinels, us, eu };
}

/** Before, no failover can be asked of it. */
async function knowsAll({ client }: SpawnedSentinel, others: number): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const fields = (await client.call("SENTINEL", "MASTER", NAME)) as string[];
    const valueOf = (field: string): string | undefined => fields[fields.indexOf(field) + 1];
    return valueOf("num-slaves") === "1" && valueOf("num-other-sentinels") === String(others);
  };
  await waitFor(isSo, { what: "the Sentinel to know all others and the replica", timeoutMs: 60_000 });
}

export async function isPrimary(server: SpawnedRedis): Promise<boolean> {
  const client = server.client();
  try {
    return ((await client.call("ROLE")) as unknown[])[0] === "master";
  } finally {
    client.disconnect();
  }
}

/** Where the agent's region is now. */
export async function portOf(agent: RunningAgent): Promise<number | undefined> {
  const [region] = (await agent.status()).regions;
  return region?.state === "up" ? region.server?.port : undefined;
}

/** Counts, adds to a set and sets keys of its own until it is told to stop; goes on when its connection breaks. */
export class Writer {
  readonly acknowledged: number[] = [];
  /** Those of which nobody knows whether they took effect. */
  readonly unknown: number[] = [];
  private isStopping = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly client: Redis,
    private readonly name: string,
  ) {
    this.done = this.work();
  }

  /** So many more from now on. */
  async writes(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    await waitFor(() => this.acknowledged.length >= wanted, { what: `${count} writes`, timeoutMs: 60_000 });
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.done;
  }

  private async work(): Promise<void> {
    for (let number = 0; !this.isStopping; number++) {
      try {
        const made = this.client.multi();
        made.set(`${this.name}:${number}`, String(number)).sadd(this.name, String(number)).incr(`${this.name}:count`);
        const replies = await made.exec();
        const failed = replies?.find(([error]) => error !== null);
        if (replies === null || failed !== undefined) throw failed?.[0] ?? new Error("no replies");
        this.acknowledged.push(number);
      } catch {
        this.unknown.push(number);
        await waitFor(async () => this.isStopping || (await this.client.ping()) === "PONG", {
          what: `a server for ${this.name}`,
          timeoutMs: 60_000,
        });
      }
    }
  }
}
