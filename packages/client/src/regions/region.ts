/**
 * One region as the client sees it: a connection for operations and one for questions, the round trip, and the breaker.
 *
 * Invariants
 * 1. Every promise ends within the time that it was given.
 * 2. What is known of where the region stands is forgotten when the connection that said so is lost: after that its server may
 *    be one that lost its last writes.
 */
import { EventEmitter } from "node:events";
import { holdsToken, type Token } from "@meridian/core";
import { Redis as PlainRedis } from "ioredis";
import { RegionError } from "../errors.js";
import type { RegionLimits } from "../limits.js";
import { Redis } from "../redis.js";
import { Breaker, type BreakerState } from "./breaker.js";
import { isRegionFailure } from "./region-failure.js";
import type { RegionAddress } from "./settings.js";
import { Standing } from "./standing.js";
import { within } from "./time-limit.js";

/** Of each new round trip so much goes into the mean. */
const NEW_SHARE = 0.3;

export type Operation<T> = (redis: PlainRedis, region: string) => Promise<T>;

export class Region extends EventEmitter<{ /** It answered, or failed. */ changed: [] }> {
  readonly name: string;
  /** For operations. */
  readonly redis: PlainRedis;
  /** Mean of the round trips; undefined: it has not answered yet. */
  rttMs: number | undefined;
  /** What answers at its address is not the region. */
  mistake: RegionError | undefined;
  private readonly questions: PlainRedis;
  private readonly standing: Standing;
  private readonly breaker: Breaker;
  /** When there was a connection last, or none was to be expected yet. */
  private connectedMs = performance.now();
  private known: Token | undefined;
  private isIdentified = false;
  /** Whether the connection will be there: for all who wait for it. */
  private soonReady: Promise<boolean> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    address: RegionAddress,
    private readonly limits: RegionLimits,
  ) {
    super();
    this.name = address.name;
    this.breaker = new Breaker(limits);
    const options = {
      ...address.options,
      connectTimeout: limits.tryMsMax,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (times: number) =>
        Math.min(limits.reconnectMsMin * 2 ** Math.min(times - 1, 16), limits.reconnectMsMax),
    };
    this.redis = address.through === "server" ? new Redis(address.url, options) : new PlainRedis(address.url, options);
    this.questions = new PlainRedis(address.url, { ...options, keyPrefix: "" });
    this.standing = new Standing(address, this.questions);
    for (const client of [this.redis, this.questions]) {
      client.on("error", (error: Error) => this.failed(error.message));
      client.on("ready", () => this.probeNow());
      endSlowGreeting(client, limits.tryMsMax);
    }
    this.questions.on("close", () => this.forget());
    this.probeLater();
  }

  get state(): BreakerState {
    return this.breaker.state;
  }

  /** Why it is not used. */
  get reason(): string {
    return this.breaker.reason;
  }

  /** Where it stood when it was asked last; undefined where that is not known any more. */
  get knownStanding(): Token | undefined {
    return this.known;
  }

  /** What was sent may have taken effect, whatever the error; but for MERIDIAN_REGIONDOWN. */
  async run<T>(operation: Operation<T>, msMax: number): Promise<T> {
    if (this.isClosed) throw new RegionError("MERIDIAN_CLOSED");
    const { name: region, redis } = this;
    if (redis.status !== "ready") {
      this.soonReady ??= this.isSoonReady().finally(() => (this.soonReady = undefined));
      if (await this.soonReady) return this.run(operation, msMax);
      throw new RegionError("MERIDIAN_REGIONDOWN", { region, reason: this.reason });
    }
    try {
      const result = await within(
        operation(redis, region),
        msMax,
        () => new RegionError("MERIDIAN_REGIONTIMEOUT", { region, ms: msMax }),
      );
      this.breaker.succeeded("operation", performance.now());
      return result;
    } catch (error) {
      if (error instanceof RegionError && error.code === "MERIDIAN_REGIONTIMEOUT") this.operationFailed(error.message);
      if (!isRegionFailure(error)) throw error;
      this.operationFailed(error.message);
      throw new RegionError("MERIDIAN_REGIONLOST", { region, reason: error.message });
    }
  }

  /** Where it stands: all that was acknowledged by it before this is in it. */
  async readStanding(msMax: number): Promise<Token> {
    if (this.isClosed) throw new RegionError("MERIDIAN_CLOSED");
    const { name: region } = this;
    try {
      this.known = await within(
        this.standing.read(),
        msMax,
        () => new RegionError("MERIDIAN_REGIONTIMEOUT", { region, ms: msMax }),
      );
      return this.known;
    } catch (error) {
      if (!isRegionFailure(error)) throw error;
      throw new RegionError("MERIDIAN_REGIONLOST", { region, reason: error.message });
    }
  }

  /** As its gateway says; undefined: nobody says. */
  async lagMs(msMax: number): Promise<number | undefined> {
    const { name: region } = this;
    return within(this.standing.lagMs(), msMax, () => new RegionError("MERIDIAN_REGIONTIMEOUT", { region, ms: msMax }));
  }

  /** It failed since the beginning, or since it succeeded. */
  get hasFailed(): boolean {
    return this.breaker.hasFailed;
  }

  get isGivenUp(): boolean {
    return this.breaker.isGivenUp;
  }

  /** As far as is known without asking. */
  isKnownToHold(token: Token): boolean {
    return this.known !== undefined && holdsToken(this.known, token);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.forget();
    this.redis.disconnect();
    this.questions.disconnect();
  }

  /** A connection that was lost is mostly there again at once. */
  private isSoonReady(): Promise<boolean> {
    if (this.state === "open") return Promise.resolve(false);
    const { redis } = this;
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(), this.limits.readyMsMax);
      const end = (): void => {
        clearTimeout(timer);
        redis.off("ready", end);
        this.off("changed", look);
        resolve(redis.status === "ready");
      };
      const look = (): void => void (this.state === "open" && end());
      redis.on("ready", end);
      this.on("changed", look);
    });
  }

  private forget(): void {
    this.known = undefined;
    this.isIdentified = false;
  }

  private probeNow(): void {
    clearTimeout(this.timer);
    if (this.questions.status === "ready" && this.redis.status === "ready") void this.probe();
    else this.probeLater();
  }

  private async probe(): Promise<void> {
    const { limits, questions, redis } = this;
    if (questions.status !== "ready" || redis.status !== "ready") {
      const sinceMs = performance.now() - this.connectedMs;
      if (sinceMs > limits.probeMsMax) this.failed("there is no connection to it");
      return this.probeLater();
    }
    const startMs = (this.connectedMs = performance.now());
    try {
      const region = this.name;
      const asked: Promise<unknown> = this.isIdentified ? questions.ping() : this.standing.identify();
      await within(asked, limits.probeMsMax, () => {
        return new RegionError("MERIDIAN_REGIONTIMEOUT", { region, ms: limits.probeMsMax });
      });
      this.isIdentified = true;
      this.answered(performance.now() - startMs);
    } catch (error) {
      this.probeFailed(error);
    }
    this.probeLater();
  }

  private probeLater(): void {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    this.timer = setTimeout(() => void this.probe(), this.limits.probeEveryMs);
    this.timer.unref();
  }

  private answered(tookMs: number): void {
    this.rttMs = this.rttMs === undefined ? tookMs : this.rttMs + NEW_SHARE * (tookMs - this.rttMs);
    this.mistake = undefined;
    this.breaker.succeeded("probe", performance.now());
    this.emit("changed");
  }

  private probeFailed(error: unknown): void {
    const code = error instanceof RegionError ? error.code : undefined;
    if (code === "MERIDIAN_WRONGREGION") this.mistake = error as RegionError;
    this.failed(error instanceof Error ? error.message : String(error), code === "MERIDIAN_WRONGREGION");
    if (code === "MERIDIAN_REGIONTIMEOUT") this.questions.disconnect(true);
  }

  private operationFailed(reason: string): void {
    if (!this.breaker.failed("operation", reason, performance.now())) return;
    this.redis.disconnect(true); // nothing comes by it any more
    this.emit("changed");
  }

  private failed(reason: string, isSure = false): void {
    if (this.isClosed) return;
    const hasOpened = this.breaker.failed("probe", reason, performance.now(), isSure);
    if (hasOpened && !isSure) this.redis.disconnect(true);
    this.emit("changed");
  }
}

/** A connection that was made, and on which nothing comes: another one may fare better. */
function endSlowGreeting(client: PlainRedis, msMax: number): void {
  let timer: NodeJS.Timeout | undefined;
  client.on("connect", () => {
    timer = setTimeout(() => client.disconnect(true), msMax);
    timer.unref();
  });
  for (const event of ["ready", "close"]) client.on(event, () => clearTimeout(timer));
}
