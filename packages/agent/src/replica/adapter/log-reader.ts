/**
 * Reads logs, on connections of its own: one waits for new entries of the own log (XREAD BLOCK), one fetches what
 * lies behind (XRANGE), so that neither holds up an apply.
 *
 * How many entries a read asks for follows from the size of those before, for COUNT knows no bytes.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "@meridian/engine";
import type { Command, Entry } from "../protocol.js";
import { idOfStamp } from "../stamps.js";
import { adapterLimits } from "./limits.js";
import { entriesOf } from "./log-entries.js";

export type ReadCommand = Extract<Command<Buffer>, { kind: "read" }>;
type Connection = ReturnType<Engine["duplicate"]>;

export class LogReader {
  private fetching: Connection | undefined;
  private following: Connection | undefined;
  private followBusy = false;
  private followedAtMs = 0;
  private readonly rowBytes = new Map<string, number>();

  constructor(private readonly engine: Engine) {}

  /** Nothing: the log ends. Rejects when the server is lost, or when a newer `follow` took this one's place. */
  read(command: ReadCommand): Promise<readonly Entry<Buffer>[]> {
    return command.follow ? this.follow(command) : this.fetch(command);
  }

  stop(): void {
    this.fetching?.disconnect();
    this.following?.disconnect();
  }

  private async fetch({ origin, after, entriesMax, bytesMax }: ReadCommand): Promise<readonly Entry<Buffer>[]> {
    this.fetching ??= this.engine.duplicate();
    const count = this.countFor(origin, entriesMax, bytesMax);
    const reply = await this.fetching.callBuffer(
      "XRANGE",
      this.keyOf(origin),
      `(${idOfStamp(after)}`,
      "+",
      "COUNT",
      String(count),
    );
    return this.parse(origin, reply, after);
  }

  private async follow({ origin, after, entriesMax, bytesMax }: ReadCommand): Promise<readonly Entry<Buffer>[]> {
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
        String(this.countFor(origin, entriesMax, bytesMax)),
        "BLOCK",
        String(adapterLimits.followMs),
        "STREAMS",
        this.keyOf(origin),
        idOfStamp(after),
      );
      if (!Array.isArray(reply)) return [];
      const [, rows] = reply[0] as [Buffer, unknown];
      return this.parse(origin, rows, after);
    } finally {
      this.followedAtMs = performance.now();
      if (this.following === connection) this.followBusy = false;
    }
  }

  private parse(origin: string, reply: unknown, after: number): readonly Entry<Buffer>[] {
    const { entries, bytes, rows } = entriesOf(reply, after);
    if (rows > 0) {
      const before = this.rowBytes.get(origin);
      this.rowBytes.set(origin, Math.max(bytes / rows, (before ?? 0) * 0.9, 1));
    }
    return entries;
  }

  private countFor(origin: string, entriesMax: number, bytesMax: number): number {
    const rowBytes = this.rowBytes.get(origin);
    if (rowBytes === undefined) return Math.min(entriesMax, adapterLimits.firstReadEntries);
    return Math.max(1, Math.min(entriesMax, Math.floor(bytesMax / rowBytes)));
  }

  private keyOf(origin: string): string {
    return `${this.engine.root}:log:${origin}`;
  }
}
