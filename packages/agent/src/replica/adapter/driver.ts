/**
 * Runs the machine of one region: what happens becomes events, commands become calls. All time, randomness and I/O
 * of the replica are in this folder.
 *
 * 1. Events are taken one after the other: what happens while one is being handled waits its turn.
 * 2. Whenever the server was lost, the machine hears so, and its state is read anew before anything else is done.
 */
import { BUCKETS } from "@meridian/core";
import type { Engine } from "@meridian/engine";
import type { Identity, LinkOptions, Listener } from "../../link/index.js";
import { alarmOf, refusalOf, type About, type Alarm, type AlarmCode } from "../alarms.js";
import { replicaLimits, type ReplicaLimits } from "../limits.js";
import { Replica } from "../machine.js";
import type { Command, ReplicaEvent } from "../protocol.js";
import { msOfStamp } from "../stamps.js";
import { regionOfOrigin, stampIn } from "../vector.js";
import type { AlarmLog } from "./alarm-log.js";
import { ApplySize } from "./apply-size.js";
import { adapterLimits } from "./limits.js";
import { ClockAlarm } from "./clock-alarm.js";
import { DiskLag } from "./disk-lag.js";
import { Links } from "./links.js";
import { LogReader, type ReadCommand } from "./log-reader.js";
import { OwnLogProbe } from "./own-log-probe.js";
import { framesAfter } from "./records.js";
import type { Roster } from "./roster.js";
import { applyFrames, isServerLost, readLogBytes, readState } from "./server-calls.js";
import type { ServerClock } from "./server-clock.js";
import { StateExport } from "./state-export.js";
import { StateImport } from "./state-import.js";
import { Sweeper } from "./sweeper.js";

type Event = ReplicaEvent<Uint8Array>;
type ApplyCommand = Extract<Command<Uint8Array>, { kind: "apply" }>;

export interface DriverOptions {
  readonly engine: Engine;
  readonly region: string;
  readonly roster: Roster;
  readonly identity: Identity;
  readonly link: LinkOptions;
  readonly listener: Listener;
  readonly clock: ServerClock;
  readonly alarms: AlarmLog;
  readonly limits?: Partial<ReplicaLimits>;
  /** What states that are given away use at most, beside the limits of links; undefined: only those. */
  readonly stateSyncBytesPerSecond?: number | undefined;
  readonly onEvent: (event: Event) => void;
  readonly onCommand?: ((command: Command<Uint8Array>) => void) | undefined;
  /** A region may hold more of what was written here. */
  readonly onProgress: () => void;
  /** Whether this agent may still work for the region: asked before anything is done. */
  readonly mayWork: () => boolean;
  /** Whether it may open links; false: its server has been silent, and another agent may be there by now. */
  readonly mayLink: () => boolean;
}

export class Driver {
  readonly machine: Replica<Uint8Array>;
  readonly links: Links;
  readonly probe: OwnLogProbe;
  readonly stateImport: StateImport;
  private readonly stateExport: StateExport;
  private readonly reader: LogReader;
  private readonly sweeper: Sweeper;
  private readonly clockAlarm = new ClockAlarm((alarm) => this.raise(alarm));
  private readonly applySize = new ApplySize();
  private readonly diskLag = new DiskLag();
  /** A state that is given away is read on a connection of its own. */
  private exporting: ReturnType<Engine["duplicate"]> | undefined;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly waiting: Event[] = [];
  private isHandling = false;
  private isReadingState = false;
  private isProbing = false;
  private stopped = false;

  constructor(private readonly options: DriverOptions) {
    const { engine, region, roster } = options;
    this.machine = new Replica(region, roster.regions, { ...replicaLimits, ...options.limits });
    this.reader = new LogReader(engine, { ...replicaLimits, ...options.limits });
    this.stateExport = new StateExport({
      call: (...args) => {
        this.exporting ??= engine.duplicate();
        return this.exporting.callBuffer("FCALL", "mer_free", "1", engine.root, "export", ...args);
      },
      buckets: BUCKETS,
      region,
      durable: () => this.machine.durable,
      gave: (peer, vector) => this.dispatch({ kind: "exporting", peer, vector }),
    });
    this.stateImport = new StateImport({
      engine,
      buckets: BUCKETS,
      sources: () => this.machine.sources,
      isWanted: () => this.machine.needsState(performance.now()) !== undefined,
      isFurther: (vector) => this.isFurther(vector),
      ask: (source, wish, signal) => this.links.ask(source, wish, signal),
      importing: (vector) => {
        this.dispatch({ kind: "importing", vector });
        if (vector === undefined) this.readState(); // the logs go on from where it stood
      },
      failed: (peer, message) =>
        this.raise(alarmOf("REPLICA_STATE_SYNC_FAILED", peer === undefined ? {} : { peer }, message)),
    });
    this.probe = new OwnLogProbe(engine);
    this.sweeper = new Sweeper(engine, (error) => this.sweepFailed(error));
    this.links = new Links({
      identity: options.identity,
      link: options.link,
      listener: options.listener,
      peers: roster.others,
      exported: (peer, wish, signal) => this.stateExport.texts(peer, wish, signal),
      standing: () => (this.machine.serverUp && options.mayLink() ? this.machine.standing() : undefined),
      dispatch: (event) => this.dispatch(event),
      alarm: (alarm) => this.raise(alarm),
    });
  }

  /** The roster is another one: what is linked already, and still a region, stays so. */
  membersChanged(): void {
    const { roster } = this.options;
    this.links.setPeers(roster.others);
    this.machine.setRegions(roster.regions);
  }

  start(): void {
    const { engine } = this.options;
    engine.on("down", this.onDown);
    engine.on("emptied", this.onDown);
    engine.on("up", this.onUp);
    this.links.start();
    this.links.limitExports(this.options.stateSyncBytesPerSecond);
    this.readState();
    this.every(adapterLimits.tickEveryMs, () => this.dispatch({ kind: "tick" }));
    this.every(adapterLimits.stateEveryMs, () => {
      this.readState();
      this.lookForState();
    });
    this.every(adapterLimits.probeEveryMs, () => {
      this.lookAround();
      this.lookAtClocks();
    });
    this.sweeper.start();
  }

  /** `reason`: what the other regions are told. Again: no effect. */
  stop(reason: string): void {
    if (this.stopped) return;
    this.stopped = true;
    const { engine } = this.options;
    engine.off("down", this.onDown);
    engine.off("emptied", this.onDown);
    engine.off("up", this.onUp);
    for (const timer of this.timers) clearInterval(timer);
    this.sweeper.stop();
    this.reader.stop();
    this.stateImport.stop();
    this.exporting?.disconnect();
    this.links.stop(reason);
  }

  /** For how long the oldest of what was written waits to be on the server's disk. */
  get unsyncedMs(): number {
    return this.diskLag.lagMs(performance.now());
  }

  dispatch(event: Event): void {
    if (this.stopped || !this.options.mayWork()) return;
    if (event.kind === "serverLost") this.diskLag.forget();
    this.waiting.push(event);
    if (this.isHandling) return;
    this.isHandling = true;
    try {
      for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
        this.options.onEvent(next);
        for (const command of this.machine.handle(next, performance.now())) this.carryOut(command);
        if (next.kind === "acked" || next.kind === "peerUp") this.options.onProgress();
      }
    } finally {
      this.isHandling = false;
    }
  }

  raise(alarm: Alarm): void {
    this.options.alarms.raise(alarm, Date.now());
  }

  private readonly onDown = (): void => this.dispatch({ kind: "serverLost" });
  private readonly onUp = (): void => this.readState();

  private every(ms: number, action: () => void): void {
    this.timers.push(setInterval(action, ms));
  }

  private carryOut(command: Command<Uint8Array>): void {
    this.options.onCommand?.(command);
    switch (command.kind) {
      case "send":
        this.links.send(command);
        return;
      case "read":
        void this.read(command);
        return;
      case "apply":
        void this.apply(command);
        return;
      case "ack":
        this.links.acknowledge(command);
        return;
      case "close":
        this.links.close(command.source, command.alarm.message);
        return;
      case "gap":
        this.links.tell(command);
        return;
      case "trim":
        void this.trim(command.origin, command.stamp);
        return;
      case "fold":
        void this.fold(command);
        return;
      case "alarm":
        this.raise(command.alarm);
        return;
    }
  }

  private async read(command: ReadCommand): Promise<void> {
    try {
      const entries = await this.reader.read(command);
      this.dispatch({ kind: "logged", read: command.read, entries });
    } catch {
      this.dispatch({ kind: "readFailed", read: command.read }); // it is asked for again; a lost server reports itself
    }
  }

  private async apply({ apply, origin, after, entries }: ApplyCommand): Promise<void> {
    const frames = framesAfter(entries, after, this.applySize.of(origin));
    const answer = await applyFrames(this.options.engine, origin, frames);
    if (answer === undefined) {
      this.serverLost();
      return;
    }
    const { reply, applied } = answer;
    this.applySize.answered(origin, reply.status, applied);
    if ("at" in reply) this.noteDelays(origin, entries, reply.at);
    this.dispatch({ kind: "applied", apply, reply });
  }

  private noteDelays(origin: string, entries: ApplyCommand["entries"], at: number): void {
    const meter = this.links.incoming.get(regionOfOrigin(origin))?.meter;
    if (meter === undefined) return;
    const [now, unixMs] = [performance.now(), Date.now()];
    for (const { stamp } of entries) if (stamp <= at) meter.delayed(unixMs - msOfStamp(stamp), now);
  }

  private async trim(origin: string, stamp: number): Promise<void> {
    try {
      await this.options.engine.call("trim", origin, String(stamp));
    } catch (error) {
      if (!isServerLost(error)) this.refused(error, "REPLICA_TRIM_FAILED", { origin });
    }
  }

  private async fold({ latest, ends }: Extract<Command<Uint8Array>, { kind: "fold" }>): Promise<void> {
    try {
      await this.options.engine.call("fold", latest, ...ends.flatMap(([origin, stamp]) => [origin, String(stamp)]));
      this.readState();
    } catch (error) {
      if (!isServerLost(error)) this.refused(error, "REPLICA_FOLD_FAILED", {});
    }
  }

  private serverLost(): void {
    this.dispatch({ kind: "serverLost" });
    this.readState();
  }

  /** One at a time; after a failure again until it succeeds. */
  private readState(): void {
    if (this.isReadingState || this.stopped) return;
    this.isReadingState = true;
    const askedAtMs = performance.now();
    void readState(this.options.engine).then(
      (state) => {
        this.isReadingState = false;
        this.options.clock.saw(state.serverNowMs, askedAtMs, performance.now());
        this.dispatch({ kind: "state", ...state });
      },
      () => {
        this.isReadingState = false;
        this.dispatch({ kind: "serverLost" });
        if (!this.stopped) setTimeout(() => this.readState(), adapterLimits.stateRetryMs).unref();
      },
    );
  }

  private lookAround(): void {
    const standing = this.machine.standing();
    if (this.isProbing || standing === undefined || !this.machine.serverUp) return;
    this.isProbing = true;
    void this.look(standing.ownOrigin, standing.applied).then(
      () => (this.isProbing = false),
      () => (this.isProbing = false), // the server is lost, or busy: the next look comes soon
    );
  }

  /** A state that is wanted for another reason, an import begun anew, is always good. */
  private isFurther(vector: ReadonlyMap<string, number>): boolean {
    const origin = this.machine.needsState(performance.now());
    const standing = this.machine.standing();
    if (origin === undefined || standing === undefined) return true;
    return stampIn(vector, origin) > stampIn(standing.applied, origin);
  }

  /** An import that runs is gone on with, whoever began it. */
  private lookForState(): void {
    if (!this.machine.serverUp) return;
    void this.stateImport.look();
  }

  private async look(ownOrigin: string, applied: ReadonlyMap<string, number>): Promise<void> {
    const durable = await this.probe.lookAtDisk(ownOrigin, applied);
    if (durable !== undefined) this.dispatch({ kind: "durable", vector: durable });
    this.lookAtDiskLag(applied);
    const places = new Map<string, number>();
    for (const region of this.options.roster.peers) {
      const acked = this.machine.ackedBy(region);
      if (acked !== undefined) places.set(region, acked);
    }
    await this.probe.lookAtLog(ownOrigin, places);
    const bytes = await readLogBytes(this.options.engine, applied.keys());
    if (bytes !== undefined) this.dispatch({ kind: "logSize", bytes });
  }

  private lookAtDiskLag(applied: ReadonlyMap<string, number>): void {
    this.diskLag.look(applied, this.probe.onDisk, performance.now());
    const { unsyncedMs } = this;
    if (!this.probe.usesAof || unsyncedMs <= adapterLimits.diskLagMsMax) return;
    this.raise(alarmOf("REPLICA_DISK_SLOW", {}, `for ${Math.round(unsyncedMs / 1000)} s`));
  }

  private lookAtClocks(): void {
    for (const region of this.options.roster.peers) {
      const skew = this.links.clockSkew(region);
      if (skew !== null) this.clockAlarm.look(region, skew, Date.now());
    }
  }

  private sweepFailed(error: unknown): void {
    if (!isServerLost(error)) this.refused(error, "REPLICA_SWEEP_FAILED", {});
  }

  private refused(error: unknown, otherwise: AlarmCode, concerned: About): void {
    const message = textOf(error);
    const { code, about } = refusalOf(message, otherwise, concerned);
    this.raise(alarmOf(code, about, message));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
