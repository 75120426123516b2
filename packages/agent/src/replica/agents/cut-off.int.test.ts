/** An active agent whose connections to its server hang, while its links to the other region are well. */
import { startEngine, findServerBinary, type Engine } from "@meridian/engine";
import { freePorts, spawnRedis, waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { startReplication, type Replication } from "../index.js";
import { TcpProxy } from "../test-support/tcp-proxy.js";

const native = await findServerBinary();
if (native === undefined) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
const REGIONS = ["us", "eu"];
const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

interface Agent {
  readonly engine: Engine;
  readonly replication: Replication;
  role(): string | undefined;
}

async function agentOf(region: string, serverPort: number, port: number, addresses: string[]): Promise<Agent> {
  const engine = await startEngine({ region, regions: REGIONS, url: `redis://127.0.0.1:${serverPort}` });
  open.push(() => engine.stop());
  const [peer = ""] = REGIONS.filter((name) => name !== region);
  const replication = await startReplication({
    engine,
    region,
    regions: REGIONS,
    listen: { host: "127.0.0.1", port },
    peers: [{ region: peer, address: addresses }],
    onAlarm: () => undefined,
  });
  open.push(() => replication.stop());
  return { engine, replication, role: () => replication.agents()[0]?.role };
}

interface World {
  readonly proxy: TcpProxy;
  readonly cutOff: Agent;
  readonly eu: Agent;
  /** Another agent beside the one that is to be cut off. */
  second: () => Promise<Agent>;
}

async function world(): Promise<World> {
  const servers = [await spawnRedis(), await spawnRedis()] as const;
  open.push(...servers.map((server) => () => server.stop()));
  const proxy = await TcpProxy.start(servers[0].port);
  open.push(() => proxy.stop());
  const [one = 0, two = 0, three = 0] = await freePorts(3);
  const ofUs = [one, two].map((port) => `127.0.0.1:${port}`);
  const ofEu = [`127.0.0.1:${three}`];
  const cutOff = await agentOf("us", proxy.port, one, ofEu);
  const eu = await agentOf("eu", servers[1].port, three, ofUs);
  await waitFor(() => isUp(eu) && isUp(cutOff), { what: "links up" });
  return { proxy, cutOff, eu, second: () => agentOf("us", servers[0].port, two, ofEu) };
}

function isUp({ replication }: Agent): boolean {
  const { incoming, outgoing } = replication.status();
  return [...incoming, ...outgoing].every(({ state }) => state === "up");
}

test.skipIf(native === undefined)(
  "it stands down by itself, another takes over, and it stands by when it is back",
  async () => {
    const { proxy, cutOff, eu, second } = await world();
    const other = await second();
    expect([cutOff.role(), other.role()]).toEqual(["active", "standby"]);
    await waitFor(() => cutOff.replication.agents().length === 2, { what: "the active one to know of the other" });
    proxy.freeze();
    const frozenMs = performance.now();
    await waitFor(() => other.role() === "active" && isUp(other) && isUp(eu), { what: "the other one to replicate" });
    console.info(
      `a server that hangs for one agent: ${Math.round(performance.now() - frozenMs)} ms until links were up`,
    );
    expect(performance.now() - frozenMs).toBeLessThan(8000);
    expect(cutOff.role()).toBe("standby");
    await other.engine.call("SET", "k", "v");
    await waitFor(async () => (await eu.engine.redis.get("k")) === "v", { what: "a write to cross" });

    await proxy.cut();
    proxy.mend();
    await waitFor(() => cutOff.replication.agents().some(({ role }) => role === "active"), { what: "it to be back" });
    expect([cutOff.role(), other.role()]).toEqual(["standby", "active"]);
    expect(isUp(eu)).toBe(true);
  },
);

test.skipIf(native === undefined)(
  "one that was alone when it was cut off leaves the links to one that comes later",
  async () => {
    const { proxy, cutOff, eu, second } = await world();
    proxy.freeze();
    const other = await second();
    await waitFor(() => other.role() === "active" && isUp(other) && isUp(eu), { what: "the other one to replicate" });
    await other.engine.call("SET", "k", "v");
    await waitFor(async () => (await eu.engine.redis.get("k")) === "v", { what: "a write to cross" });
    await waitFor(() => !isUp(cutOff), { what: "it to have lost its links" });
    const sinceMs = eu.replication.status().incoming[0]?.sinceMs ?? Infinity;
    await waitFor(() => Date.now() - sinceMs > 2000, { what: "two seconds" });
    expect(
      [...eu.replication.status().incoming, ...other.replication.status().incoming].map(({ state, sinceMs: at }) => {
        return { state, isOld: Date.now() - at > 1500 };
      }),
    ).toEqual([
      { state: "up", isOld: true },
      { state: "up", isOld: true },
    ]);
  },
);
