/**
 * The replication of one region as this agent takes part in it. One agent of the region is active: it has the links, and
 * for as long as it is, a driver of its own does the work. The others stand by: they refuse links, and say of the region
 * what the active one told.
 *
 * 1. Nothing is carried over from one term to the next but alarms, counts of the listener and limits: a new term begins
 *    as after a start, from what is in the server.
 * 2. Who waits for other regions waits on, whoever is active.
 */
import { hostname } from "node:os";
import { randomBytes } from "node:crypto";
import {
  ALL_GROUPS,
  callMembers,
  Listener,
  PROTOCOL_VERSION,
  SLOTS_ROOT,
  type Identity,
  type LinkCertificates,
  type LinkOptions,
} from "../link/index.js";
import { AlarmLog, type RaisedAlarm } from "./adapter/alarm-log.js";
import { Driver, type DriverOptions } from "./adapter/driver.js";
import { Roster, type RosterMembers } from "./adapter/roster.js";
import { RegionWaits, type RegionWait } from "./adapter/region-waits.js";
import { TokenWaits } from "./adapter/token-waits.js";
import { Rescue } from "./adapter/rescue.js";
import { readState } from "./adapter/server-calls.js";
import { ServerClock } from "./adapter/server-clock.js";
import { holdingsOf, statusOf, unknownStatus, type Holding, type ReplicationStatus } from "./adapter/status.js";
import { HeldView } from "./agents/held-view.js";
import { RegionAgents } from "./agents/region-agents.js";
import type { Alarm } from "./alarms.js";
import type { ReplicationOptions } from "./index.js";
import { SlotsDriver } from "./slots/slots-driver.js";
import { slotsHoldingsOf, slotsStatusOf } from "./slots/status.js";
import type { Vector } from "./vector.js";

/** What the active agent tells the others. */
interface Told {
  readonly status: ReplicationStatus;
  readonly holdings: readonly Holding[];
}

const NAMESPACE_DEFAULT = "default";

export class RegionReplication {
  readonly agents: RegionAgents;
  private readonly log: AlarmLog;
  private readonly listener: Listener;
  private readonly clock = new ServerClock();
  /** Where the region stands, for those who carry that to another one. */
  readonly tokens: TokenWaits;
  private readonly waits: RegionWaits;
  private readonly held: HeldView;
  private readonly roster: Roster;
  private readonly identity: Identity;
  private readonly link: LinkOptions;
  private readonly rescue: Rescue;
  private driver: Driver | SlotsDriver | undefined;
  private toldText = "";
  private told: Told | undefined;

  constructor(
    private readonly options: ReplicationOptions,
    certificates: LinkCertificates | undefined,
    softwareVersion: string,
  ) {
    const { engine, region, listen, protocolVersion = PROTOCOL_VERSION } = options;
    const agent = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
    const namespace = options.namespace ?? NAMESPACE_DEFAULT;
    this.roster = new Roster(region, options);
    const root = engine.slots === undefined ? engine.root : SLOTS_ROOT;
    this.identity = this.roster.identity({ namespace, root, softwareVersion, protocolVersion, agent });
    this.link = {
      compression: options.compression ?? true,
      certificates,
      serverNowMs: () => this.clock.nowMs(performance.now()),
    };
    this.log = new AlarmLog(options.onAlarm);
    this.rescue = new Rescue(engine);
    this.listener = new Listener(this.identity, this.link, options.members);
    const progressed = (): void => this.waits.progressed();
    this.held = new HeldView({
      engine,
      id: agent,
      known: () => this.heldByPeers(),
      isNeeded: () => this.driver === undefined,
      progressed,
    });
    this.waits = new RegionWaits(
      engine,
      () => this.roster.peers,
      (peer) => (this.driver instanceof Driver ? this.driver.machine.standingOf(peer)?.applied : this.held.of(peer)),
    );
    this.tokens = new TokenWaits(engine, () => [region, ...this.roster.peers]);
    this.agents = new RegionAgents({
      engine,
      id: agent,
      admin: options.admin,
      link: `${listen.host}:${listen.port}`,
      changed: (isActive) => this.becomes(isActive),
      tell: () => this.tell(),
    });
  }

  get listenPort(): number {
    return this.listener.port;
  }

  async start(): Promise<void> {
    await this.listener.listen(this.options.listen);
    if (this.options.engine.slots === undefined) this.rescue.start();
    if (this.options.standsBy === false) this.begin();
    else await this.agents.start();
  }

  async stop(): Promise<void> {
    this.end("it stops");
    this.rescue.stop();
    await this.agents.stop();
    this.waits.stop();
    this.held.stop();
    await this.listener.stop();
  }

  /** All places, those that are gone, and the other regions, from now on. */
  setMembers(members: RosterMembers): void {
    this.roster.set(members);
    this.driver?.membersChanged();
  }

  /** What the region knows of the members, told what is known here; asked at each of its addresses until one answers. */
  async askMembers(peer: string, addresses: readonly string[], text: Uint8Array): Promise<Uint8Array> {
    const { identity, link } = this;
    let problem: unknown;
    for (const address of addresses) {
      try {
        return await callMembers({ peer, address, identity, link, ownOrigin: "" }, text);
      } catch (error) {
        problem = error;
      }
    }
    throw problem;
  }

  /** Whether this agent is the one that works for the region. */
  get isActive(): boolean {
    return this.driver !== undefined;
  }

  raise(alarm: Alarm): void {
    this.log.raise(alarm, Date.now());
  }

  status(): ReplicationStatus {
    const { region } = this.options;
    if (this.driver instanceof Driver) return statusOf(this.driver, region, this.peerNames);
    if (this.driver !== undefined) return slotsStatusOf(this.driver, region, this.peerNames);
    return this.heard()?.status ?? unknownStatus(region, this.peerNames);
  }

  /** Of this agent. */
  alarms(): readonly RaisedAlarm[] {
    return this.log.list();
  }

  holdings(): readonly Holding[] {
    if (this.driver instanceof Driver) return holdingsOf(this.driver, this.options.region, this.peerNames);
    if (this.driver !== undefined) return slotsHoldingsOf(this.driver, this.options.region, this.peerNames);
    return this.heard()?.holdings ?? [];
  }

  /** Where this region stands by now, as its servers say it: of open slots as in `holdings`, where there are many partitions. */
  async ends(): Promise<Vector> {
    if (this.driver instanceof SlotsDriver) return await this.driver.ends();
    return (await readState(this.options.engine)).vector;
  }

  limitLink(region: string, bytesPerSecond: number | undefined): void {
    this.roster.limit(region, bytesPerSecond);
    this.driver?.links.limit(region, bytesPerSecond);
  }

  async waitForRegions(wait: RegionWait, signal: AbortSignal): Promise<number> {
    if (this.driver instanceof SlotsDriver) return await this.driver.waits.wait(wait, signal);
    if (this.options.engine.slots !== undefined) return 0; // what others hold of many slots the active agent alone knows
    const leave = this.held.follow(); // whoever is active by then
    try {
      return await this.waits.wait(wait, signal);
    } finally {
      leave();
    }
  }

  private get peerNames(): string[] {
    return [...this.roster.peers];
  }

  private becomes(isActive: boolean): void {
    if (isActive) this.begin();
    else this.end("another agent of the region takes over");
    this.options.onRole?.(isActive ? "active" : "standby");
  }

  /** Its term. */
  private begin(): void {
    if (this.driver !== undefined) return;
    const { engine, region, limits = {} } = this.options;
    const options: DriverOptions = {
      engine,
      region,
      roster: this.roster,
      identity: this.identity,
      link: this.link,
      listener: this.listener,
      clock: this.clock,
      alarms: this.log,
      limits,
      stateSyncBytesPerSecond: this.options.stateSyncBytesPerSecond,
      onEvent: (event) => {
        this.options.onEvent?.(event);
        if (event.kind === "applied") this.tokens.progressed();
      },
      onProgress: () => {
        this.waits.progressed();
        if (this.driver instanceof SlotsDriver) this.driver.waits.progressed();
        if (this.agents.others > 0) this.held.push();
      },
      mayWork: () => this.options.standsBy === false || this.agents.isActive,
      mayLink: () => this.options.standsBy === false || this.agents.hearsServer,
    };
    const { slots } = engine;
    this.driver = slots === undefined ? new Driver(options) : new SlotsDriver({ ...options, slots });
    this.driver.start();
    if (this.driver instanceof SlotsDriver) this.driver.hold(ALL_GROUPS);
  }

  private end(reason: string): void {
    const ended = this.driver;
    if (ended === undefined) return;
    this.driver = undefined;
    ended.stop(reason);
  }

  private heldByPeers(): ReadonlyMap<string, Vector> {
    const held = new Map<string, Vector>();
    if (!(this.driver instanceof Driver)) return held;
    const own = this.driver.machine.standing()?.ownOrigin;
    for (const peer of this.peerNames) {
      const stamp = own === undefined ? undefined : this.driver.machine.standingOf(peer)?.applied.get(own);
      if (own !== undefined && stamp !== undefined) held.set(peer, new Map([[own, stamp]]));
    }
    return held;
  }

  private tell(): string {
    const holdings = this.driver instanceof SlotsDriver ? [] : this.holdings(); // of slots it may be much
    const told: Told = { status: this.status(), holdings };
    return JSON.stringify(told);
  }

  /** From the active agent, perhaps one of another version. */
  private heard(): Told | undefined {
    const text = this.agents.told;
    if (text === this.toldText) return this.told;
    this.toldText = text;
    try {
      this.told = text === "" ? undefined : (JSON.parse(text) as Told);
    } catch {
      this.told = undefined;
    }
    return this.told;
  }
}
