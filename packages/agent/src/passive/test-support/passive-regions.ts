/**
 * Regions where one takes the writes, in this process: real servers, agents, and between any two a line for the agents and one for
 * the replication, each of which can be cut by itself.
 */
import { join } from "node:path";
import { freePorts, type SpawnedRedis, spawnRedis, tempDir, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { type Agent, type AgentSettings, startAgent } from "../../agent.js";
import { LinkProxy } from "../../local/link-proxy.js";
import { createLogger } from "../../logger.js";
import type { RoleView } from "../documents.js";

type PassiveSettings = NonNullable<AgentSettings["activePassive"]>;

interface Ways {
  readonly agents: LinkProxy;
  readonly servers: LinkProxy;
}

export class PassiveRegions {
  readonly log: string[] = [];
  readonly servers = new Map<string, SpawnedRedis>();
  readonly agents = new Map<string, Agent>();
  private readonly ways = new Map<string, Ways>();
  private readonly linkPorts = new Map<string, number>();
  private readonly gatewayPorts = new Map<string, number>();
  private readonly clients: Redis[] = [];
  private readonly folder = tempDir("meridian-passive-");

  private constructor(
    readonly names: readonly string[],
    private readonly settings: Partial<PassiveSettings>,
  ) {}

  /** Undefined: there is no native server. */
  static async start(
    names: readonly string[],
    settings: Partial<PassiveSettings> = {},
  ): Promise<PassiveRegions | undefined> {
    const regions = new PassiveRegions(names, settings);
    for (const name of names) {
      const server = await spawnRedis({ aof: true });
      if (server === undefined) return undefined;
      await server.client().config("SET", "repl-diskless-sync-delay", "0");
      await server.client().config("SET", "appendfsync", "always");
      regions.servers.set(name, server);
      const [link = 0, gateway = 0] = await freePorts(2);
      regions.linkPorts.set(name, link);
      regions.gatewayPorts.set(name, gateway);
    }
    for (const from of names) {
      for (const to of names) {
        if (from === to) continue;
        const way = (port: number): Promise<LinkProxy> =>
          LinkProxy.start({ rttMs: 0, target: () => ({ host: "127.0.0.1", port }) });
        const agents = await way(regions.linkPorts.get(to)!);
        regions.ways.set(`${from} ${to}`, { agents, servers: await way(regions.server(to).port) });
      }
    }
    await Promise.all(names.map((name) => regions.startAgent(name)));
    await regions.agree(names[0] ?? "");
    return regions;
  }

  async startAgent(name: string): Promise<void> {
    const sink = { write: (line: string) => this.log.push(line) };
    this.agents.set(name, await startAgent(this.settingsOf(name), createLogger(name, { sink })));
  }

  async stopAgent(name: string): Promise<void> {
    await this.agents.get(name)?.stop();
    this.agents.delete(name);
  }

  server(name: string): SpawnedRedis {
    return this.servers.get(name)!;
  }

  agent(name: string): Agent {
    return this.agents.get(name)!;
  }

  /** At the server itself. */
  direct(name: string): Redis {
    return this.server(name).client({ maxRetriesPerRequest: 0 });
  }

  gateway(name: string): Redis {
    const client = new Redis(this.gatewayPorts.get(name)!, { maxRetriesPerRequest: 0 });
    client.on("error", () => undefined);
    this.clients.push(client);
    return client;
  }

  /** Of all that concerns the region, or of its agent's, or its server's lines alone. */
  cut(name: string, up: boolean, which: keyof Ways | "all" = "all"): void {
    for (const [pair, way] of this.ways) {
      if (!pair.split(" ").includes(name)) continue;
      if (which !== "servers") way.agents.set({ up });
      if (which !== "agents") way.servers.set({ up });
    }
  }

  async view(name: string): Promise<RoleView> {
    const status = await this.agent(name).status();
    const view = status.regions[0]?.activePassive;
    if (view === undefined) throw new Error(`${name} tells no role`);
    return view;
  }

  /** Until all regions with agents follow this one, and lack nothing. */
  async agree(primary: string): Promise<void> {
    const seen = async (): Promise<boolean> => {
      const views = await Promise.all([...this.agents.keys()].map((name) => this.view(name)));
      return views.every(
        (view) => view.primary === primary && view.held === null && view.linkUp && view.lagBytes === 0,
      );
    };
    await waitFor(seen, { what: `all to follow ${primary}`, timeoutMs: 60_000 }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.log.join("")}`);
    });
  }

  async offset(name: string): Promise<number> {
    const info = await this.direct(name).info("replication");
    const isReplica = info.includes("role:slave");
    return Number(new RegExp(`${isReplica ? "slave_repl" : "master_repl"}_offset:(\\d+)`).exec(info)?.[1]);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await Promise.all([...this.agents.values()].map((agent) => agent.stop()));
    for (const { agents, servers } of this.ways.values()) await Promise.all([agents.stop(), servers.stop()]);
    for (const server of this.servers.values()) {
      await server.kill9(); // a primary would wait for its replicas
      await server.stop();
    }
    this.folder.remove();
  }

  private settingsOf(region: string): AgentSettings {
    return {
      mode: "active-passive",
      region,
      regions: this.names.map((name) => {
        if (name === region) return { name, link: `127.0.0.1:${this.linkPorts.get(name)}` };
        const { agents, servers } = this.ways.get(`${region} ${name}`)!;
        return { name, link: `127.0.0.1:${agents.port}`, server: `127.0.0.1:${servers.port}` };
      }),
      server: { url: this.server(region).url },
      gateway: { host: "127.0.0.1", port: this.gatewayPorts.get(region)!, drainMs: 500 },
      link: { host: "127.0.0.1", port: this.linkPorts.get(region)! },
      admin: undefined,
      activePassive: {
        failover: { lagBytesMax: 1_000_000, automatic: false },
        lostWrites: join(this.folder.path, region),
        ...this.settings,
      },
    };
  }
}
