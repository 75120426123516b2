/**
 * The work for a region that is one partition. One of its agents is active: it has the links, and for as long as it is, a driver of its
 * own does the work. The others stand by: they refuse links, and say of the region what the active one told.
 *
 * 1. Nothing is carried over from one term to the next but alarms, counts of the listener and limits: a new term begins
 *    as after a start, from what is in the server.
 * 2. Who waits for other regions waits on, whoever is active.
 */
import { Driver } from "./adapter/driver.js";
import { RegionWaits, type RegionWait } from "./adapter/region-waits.js";
import { Rescue } from "./adapter/rescue.js";
import { readState } from "./adapter/server-calls.js";
import { holdingsOf, statusOf, unknownStatus, type Holding, type ReplicationStatus } from "./adapter/status.js";
import { HeldView } from "./agents/held-view.js";
import { RegionAgents } from "./agents/region-agents.js";
import type { RegionWork, RegionWorkOptions } from "./region-work.js";
import { ToldReader, type Told } from "./told.js";
import type { Vector } from "./vector.js";

export class WholeRegion implements RegionWork {
  readonly agents: RegionAgents;
  private readonly waits: RegionWaits;
  private readonly held: HeldView;
  private readonly rescue: Rescue;
  private readonly told = new ToldReader();
  private driver: Driver | undefined;

  constructor(private readonly options: RegionWorkOptions) {
    const { replication, id, roster } = options;
    const { engine, admin, listen } = replication;
    this.rescue = new Rescue(engine);
    const progressed = (): void => this.waits.progressed();
    this.held = new HeldView({
      engine,
      id,
      known: () => this.heldByPeers(),
      isNeeded: () => this.driver === undefined,
      progressed,
    });
    this.waits = new RegionWaits(
      engine,
      () => roster.peers,
      (peer) => (this.driver === undefined ? this.held.of(peer) : this.driver.machine.standingOf(peer)?.applied),
    );
    this.agents = new RegionAgents({
      engine,
      id,
      admin,
      link: `${listen.host}:${listen.port}`,
      changed: (isActive) => this.becomes(isActive),
      tell: () => JSON.stringify({ status: this.status(), holdings: this.holdings() } satisfies Told),
    });
  }

  async start(): Promise<void> {
    this.rescue.start();
    if (this.options.replication.standsBy === false) this.begin();
    else await this.agents.start();
  }

  async stop(): Promise<void> {
    this.end("it stops");
    this.rescue.stop();
    await this.agents.stop();
    this.waits.stop();
    this.held.stop();
  }

  membersChanged(): void {
    this.driver?.membersChanged();
  }

  get isActive(): boolean {
    return this.driver !== undefined;
  }

  status(): ReplicationStatus {
    if (this.driver !== undefined) return statusOf(this.driver, this.region, this.peerNames);
    return this.heard()?.status ?? unknownStatus(this.region, this.peerNames);
  }

  ownStatus(): ReplicationStatus {
    return this.status();
  }

  holdings(): readonly Holding[] {
    if (this.driver !== undefined) return holdingsOf(this.driver, this.region, this.peerNames);
    return this.heard()?.holdings ?? [];
  }

  async ends(): Promise<Vector> {
    return (await readState(this.options.replication.engine)).vector;
  }

  limit(peer: string, bytesPerSecond: number | undefined): void {
    this.driver?.links.limit(peer, bytesPerSecond);
  }

  async waitForRegions(wait: RegionWait, signal: AbortSignal): Promise<number> {
    const leave = this.held.follow(); // whoever is active by then
    try {
      return await this.waits.wait(wait, signal);
    } finally {
      leave();
    }
  }

  private get region(): string {
    return this.options.replication.region;
  }

  private get peerNames(): string[] {
    return [...this.options.roster.peers];
  }

  private becomes(isActive: boolean): void {
    if (isActive) this.begin();
    else this.end("another agent of the region takes over");
    this.options.replication.onRole?.(isActive ? "active" : "standby");
  }

  /** Its term. */
  private begin(): void {
    if (this.driver !== undefined) return;
    const { replication, roster, identity, link, listener, clock, alarms, tokens } = this.options;
    this.driver = new Driver({
      engine: replication.engine,
      region: replication.region,
      roster,
      identity,
      link,
      listener,
      clock,
      alarms,
      limits: replication.limits ?? {},
      stateSyncBytesPerSecond: replication.stateSyncBytesPerSecond,
      onEvent: (event) => {
        replication.onEvent?.(event);
        if (event.kind === "applied") tokens.progressed();
      },
      onCommand: replication.onCommand,
      onProgress: () => {
        this.waits.progressed();
        if (this.agents.others > 0) this.held.push();
      },
      mayWork: () => replication.standsBy === false || this.agents.isActive,
      mayLink: () => replication.standsBy === false || this.agents.hearsServer,
    });
    this.driver.start();
  }

  private end(reason: string): void {
    const ended = this.driver;
    if (ended === undefined) return;
    this.driver = undefined;
    ended.stop(reason);
  }

  private heldByPeers(): ReadonlyMap<string, Vector> {
    const held = new Map<string, Vector>();
    if (this.driver === undefined) return held;
    const own = this.driver.machine.standing()?.ownOrigin;
    for (const peer of this.peerNames) {
      const stamp = own === undefined ? undefined : this.driver.machine.standingOf(peer)?.applied.get(own);
      if (own !== undefined && stamp !== undefined) held.set(peer, new Map([[own, stamp]]));
    }
    return held;
  }

  /** From the active agent, perhaps one of another version. */
  private heard(): Told | undefined {
    return this.told.read(this.agents.told)[0];
  }
}
