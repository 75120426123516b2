/** All emulated links of a local start: one proxy an ordered pair, cut and mended by unordered pairs. */
import type { LinkEmulation, LinksDocument, LinksRequest } from "../admin/index.js";
import { AgentError } from "../errors.js";
import { LinkProxy } from "./link-proxy.js";
import type { RttOf } from "./rtt.js";

export class Wan {
  private readonly targets = new Map<string, number>();
  private readonly proxies = new Map<string, LinkProxy>();
  /** To the other regions' servers, where these are reached from elsewhere. */
  private readonly servers = new Map<string, LinkProxy>();

  private constructor(private readonly regions: readonly string[]) {}

  /** `serverPorts`: by region, where servers are reached from other regions. */
  static async start(
    regions: readonly string[],
    rttOf: RttOf,
    serverPorts: ReadonlyMap<string, number> = new Map(),
  ): Promise<Wan> {
    const wan = new Wan(regions);
    for (const from of regions) {
      for (const to of regions) {
        if (from === to) continue;
        const target = () => {
          const port = wan.targets.get(to);
          return port === undefined ? undefined : { host: "127.0.0.1", port };
        };
        wan.proxies.set(`${from} ${to}`, await LinkProxy.start({ rttMs: rttOf(from, to), target }));
        const port = serverPorts.get(to);
        if (port === undefined) continue;
        const server = (): { host: string; port: number } => ({ host: "127.0.0.1", port });
        wan.servers.set(`${from} ${to}`, await LinkProxy.start({ rttMs: rttOf(from, to), target: server }));
      }
    }
    return wan;
  }

  /** Where the agent of a region listens for links; undefined while it is away. */
  setTarget(region: string, port: number | undefined): void {
    if (port === undefined) this.targets.delete(region);
    else this.targets.set(region, port);
  }

  /** What the sender dials. */
  addressOf(from: string, to: string): string {
    return `127.0.0.1:${this.proxy(from, to).port}`;
  }

  /** Where a region reaches the server of another. */
  serverAddressOf(from: string, to: string): string {
    const proxy = this.servers.get(`${from} ${to}`);
    if (proxy === undefined) throw new Error(`no way from ${from} to the server of ${to}`);
    return `127.0.0.1:${proxy.port}`;
  }

  stateOf(from: string, to: string): LinkEmulation {
    return this.proxy(from, to).state;
  }

  list(): LinksDocument {
    const links = this.pairs().map(([a, b]) => ({ a, b, ...this.stateOf(a, b) }));
    return { links };
  }

  /** Both directions of one link; without `b` all links of `a`; without both every link. */
  set({ a, b, ...change }: LinksRequest): LinksDocument {
    for (const region of [a, b]) {
      if (region === undefined || this.regions.includes(region)) continue;
      throw new AgentError("MERIDIAN_UNKNOWNLINK", { region, regions: this.regions.join(", ") });
    }
    if (a !== undefined && a === b) {
      throw new AgentError("MERIDIAN_BADREQUEST", {
        problem: `${a} has no link to itself`,
        remedy: "name two regions",
      });
    }
    for (const [from, to] of this.pairs()) {
      const named = [from, to];
      if (a !== undefined && !named.includes(a)) continue;
      if (b !== undefined && !named.includes(b)) continue;
      for (const way of [`${from} ${to}`, `${to} ${from}`]) {
        this.proxies.get(way)?.set(change);
        this.servers.get(way)?.set(change);
      }
    }
    return this.list();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.proxies.values(), ...this.servers.values()].map((proxy) => proxy.stop()));
  }

  private pairs(): [string, string][] {
    return this.regions.flatMap((a, index) => this.regions.slice(index + 1).map((b): [string, string] => [a, b]));
  }

  private proxy(from: string, to: string): LinkProxy {
    const proxy = this.proxies.get(`${from} ${to}`);
    if (proxy === undefined) throw new Error(`no link from ${from} to ${to}`);
    return proxy;
  }
}
