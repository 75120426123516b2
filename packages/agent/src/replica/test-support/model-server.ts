/**
 * A region's server in a few lines: logs, vector, incarnations, a disk that lags, as the library behaves. Payloads are
 * JSON of what a real entry carries: the stamp before, and what the entry was made upon.
 */
import type { ApplyReply, Entry } from "../protocol.js";

interface Logged {
  readonly origin: string;
  readonly stamp: number;
  readonly payload: string;
}

interface Content {
  previous: number;
  dependencies: [string, number][];
  id: number;
}

/** A payload that can't be read. */
export const POISON = "?";

export class ModelServer {
  ownOrigin: string;
  /** In the order in which it happened here: the whole of what is durable or not. */
  private history: Logged[] = [];
  private logs = new Map<string, Logged[]>();
  private onDisk = 0;
  private vector = new Map<string, number>();
  private declared = new Map<string, number>();
  private readonly trimmed = new Map<string, number>();
  private incarnation = 1;

  constructor(readonly region: string) {
    this.ownOrigin = `${region}~1`;
  }

  write(id: number, clock: number): void {
    const last = Math.max(0, ...this.vector.values());
    const stamp = Math.max(clock, last + 1);
    const dependencies: [string, number][] = [];
    for (const [origin, seen] of this.vector) {
      if (origin === this.ownOrigin || this.declared.get(origin) === seen) continue;
      dependencies.push([origin, seen]);
      this.declared.set(origin, seen);
    }
    const content: Content = { previous: this.vector.get(this.ownOrigin) ?? 0, dependencies, id };
    this.append({ origin: this.ownOrigin, stamp, payload: JSON.stringify(content) });
  }

  state(): { ownOrigin: string; vector: Map<string, number> } {
    return { ownOrigin: this.ownOrigin, vector: new Map([[this.ownOrigin, 0], ...this.vector]) };
  }

  apply(origin: string, entries: readonly Entry<string>[]): ApplyReply {
    if (entries.some(({ payload }) => payload === POISON)) return { status: "bad", message: "MERIDIAN_BADENTRY" };
    for (const { stamp, payload } of entries) {
      const here = this.vector.get(origin) ?? 0;
      if (stamp <= here || origin === this.ownOrigin) continue;
      const { previous, dependencies } = JSON.parse(payload) as Content;
      if (previous !== here) return this.reply("gap", origin);
      const missing = dependencies.find(([other, seen]) => (this.vector.get(other) ?? 0) < seen);
      if (missing !== undefined)
        return { ...this.reply("wait", origin), detailOrigin: missing[0], detailStamp: missing[1] };
      this.append({ origin, stamp, payload });
    }
    return this.reply("ok", origin);
  }

  log(origin: string, after: number, entriesMax: number): Entry<string>[] {
    const from = Math.max(after, this.trimmed.get(origin) ?? 0);
    const log = this.logs.get(origin) ?? [];
    let [low, high] = [0, log.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((log.at(middle)?.stamp ?? 0) <= from) low = middle + 1;
      else high = middle;
    }
    return log.slice(low, low + entriesMax);
  }

  trim(origin: string, stamp: number): void {
    this.trimmed.set(origin, Math.max(stamp, this.trimmed.get(origin) ?? 0));
  }

  /** All that was done is on the disk now; what the vector was then. */
  sync(): Map<string, number> {
    this.onDisk = this.history.length;
    return new Map(this.vector);
  }

  /** kill -9: of what is not on the disk, the first `part` (0 to 1) happens to be there all the same. */
  crash(part: number): void {
    const kept = this.onDisk + Math.floor((this.history.length - this.onDisk) * part);
    const history = this.history.slice(0, kept);
    this.history = [];
    this.logs = new Map();
    this.vector = new Map();
    this.declared = new Map();
    for (const entry of history) this.append(entry);
    this.onDisk = kept;
    this.ownOrigin = `${this.region}~${++this.incarnation}`;
  }

  ids(): number[] {
    return this.history.map(({ payload }) => (JSON.parse(payload) as Content).id).sort((a, b) => a - b);
  }

  private append(entry: Logged): void {
    this.history.push(entry);
    const log = this.logs.get(entry.origin);
    if (log === undefined) this.logs.set(entry.origin, [entry]);
    else log.push(entry);
    this.vector.set(entry.origin, entry.stamp);
  }

  private reply(status: "ok" | "gap" | "wait", origin: string) {
    return { status, at: this.vector.get(origin) ?? 0, detailOrigin: "", detailStamp: 0 };
  }
}
