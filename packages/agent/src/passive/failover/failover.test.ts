/** A failover step by step, with a server and other agents that are made up: what fails where, and that all is as before then. */
import { afterEach, expect, test, vi } from "vitest";
import { AgentError } from "../../errors.js";
import type { ControlQuestion, PeerState } from "../documents.js";
import { passiveLimits } from "../limits.js";
import type { Peers } from "../peers.js";
import type { RegionServer, ServerLook } from "../region-server.js";
import { Roles } from "../roles.js";
import { Failover } from "./failover.js";
import { FailoverSteps } from "./steps.js";

const LOOK: ServerLook = {
  role: "replica",
  runId: "r",
  version: "7.0.15",
  kind: "redis",
  persistent: true,
  offset: 100,
  replicationId: "s",
  formerId: "",
  formerOffset: -1,
  follows: undefined,
  linkUp: true,
  syncing: false,
  loading: false,
  changes: 0,
  keys: 1,
};
const PRIMARY: PeerState = {
  record: null,
  heard: null,
  server: { role: "primary", offset: 100, stream: "s", formerStream: "", formerOffset: -1, linkUp: false },
};

class World {
  look = LOOK;
  readonly called: string[] = [];
  readonly asked: string[] = [];
  /** Of a step: what becomes of it. */
  fails: Partial<Record<ControlQuestion["kind"] | "promote", Error>> = {};
  end = 100;
  readonly server = {
    address: { host: "h", port: 1 },
    look: () => Promise.resolve(this.look),
    readRecord: () => Promise.resolve({ epoch: 4, primary: "us", sinceMs: 0 }),
    writeRecord: ({ epoch }: { epoch: number }) => Promise.resolve(void this.called.push(`record ${epoch}`)),
    promote: () => {
      this.called.push("promote");
      if (this.fails.promote !== undefined) return Promise.reject(this.fails.promote);
      this.look = { ...this.look, role: "primary", formerId: "s", formerOffset: this.look.offset, replicationId: "t" };
      return Promise.resolve();
    },
    unpause: () => Promise.resolve(void this.called.push("unpause")),
  };
  readonly roles = new Roles({
    region: "eu",
    regions: ["us", "eu", "ap"],
    first: "us",
    server: this.server as unknown as RegionServer,
    places: new Map(),
    lostWritesFolder: "",
    automatic: false,
    isDrained: false,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onRouting: () => undefined,
  });
  readonly steps = new FailoverSteps(this.roles, () => 0);
  private readonly peers = {
    all: ["us", "ap"].map((region) => ({ region, problem: null, state: PRIMARY })),
    heard: () => this.peers.all,
    of: (region: string) => this.peers.all.find((peer) => peer.region === region),
    askAll: async () => this.roles.heard("us", PRIMARY, performance.now()),
    put: async (region: string, question: ControlQuestion) => {
      this.asked.push(`${question.kind} ${region}`);
      const error = region === "us" || question.kind === "hold" ? this.fails[question.kind] : undefined;
      if (error !== undefined) throw error;
      return question.kind === "pause" ? { stream: "s", offset: this.end } : {};
    },
  };

  static async make(): Promise<World> {
    const world = new World();
    await world.roles.look();
    world.roles.heard("us", PRIMARY, performance.now());
    return world;
  }

  failover(): ReturnType<Failover["run"]> {
    const { roles, steps } = this;
    const peers = this.peers as unknown as Peers;
    return new Failover({ roles, steps, peers, lagBytesMax: 50 }).run({ to: "eu" });
  }

  get isHeld(): boolean {
    return this.roles.routing().held;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

test("in order: claimed, held, paused, caught up, changed, told", async () => {
  const world = await World.make();
  expect(await world.failover()).toMatchObject({ kind: "planned", epoch: 5, from: "us", to: "eu", unaware: [] });
  expect(world.asked).toEqual(["claim us", "hold us", "hold ap", "pause us", "take us", "take ap"]);
  expect(world.called).toEqual(["promote", "record 5"]);
  expect([world.isHeld, world.roles.isBusy]).toEqual([false, false]);
});

test.each<[ControlQuestion["kind"], string]>([
  ["claim", "claiming the primary"],
  ["hold", "holding writes"],
  ["pause", "pausing writes"],
])("a failure of the step %s gives it up, and all is as before", async (kind, step) => {
  const world = await World.make();
  world.fails = { [kind]: new Error("no way") };
  await expect(world.failover()).rejects.toThrow(
    new RegExp(`given up at this step: ${step}.*no way.*us is the primary`),
  );
  expect(world.called).toEqual([]);
  expect(world.asked.slice(-2)).toEqual(["end us", "end ap"]);
  expect([world.isHeld, world.roles.isBusy, world.roles.record?.epoch]).toEqual([false, false, 4]);
});

test("what does not come in time gives it up", async () => {
  const world = await World.make();
  world.end = 101;
  await expect(world.failover()).rejects.toThrow(/catching up \(1 bytes are missing/);
  expect(world.called).toEqual([]);
  expect(world.isHeld).toBe(false);
});

test("a server that refuses to be the primary gives it up; one that does not say leaves it open", async () => {
  const world = await World.make();
  world.fails = { promote: new Error("NOPERM") };
  await expect(world.failover()).rejects.toMatchObject({ code: "MERIDIAN_FAILOVERFAILED" });
  expect(world.isHeld).toBe(false);
  world.server.look = () => Promise.reject(new Error("gone"));
  world.fails = {};
  const again = await World.make();
  again.fails = { promote: new Error("timed out") };
  again.server.promote = () => {
    again.server.look = () => Promise.reject(new Error("gone"));
    return Promise.reject(new Error("timed out"));
  };
  await expect(again.failover()).rejects.toMatchObject({ code: "MERIDIAN_FAILOVERUNKNOWN" });
});

test("a former primary that does not hear of it is named", async () => {
  const world = await World.make();
  world.fails = { take: new Error("gone") };
  expect(await world.failover()).toMatchObject({ done: true, unaware: ["us"] });
});

test("a region that lags too far is refused", async () => {
  const world = await World.make();
  world.look = { ...LOOK, offset: 49 };
  await expect(world.failover()).rejects.toMatchObject({ code: "MERIDIAN_FAILOVERLAGS" });
  world.look = { ...LOOK, linkUp: false };
  await expect(world.failover()).rejects.toMatchObject({ code: "MERIDIAN_NOTFOLLOWING" });
  expect(world.asked).toEqual([]);
});

test("two at once: the first has it until it is over, or its time is", async () => {
  vi.useFakeTimers();
  const { steps } = await World.make();
  steps.claim("first", 4, false);
  expect(() => steps.claim("second", 4, false)).toThrow(AgentError);
  steps.claim("first", 4, false);
  await steps.end("second");
  expect(() => steps.claim("second", 4, false)).toThrow(/under way/);
  await vi.advanceTimersByTimeAsync(passiveLimits.holdMsMax);
  steps.claim("second", 4, false);
  expect(() => steps.claim("third", 4, true)).toThrow(/under way/);
  await steps.end("second");
  expect(() => steps.claim("third", 4, true)).toThrow(/is not the primary/);
});
