/**
 * All regions of one application: the local one is used while it is well, else the nearest that is; and it is gone back to
 * when it holds, within a bound, what the other one had.
 *
 * Invariants
 * 1. What may write is sent once: to another region only where it is known that nothing was sent to the first.
 * 2. Every promise ends within its time, and is rejected with a RegionError, or with what the server or the operation said.
 */
import { EventEmitter } from "node:events";
import { decodeToken, encodeToken, type Token } from "@meridian/core";
import type { Redis as PlainRedis } from "ioredis";
import { RegionError } from "../errors.js";
import type { RegionLimits } from "../limits.js";
import type { BreakerState } from "./breaker.js";
import { type Operation, Region } from "./region.js";
import { isOfSlots, Session, type SessionOptions } from "../sessions/session.js";
import { type ConnectOptions, settingsOf } from "./settings.js";
import { Waits } from "./waiting.js";

export interface RegionStatus {
  readonly name: string;
  /** Open: nobody is sent there. */
  readonly state: BreakerState;
  /** Mean of the round trips; undefined: it has not answered yet. */
  readonly rttMs: number | undefined;
  readonly isLocal: boolean;
  readonly isCurrent: boolean;
  /** Of its last failure. */
  readonly reason: string;
}

export interface RegionChange {
  readonly region: string;
  readonly state: BreakerState;
  readonly reason: string;
}

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly why: "failover" | "failback";
}

export interface RegionEvents {
  /** A region's breaker opened, or closed. */
  region: [RegionChange];
  /** Another region is the one in use. */
  moved: [Move];
  /** The local region answers, and is not gone back to yet, for it lacks what the one in use has. */
  behind: [{ readonly region: string; readonly than: string }];
  /** These regions are not used any more. */
  closed: [];
}

export interface OperationOptions {
  /** All tries together. */
  readonly msMax?: number;
}

export class Regions extends EventEmitter<RegionEvents> {
  readonly local: string;
  readonly names: readonly string[];
  readonly limits: RegionLimits;
  private readonly all: ReadonlyMap<string, Region>;
  private readonly waits: ReadonlyMap<string, Waits>;
  private readonly told = new Map<string, BreakerState>();
  private used: Region;
  private isReady = false;
  private isReturning = false;
  private isClosed = false;
  private returning: NodeJS.Timeout | undefined;

  /** Use `connect`. */
  constructor(options: ConnectOptions) {
    super();
    const { regions, local, limits } = settingsOf(options);
    this.local = local;
    this.limits = limits;
    this.names = regions.map(({ name }) => name);
    this.all = new Map(regions.map((address) => [address.name, new Region(address, limits)]));
    this.waits = new Map([...this.all].map(([name, region]) => [name, new Waits(region, limits)]));
    this.used = this.region(local);
    for (const region of this.all.values()) {
      this.told.set(region.name, "open");
      region.on("changed", () => this.onChanged(region));
    }
  }

  /** The region in use. */
  get current(): string {
    return this.used.name;
  }

  /** The client of one region, or of the one in use; what is sent by it goes there, or is rejected. Never block it. */
  redis(region: string = this.current): PlainRedis {
    return this.region(region).redis;
  }

  status(): RegionStatus[] {
    return [...this.all.values()].map(({ name, state, rttMs, reason, hasFailed }) => ({
      name,
      state,
      rttMs,
      isLocal: name === this.local,
      isCurrent: name === this.current,
      reason: state === "open" || hasFailed ? reason : "",
    }));
  }

  /** The regions that can be asked: the one in use, then the others by distance. */
  order(): string[] {
    const others = [...this.all.values()].filter((region) => region !== this.used && region.state === "closed");
    others.sort((one, other) => (one.rttMs ?? Infinity) - (other.rttMs ?? Infinity));
    return [...(this.used.state === "closed" ? [this.used] : []), ...others].map(({ name }) => name);
  }

  /** Reads in the region in use; where that fails, in the next. The operation may be begun several times. */
  async read<T>(operation: Operation<T>, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<T> {
    return this.tryAll(operation, msMax, true);
  }

  /** Does it in the region in use, or in the next where nothing could be sent to that. */
  async write<T>(operation: Operation<T>, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<T> {
    return this.tryAll(operation, msMax, false);
  }

  /** Does it in this region, or not at all. */
  async inRegion<T>(
    region: string,
    operation: Operation<T>,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<T> {
    return this.region(region).run(operation, msMax);
  }

  /** Where a region stands, as a text that names all that it has by now. */
  async token(
    region: string = this.current,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<string> {
    return encodeToken(await this.region(region).readStanding(msMax));
  }

  /** Whether the region holds what the token names: true as soon as it does, false when the time is over. */
  async wait(token: string, msMax: number, region: string = this.current): Promise<boolean> {
    const { name } = this.region(region);
    const decoded = decodeToken(token);
    if (decoded === undefined) throw new RegionError("MERIDIAN_BADTOKEN");
    if (isOfSlots(decoded)) throw new RegionError("MERIDIAN_SLOTTOKEN", { region: name });
    return this.until(name, decoded, msMax);
  }

  /** What is read and written in a session is seen by its later reads, in whichever region; `token`: what it has seen before. */
  session(token?: string, options?: SessionOptions): Session {
    return new Session(this, token, options);
  }

  /** @ignore As `wait`. */
  until(region: string, token: Token, msMax: number): Promise<boolean> {
    return this.waits.get(region)?.until(token, msMax) ?? Promise.resolve(false);
  }

  /** @ignore As `token`. */
  standing(region: string, msMax: number): Promise<Token> {
    return this.region(region).readStanding(msMax);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.returning);
    for (const region of this.all.values()) region.close();
    this.emit("closed");
  }

  /** @ignore Resolves when a region can be asked: the local one, unless that fails. */
  async ready(): Promise<this> {
    const local = this.region(this.local);
    const isThere = (): boolean =>
      local.state === "closed" || local.mistake !== undefined || (local.isGivenUp && this.order().length > 0);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => end(), this.limits.connectMsMax);
      const look = (): void => void (isThere() && end());
      const end = (): void => {
        clearTimeout(timer);
        for (const region of this.all.values()) region.off("changed", look);
        resolve();
      };
      for (const region of this.all.values()) region.on("changed", look);
    });
    this.isReady = true;
    if (local.mistake === undefined) this.choose();
    if (this.used.state === "closed") return this;
    this.close();
    throw local.mistake ?? this.none();
  }

  private region(name: string): Region {
    const region = this.all.get(name);
    if (region !== undefined) return region;
    throw new RegionError("MERIDIAN_NOSUCHREGION", { region: name, known: this.names.join(", ") });
  }

  private async tryAll<T>(operation: Operation<T>, msMax: number, isRepeatable: boolean): Promise<T> {
    if (this.isClosed) throw new RegionError("MERIDIAN_CLOSED");
    const untilMs = performance.now() + msMax;
    const tried = new Set<string>();
    let last: RegionError | undefined;
    for (;;) {
      const [next, another] = this.order().filter((name) => !tried.has(name));
      const leftMs = untilMs - performance.now();
      if (next === undefined || leftMs <= 0) throw last ?? this.none();
      tried.add(next);
      const isLast = another === undefined || !isRepeatable;
      try {
        return await this.region(next).run(operation, isLast ? leftMs : Math.min(leftMs, this.limits.tryMsMax));
      } catch (error) {
        if (!(error instanceof RegionError)) throw error;
        if (error.code !== "MERIDIAN_REGIONDOWN" && !(isRepeatable && REPEATED.has(error.code))) throw error;
        last = error;
      }
    }
  }

  /** @ignore Why nothing can be asked. */
  none(): RegionError {
    const reasons = [...this.all.values()].map(({ name, reason }) => `${name}: ${reason}`).join("; ");
    return new RegionError("MERIDIAN_NOREGION", { reasons });
  }

  private onChanged(region: Region): void {
    if (this.isClosed) return;
    const { name, state, reason } = region;
    if (this.told.get(name) !== state) {
      this.told.set(name, state);
      this.emit("region", { region: name, state, reason: state === "open" ? reason : "" });
    }
    if (this.isReady) this.choose();
  }

  private choose(): void {
    const local = this.region(this.local);
    if (this.used.state === "closed") {
      if (this.used !== local && local.state === "closed") this.considerReturn();
      return;
    }
    const [next] = this.order();
    if (next !== undefined) this.move(this.region(next), next === this.local ? "failback" : "failover");
  }

  private move(to: Region, why: Move["why"]): void {
    const from = this.used;
    this.used = to;
    this.emit("moved", { from: from.name, to: to.name, why });
    if (why === "failover") this.choose();
  }

  /** To the local region, where it is not far behind the one in use; else it is asked again. */
  private considerReturn(): void {
    if (this.isReturning) return;
    this.isReturning = true;
    const { used: from } = this;
    const local = this.region(this.local);
    void this.catchesUp(local, from).then((caughtUp) => {
      this.isReturning = false;
      if (this.isClosed || this.used !== from) return;
      if (caughtUp && local.state === "closed") {
        this.move(local, "failback");
        return;
      }
      if (local.state === "closed") this.emit("behind", { region: local.name, than: from.name });
      this.returning = setTimeout(() => this.choose(), this.limits.probeEveryMs).unref();
    });
  }

  private async catchesUp(local: Region, from: Region): Promise<boolean> {
    try {
      const standing = await from.readStanding(this.limits.probeMsMax);
      return (await this.waits.get(local.name)?.until(standing, this.limits.failbackLagMsMax)) === true;
    } catch (error) {
      const isOfSlots = error instanceof RegionError && error.code === "MERIDIAN_SLOTTOKEN";
      return isOfSlots && this.saysItCaughtUp(local); // else it is looked at again
    }
  }

  /** In front of clusters, whose tokens are of connections. */
  private async saysItCaughtUp(local: Region): Promise<boolean> {
    try {
      return ((await local.lagMs(this.limits.probeMsMax)) ?? 0) <= this.limits.failbackLagMsMax;
    } catch {
      return false;
    }
  }
}

const REPEATED: ReadonlySet<string> = new Set(["MERIDIAN_REGIONLOST", "MERIDIAN_REGIONTIMEOUT"]);

/**
 * Knows all regions, and resolves when one can be asked: the local one, unless that doesn't answer. Rejects where none can be in
 * time, and where at the local one's address is something else.
 */
export async function connect(options: ConnectOptions): Promise<Regions> {
  return new Regions(options).ready();
}
