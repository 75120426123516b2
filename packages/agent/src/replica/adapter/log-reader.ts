/**
 * Reads logs, on connections of its own: one waits until the own log grows (XREAD BLOCK), one fetches records (the
 * library's `read`), so that neither holds up an apply. A backlog is put together in runs (run-reader.ts).
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "@meridian/engine";
import type { Command, Entry } from "../protocol.js";
import { idOfStamp } from "../stamps.js";
import { adapterLimits } from "./limits.js";
import { recordsOf } from "./records.js";
import { readRuns, type RunLimits } from "./run-reader.js";

export type ReadCommand = Extract<Command<Buffer>, { kind: "read" }>;
type Connection = ReturnType<Engine["duplicate"]>;

export class LogReader {
  private fetching: Connection | undefined;
  private following: Connection | undefined;
  private followBusy = false;
  private followedAtMs = 0;
  private stopped = false;

  constructor(
    private readonly engine: Engine,
    private readonly limits: RunLimits,
  ) {}

  /** Nothing: the log ends. Rejects when the server is lost, or when a newer `follow` took this one's place. */
  read(command: ReadCommand): Promise<readonly Entry<Buffer>[]> {
    if (command.follow) return this.follow(command);
    const { backlog } = command;
    if (backlog === undefined) return this.fetch(command);
    return readRuns(command, backlog, this.limits, (piece) => this.fetch(piece));
  }

  stop(): void {
    this.stopped = true;
    this.fetching?.disconnect();
    this.following?.disconnect();
  }

  private async fetch({ origin, after, entriesMax, bytesMax }: ReadCommand): Promise<readonly Entry<Buffer>[]> {
    if (this.stopped) throw new Error("it was stopped");
    this.fetching ??= this.engine.duplicate();
    const { root } = this.engine;
    const limits = [String(after), String(entriesMax), String(bytesMax)];
    return recordsOf(await this.fetching.callBuffer("FCALL", "mer_free", "1", root, "read", origin, ...limits));
  }

  private async follow(command: ReadCommand): Promise<readonly Entry<Buffer>[]> {
    if (this.followBusy) {
      this.following?.disconnect(); // it waits for what nobody wants now
      this.following = undefined;
    }
    this.following ??= this.engine.duplicate();
    const connection = this.following;
    this.followBusy = true;
    try {
      const sinceMs = performance.now() - this.followedAtMs;
      if (sinceMs < adapterLimits.followPauseMs) await delay(adapterLimits.followPauseMs);
      const reply = await connection.callBuffer(
        "XREAD",
        "COUNT",
        "1",
        "BLOCK",
        String(adapterLimits.followMs),
        "STREAMS",
        `${this.engine.root}:log:${command.origin}`,
        idOfStamp(command.after),
      );
      return Array.isArray(reply) ? await this.fetch(command) : [];
    } finally {
      this.followedAtMs = performance.now();
      if (this.following === connection) this.followBusy = false;
    }
  }
}
