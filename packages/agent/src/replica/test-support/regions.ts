/** Regions for the integration tests: each a real server with the real library, and its replication. */
import { startEngine, type Engine, type EngineOptions } from "@meridian/engine";
import { freePorts, tempDir, waitFor } from "@meridian/testkit";
import { startReplication, type Alarm, type Replication, type ReplicationOptions } from "../index.js";
import { TcpProxy } from "./tcp-proxy.js";

export interface Region {
  readonly name: string;
  readonly engine: Engine;
  replication: Replication;
  readonly alarms: Alarm[];
  launch(change: Partial<ReplicationOptions>): Promise<Replication>;
  /** Ends the agent, not the server. */
  stopAgent(): Promise<void>;
  startAgent(change?: Partial<ReplicationOptions>): Promise<void>;
}

export class Regions {
  readonly all: Region[] = [];
  /** `<dials>-<is dialled>`; both directions of a pair are cut together. */
  private readonly proxies = new Map<string, TcpProxy>();
  private readonly folders: { remove(): void }[] = [];

  private constructor(private readonly replication: Partial<ReplicationOptions>) {}

  /** `engineOptions`: of every region, or as each is to have them; `replication`: of every region, at each start of its agent. */
  static async start(
    names: readonly string[],
    engineOptions: Partial<EngineOptions> | ((name: string) => Partial<EngineOptions>) = {},
    replication: Partial<ReplicationOptions> = {},
  ): Promise<Regions> {
    const regions = new Regions(replication);
    try {
      await regions.open(names, typeof engineOptions === "function" ? engineOptions : () => engineOptions);
      return regions;
    } catch (error) {
      await regions.stop();
      throw error;
    }
  }

  get(name: string): Region {
    const region = this.all.find((candidate) => candidate.name === name);
    if (region === undefined) throw new Error(`no region ${name}`);
    return region;
  }

  async cut(a: string, b: string): Promise<void> {
    for (const proxy of this.between(a, b)) await proxy.cut();
  }

  mend(a: string, b: string): void {
    for (const proxy of this.between(a, b)) proxy.mend();
  }

  proxy(dials: string, dialled: string): TcpProxy {
    return this.proxies.get(`${dials}-${dialled}`)!;
  }

  /** All regions stand at the same vector, and every link is up. */
  async converged(what = "all regions to stand at the same vector", timeoutMs = 20_000): Promise<void> {
    await waitFor(
      async () => {
        const vectors = await Promise.all(this.all.map(({ engine }) => vectorOf(engine)));
        return vectors.every((vector) => vector === vectors[0]);
      },
      { what, timeoutMs },
    );
  }

  async linksUp(): Promise<void> {
    await waitFor(
      () =>
        this.all.every(({ replication }) => {
          const { incoming, outgoing } = replication.status();
          return [...incoming, ...outgoing].every(({ state }) => state === "up");
        }),
      { what: "every link to be up", timeoutMs: 60_000 },
    );
  }

  async stop(): Promise<void> {
    for (const region of this.all) await region.stopAgent();
    for (const proxy of this.proxies.values()) await proxy.stop();
    for (const { engine } of this.all) await engine.stop();
    for (const folder of this.folders) folder.remove();
  }

  /** Another agent for the region that works beside the first whatever that does: it listens where nobody dials, and dials the same peers. */
  second(name: string): Promise<Replication> {
    return this.get(name).launch({ listen: { host: "127.0.0.1", port: 0 }, standsBy: false });
  }

  private between(a: string, b: string): TcpProxy[] {
    return [this.proxy(a, b), this.proxy(b, a)];
  }

  private async open(names: readonly string[], engineOptions: (name: string) => Partial<EngineOptions>): Promise<void> {
    const ports = await freePorts(names.length);
    const portOf = new Map(names.map((name, index) => [name, ports[index]]));
    for (const dials of names) {
      for (const dialled of names) {
        if (dials === dialled) continue;
        this.proxies.set(`${dials}-${dialled}`, await TcpProxy.start(Number(portOf.get(dialled))));
      }
    }
    for (const name of names) {
      const folder = tempDir("meridian-replica-");
      this.folders.push(folder);
      const engine = await startEngine({ region: name, regions: names, dataDir: folder.path, ...engineOptions(name) });
      const port = portOf.get(name)!;
      const peers = names
        .filter((other) => other !== name)
        .map((other) => ({ region: other, address: `127.0.0.1:${this.proxy(name, other).port}` }));
      const alarms: Alarm[] = [];
      const launch = (change: Partial<ReplicationOptions> = {}): Promise<Replication> =>
        startReplication({
          engine,
          region: name,
          regions: names,
          listen: { host: "127.0.0.1", port },
          peers,
          onAlarm: (alarm) => alarms.push(alarm),
          ...this.replication,
          ...change,
        });
      const region: Region = {
        name,
        engine,
        alarms,
        launch,
        replication: await launch(),
        stopAgent: () => region.replication.stop(),
        startAgent: async (change) => {
          region.replication = await launch(change);
        },
      };
      this.all.push(region);
    }
  }
}

/** As text, its origins in order; without the origins at which nothing was written yet. */
export async function vectorOf(engine: Engine): Promise<string> {
  const reply = (await engine.call("state")) as unknown[];
  const flat = reply[5] as string[];
  const parts: string[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) if (flat[at + 1] !== "0") parts.push(`${flat[at]} ${flat[at + 1]}`);
  return parts.sort().join(", ");
}
