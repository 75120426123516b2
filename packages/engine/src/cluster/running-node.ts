/**
 * One primary of the region, and its way to be up: connected, found fit, with the library in it, its slots' partitions ready.
 *
 * Whatever breaks on the way is told and done again, after a pause that grows; a connection that is lost begins all anew, for the
 * process behind it may be another one.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { addressText, type Address } from "../address.js";
import { EngineError } from "../errors.js";
import { ensureLibrary, type LibrarySource } from "../library.js";
import { limits } from "../limits.js";
import { examineServer, isBlocking } from "../requirements.js";
import type { SlotNode } from "./slots.js";
import type { Place } from "./topology.js";

export interface NodeWork {
  readonly library: LibrarySource;
  readonly isCluster: boolean;
  /** Makes the slots of the node ready that are not; false: some could not be made so now. */
  prepare(node: RunningNode): Promise<boolean>;
  hasPending(node: RunningNode): boolean;
  /** It is known yet how partitions are to be. */
  isOpen(): boolean;
  /** It was up. */
  lost(node: RunningNode): void;
  problem(error: unknown): void;
}

export class RunningNode implements SlotNode {
  readonly id: string;
  readonly address: Address;
  isUp = false;
  slots: readonly number[] = [];
  /** Settles when all was ready for the first time, or with what first went wrong. */
  readonly first: Promise<unknown>;
  private settleFirst: (problem: unknown) => void = () => undefined;
  private readonly halt = new AbortController();
  private working: Promise<void> | undefined;

  constructor(
    place: Place,
    readonly redis: Redis,
    private readonly work: NodeWork,
  ) {
    this.id = place.id;
    this.address = place.address;
    this.first = new Promise((resolve) => (this.settleFirst = resolve));
    redis.on("ready", () => this.wake());
    redis.on("close", () => this.down());
  }

  get text(): string {
    return addressText(this.address);
  }

  /** There is something to be made ready. */
  wake(): void {
    if (this.halt.signal.aborted) return;
    this.working ??= this.makeReady().finally(() => (this.working = undefined));
  }

  /** Its data is gone: what was ready is not. */
  emptied(): void {
    if (!this.isUp) return;
    this.down();
    this.wake();
  }

  /** What is under way is rejected. */
  stop(): void {
    this.halt.abort();
    this.redis.disconnect();
    this.settleFirst(undefined);
  }

  private down(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.work.lost(this);
  }

  private get isToDo(): boolean {
    if (this.halt.signal.aborted || !this.work.isOpen() || this.redis.status !== "ready") return false;
    return !this.isUp || this.work.hasPending(this);
  }

  private async makeReady(): Promise<void> {
    let pauseMs: number = limits.restartDelayMsMin;
    while (this.isToDo) {
      const isDone = await this.attempt();
      if (isDone || this.halt.signal.aborted) continue;
      await delay(pauseMs, undefined, { signal: this.halt.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, limits.prepareDelayMsMax);
    }
  }

  private async attempt(): Promise<boolean> {
    try {
      if (!this.isUp) {
        await this.examine();
        await ensureLibrary(this.redis, this.work.library, this.text);
        this.isUp = true;
      }
      const isDone = await this.work.prepare(this);
      this.settleFirst(undefined);
      return isDone;
    } catch (error) {
      if (!this.halt.signal.aborted) this.work.problem(error);
      this.settleFirst(error);
      return false;
    }
  }

  private async examine(): Promise<void> {
    const findings = await examineServer(this.redis, false, this.work.isCluster);
    const problems = findings.filter(isBlocking).map(({ message }) => message);
    if (problems.length === 0) return;
    throw new EngineError("MERIDIAN_REQUIREMENTS", { address: this.text, problems: problems.join("; and ") });
  }
}
