/** A deployment under faults: regions with a server and an agent each, all of them processes, and a line for each direction. */
import { once } from "node:events";
import { freePorts, type SpawnedCluster, type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import type { Redis, RedisOptions } from "ioredis";
import { connectedTo, runConfigured, stopAgents, type RunningAgent } from "../running-agent.js";
import { ShapedLine } from "../shaped-line.js";
import { contentOf } from "./content.js";
import { nodesOf } from "./victims.js";

export interface FaultyRegion {
  readonly name: string;
  /** Of a region that has one server alone. */
  readonly server: SpawnedRedis;
  readonly cluster: SpawnedCluster | undefined;
  agent: RunningAgent;
  /** At the gateway; commands fail while it can't be reached, and the next ones try anew. */
  client(options?: RedisOptions): Redis;
  /** At the server itself. */
  native(): Redis;
  /** Connections that stay, to each server that takes writes. */
  primaries(): Promise<readonly Redis[]>;
  killAgent(): Promise<void>;
  startAgent(): Promise<void>;
}

export interface DeploymentOptions {
  /** Servers and clusters that a test has started itself, by region. */
  readonly servers?: Readonly<Record<string, SpawnedRedis | SpawnedCluster>>;
  /** Further lines of every meridian.yaml. */
  readonly more?: string;
}

const AGREE_MS_MAX = 60_000;

export class Deployment {
  readonly regions: FaultyRegion[] = [];
  /** `<dials> <is dialled>`: who dials receives. */
  private readonly lines = new Map<string, ShapedLine>();

  private constructor(private readonly own: SpawnedRedis[]) {}

  /** Undefined, and why is printed: faults of servers need native ones. */
  static async start(names: readonly string[], options: DeploymentOptions = {}): Promise<Deployment | undefined> {
    const deployment = new Deployment([]);
    const servers: (SpawnedRedis | SpawnedCluster)[] = [];
    for (const name of names) {
      const given = options.servers?.[name];
      const started = given === undefined ? await spawnRedis({ aof: true }) : undefined;
      const server = given ?? started;
      if (server === undefined) {
        console.warn("SKIPPED: faults of servers need native ones: no valkey-server or redis-server on the PATH");
        return undefined;
      }
      if (started !== undefined) deployment.own.push(started);
      servers.push(server);
    }
    await deployment.open(names, servers, options.more ?? "");
    return deployment;
  }

  get(name: string): FaultyRegion {
    const region = this.regions.find((candidate) => candidate.name === name);
    if (region === undefined) throw new Error(`no region ${name}`);
    return region;
  }

  /** By which `to` receives what `from` sends. */
  line(from: string, to: string): ShapedLine {
    return this.lines.get(`${to} ${from}`)!;
  }

  cut(a: string, b: string): void {
    for (const line of [this.line(a, b), this.line(b, a)]) line.cut();
  }

  mend(a: string, b: string): void {
    for (const line of [this.line(a, b), this.line(b, a)]) line.mend();
  }

  mendAll(): void {
    for (const line of this.lines.values()) line.mend();
  }

  async linksUp(): Promise<void> {
    const up = async ({ agent }: FaultyRegion): Promise<boolean> => {
      const { links } = await agent.status();
      return links.every(({ state }) => state === "up");
    };
    await waitFor(async () => (await Promise.all(this.regions.map(up))).every(Boolean), {
      what: "every link to be up",
      timeoutMs: AGREE_MS_MAX,
    });
  }

  /** Until all regions show the same: what they show. */
  async agreed(): Promise<Map<string, unknown>> {
    let shown: Map<string, unknown>[] = [];
    const agree = async (): Promise<boolean> => {
      shown = await Promise.all(this.regions.map(async (region) => contentOf(await region.primaries())));
      const texts = shown.map((content) => JSON.stringify([...content]));
      return texts.every((text) => text === texts[0]);
    };
    await waitFor(agree, { what: "all regions to show the same", timeoutMs: AGREE_MS_MAX, intervalMs: 200 }).catch(
      (error: unknown) => {
        throw new Error(`regions differ: ${differences(shown)}`, { cause: error });
      },
    );
    return shown[0]!;
  }

  async stop(): Promise<void> {
    await stopAgents();
    for (const server of this.own) await server.stop();
  }

  private async open(
    names: readonly string[],
    servers: readonly (SpawnedRedis | SpawnedCluster)[],
    more: string,
  ): Promise<void> {
    const ports = await freePorts(names.length * 3);
    const linkOf = (name: string): number => ports[names.indexOf(name)]!;
    for (const dials of names) {
      for (const dialled of names) {
        if (dials !== dialled) this.lines.set(`${dials} ${dialled}`, await ShapedLine.start(linkOf(dialled)));
      }
    }
    const regions = names.map((name, index) => {
      const [gateway, admin] = [ports[names.length + index]!, ports[2 * names.length + index]!];
      const config = this.configOf(name, names, { gateway, admin, link: linkOf(name) }, servers[index]!.url, more);
      return regionOf(name, servers[index]!, { gateway, admin }, config);
    });
    this.regions.push(...(await Promise.all(regions)));
  }

  private configOf(
    name: string,
    names: readonly string[],
    ports: { gateway: number; admin: number; link: number },
    url: string,
    more: string,
  ): string {
    const address = (other: string): number => (other === name ? ports.link : this.lines.get(`${name} ${other}`)!.port);
    return [
      `region: ${name}`,
      "regions:",
      ...names.map((other) => `  - { name: ${other}, link: "127.0.0.1:${address(other)}" }`),
      `server: { url: "${url}" }`,
      `gateway: { port: ${ports.gateway} }`,
      `link: { host: 127.0.0.1, port: ${ports.link} }`,
      `admin: { port: ${ports.admin} }`,
      more,
      "",
    ].join("\n");
  }
}

async function regionOf(
  name: string,
  started: SpawnedRedis | SpawnedCluster,
  ports: { readonly gateway: number; readonly admin: number },
  config: string,
): Promise<FaultyRegion> {
  const run = (): Promise<RunningAgent> => runConfigured(name, ports, config);
  const region: FaultyRegion = {
    name,
    ...serversOf(started),
    agent: await run(),
    client: (options) =>
      connectedTo({ port: ports.gateway, maxRetriesPerRequest: 0, retryStrategy: () => 100, ...options }),
    killAgent: async () => {
      const { child } = region.agent;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
    startAgent: async () => {
      region.agent = await run();
    },
  };
  return region;
}

function serversOf(
  started: SpawnedRedis | SpawnedCluster,
): Pick<FaultyRegion, "server" | "cluster" | "native" | "primaries"> {
  if ("nodes" in started) {
    const isNone = (): never => {
      throw new Error("the region is a cluster");
    };
    const primaries = async () => (await nodesOf(started, "master")).map(({ redis }) => redis);
    return { server: undefined as never, cluster: started, native: isNone, primaries };
  }
  const native = () => connectedTo({ port: started.port, maxRetriesPerRequest: 0, retryStrategy: () => 100 });
  let stays: Redis | undefined;
  return {
    server: started,
    cluster: undefined,
    native,
    primaries: () => Promise.resolve([(stays ??= native())]),
  };
}

function differences(shown: readonly Map<string, unknown>[]): string {
  const keys = new Set(shown.flatMap((content) => [...content.keys()]));
  const lines: string[] = [];
  for (const key of keys) {
    const texts = shown.map((content) => JSON.stringify(content.get(key))?.slice(0, 200));
    if (texts.some((text) => text !== texts[0])) lines.push(`${key}: ${texts.join(" | ")}`);
  }
  return lines.slice(0, 10).join("\n");
}
