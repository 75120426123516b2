/** How the agent puts its parts together: order, failure half-way, what it tells. The parts are made up here. */
import { EventEmitter } from "node:events";
import type { Engine } from "@meridian/engine";
import { expect, test } from "vitest";
import { waitFor } from "@meridian/testkit";
import { startAgent, type AgentSettings } from "./agent.js";
import { createLogger } from "./logger.js";
import type { Gateway, GatewayOptions, Replication, ReplicationOptions, Services } from "./services.js";

const settings: AgentSettings = {
  region: "us",
  regions: [
    { name: "us", link: "127.0.0.1:1" },
    { name: "eu", link: "127.0.0.1:2" },
  ],
  server: { url: "rediss://user:secret@example.test:6380" },
  gateway: { host: "127.0.0.1", port: 7001 },
  link: { host: "127.0.0.1", port: 7301 },
  admin: undefined,
};

class FakeEngine extends EventEmitter {
  readonly kind = "attached";
  readonly serverVersion = "7.0.15";
  host = "example.test";
  readonly port = 6380;
  hasPrimary = true;
  readonly persistent = true;
  readonly root = "mer:{0}";
  readonly region = "us";
  totals: () => Promise<string[]> = () => Promise.resolve(["string", "2"]);
  readonly redis = { call: (name: string) => (name === "SCARD" ? Promise.resolve(1) : this.totals()) };
  constructor(private readonly steps: string[]) {
    super();
  }
  plain: 0 | 1 = 0;
  readonly called: string[] = [];
  call = (...words: string[]) => {
    this.called.push(words.join(" "));
    if (words[0] === "members") return Promise.resolve(["0", "", "us,eu", "", ""]);
    if (words[1] === "state") return Promise.resolve(["none", this.plain]);
    return Promise.resolve(words[1] === "begin" ? ["running"] : ["done", "1", "0", ""]);
  };
  callBuffer = () => Promise.resolve([[], [], [], []]);
  findings = () => Promise.resolve([{ code: "EVICTION", severity: "warning", message: "it may evict" }]);
  stop = () => {
    this.steps.push("engine stopped");
    return Promise.resolve();
  };
}

interface World {
  steps: string[];
  logged: string[];
  engine: FakeEngine;
  given: { replication?: ReplicationOptions; gateway?: GatewayOptions; upstreams: unknown[] };
  services: Services;
}

function world(gatewayFails = false): World {
  const steps: string[] = [];
  const engine = new FakeEngine(steps);
  const given: World["given"] = { upstreams: [] };
  const part = (name: string) => ({
    stop: () => {
      steps.push(`${name} stopped`);
      return Promise.resolve();
    },
  });
  const replication = {
    ...part("replication"),
    listenPort: 7301,
    status: () => ({
      region: "us",
      ownOrigin: "us~1",
      vector: { "us~1": 5 },
      retention: { logBytes: undefined, logBytesMax: 1, holding: [], fallen: [] },
      stateSync: null,
      outgoing: [],
      incoming: [],
    }),
    alarms: () => [],
    agents: () => [{ id: "host-1-abc", role: "active", admin: null, heardMs: 0 }],
    holdings: () => [],
  } as unknown as Replication;
  const gateway = {
    ...part("gateway"),
    port: 7001,
    stats: () => ({ clientsConnected: 2 }),
    processes: [],
    useUpstream: (address: unknown) => given.upstreams.push(address),
    problems: () => [],
  } as unknown as Gateway;
  const services: Services = {
    startEngine: () => Promise.resolve(engine as unknown as Engine),
    startReplication: (options) => {
      given.replication = options;
      return Promise.resolve(replication);
    },
    startGateway: (options) => {
      given.gateway = options;
      return gatewayFails ? Promise.reject(new Error("port 7001 is in use")) : Promise.resolve(gateway);
    },
  };
  return { steps, logged: [], engine, given, services };
}

function start(made: World) {
  const log = createLogger("us", { sink: { write: (line) => made.logged.push(line) } });
  return startAgent(settings, log, made.services);
}

test("parts get what the configuration says, and stop in reverse order, once", async () => {
  const made = world();
  const agent = await start(made);
  expect(made.given.replication?.peers).toEqual([{ region: "eu", address: ["127.0.0.1:2"] }]);
  expect(made.given.gateway?.upstream).toEqual({ host: "example.test", port: 6380, tls: true });
  expect(made.given.gateway?.watchLogin).toEqual({ username: "user", password: "secret" });
  await agent.stop();
  await agent.stop();
  expect(made.steps).toEqual(["gateway stopped", "replication stopped", "engine stopped"]);
});

test("the gateway is told when another server is the primary, and while none is known", async () => {
  const made = world();
  const agent = await start(made);
  const { engine } = made;
  engine.hasPrimary = false;
  engine.emit("moved");
  Object.assign(engine, { hasPrimary: true, host: "other.test" });
  engine.emit("moved");
  await agent.stop();
  const [atStart, ...told] = made.given.upstreams;
  expect(atStart).toEqual(made.given.gateway?.upstream);
  expect(told).toEqual([undefined, { host: "other.test", port: 6380, tls: true }]);
});

test("when a part can't start, those before it are stopped, and the reason is told", async () => {
  const made = world(true);
  await expect(start(made)).rejects.toThrow("port 7001 is in use");
  expect(made.steps).toEqual(["replication stopped", "engine stopped"]);
});

test("the status follows the server; findings and problems are logged; no secret is", async () => {
  const made = world();
  const agent = await start(made);
  const region = async () => (await agent.status()).regions[0];
  expect(await region()).toMatchObject({ state: "up", origin: "us~1", findings: [{ code: "EVICTION" }] });
  expect(await region()).toHaveProperty("conflicts", { keys: 1, counts: { string: 2 } });
  made.engine.emit("down");
  expect(await region()).toMatchObject({
    state: "server-down",
    problem: expect.stringContaining("example.test"),
    conflicts: null,
  });
  made.engine.emit("problem", new Error("refused"));
  expect((await region())?.problem).toBe("refused");
  made.engine.emit("up");
  expect(await region()).toMatchObject({ state: "up", problem: null });
  await agent.stop();
  const text = made.logged.join("");
  expect(text).toContain("it may evict code=EVICTION");
  expect(text).toContain("refused");
  expect(text).not.toContain("secret");
  for (const line of made.logged) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (info |warn |error) us: .*\n$/);
});

test.each([
  ["hangs", () => new Promise<never>(() => undefined)],
  ["refuses", () => Promise.reject(new Error("LOADING"))],
])("the status is there while the server %s", async (_name, totals) => {
  const made = world();
  const agent = await start(made);
  made.engine.totals = totals;
  expect((await agent.status()).regions[0]).toMatchObject({ origin: "us~1", conflicts: null });
  await agent.stop();
});

test("keys that Meridian does not know: the agent starts only where it is told to adopt them, and adopts them before anybody comes in", async () => {
  const made = world();
  made.engine.plain = 1;
  await expect(start(made)).rejects.toMatchObject({ code: "MERIDIAN_PLAINDATA" });
  expect(made.given.gateway).toBeUndefined();

  const log = createLogger("us", { sink: { write: (line) => made.logged.push(line) } });
  const adopting = { ...settings, server: { ...settings.server, adopt: true } };
  const agent = await startAgent(adopting, log, made.services);
  expect(made.engine.called.slice(1, 3)).toEqual(["adoption state", "adoption begin"]);
  await waitFor(() => made.engine.called.includes("adoption step"), { what: "a step" });
  await agent.stop();
});
