/**
 * One region: a model server, the core over it, and what its disk holds.
 *
 * A crash loses everything after the last fsync; the process that starts again has no memory and another run id, so
 * the core begins a new incarnation. Calls of the core are atomic: time stands still in them.
 */
import { decodeFrames, run, type Reply } from "@meridian/core";
import { ModelHost, ModelKeyspace, unpack, type Draw, type Snapshot } from "@meridian/testkit";
import { Failure, text } from "./failure.js";
import type { History } from "./history.js";
import { bucketOf, LOG_PREFIX, regionOf, ROOT, stampOf, WHOLE } from "./names.js";
import { visibleState, type VisibleState } from "./visible.js";

export interface LogEntry {
  stamp: number;
  payload: string;
}

/** What the core keeps of the members (packages/core/src/state/membership.ts); the note is the simulator's own. */
export interface KnownMembers {
  readonly revision: string;
  readonly note: string;
  readonly places: string;
  readonly closed: string;
}

/** How its server is configured: the regions that it is told of, and whether it joins them. */
export interface Start {
  readonly told: readonly string[];
  readonly joins: boolean;
}

const NO_MEMBERS: KnownMembers = { revision: "0", note: "", places: "", closed: "" };

export class Region {
  readonly name: string;
  readonly keyspace: ModelKeyspace;
  skewMs: number;
  /** The vector that a crash falls back to. */
  durableVector: ReadonlyMap<string, number> = new Map();
  /** The list of members that a crash falls back to. */
  durableMembers: KnownMembers = NO_MEMBERS;
  private readonly host: ModelHost;
  private readonly regions: string[];
  private readonly start: Start | undefined;
  private readonly history: History;
  private durable: Snapshot;
  private backup: Snapshot;
  private starts = 0;

  /** `regions`: all there ever will be, in their order. `start`: where it is not told of all of them. */
  constructor(
    name: string,
    regions: string[],
    history: History,
    draw: Draw,
    worldMs: () => number,
    skewMs: number,
    start?: Start,
  ) {
    this.name = name;
    this.regions = regions;
    this.start = start;
    this.history = history;
    this.skewMs = skewMs;
    this.keyspace = new ModelKeyspace({ nowMs: () => worldMs() + this.skewMs, random: draw.random });
    this.host = new ModelHost(this.keyspace);
    this.restart();
    this.durable = this.keyspace.snapshot();
    this.backup = this.durable;
    this.sync();
  }

  /** Its place among all, from 1. */
  get number(): number {
    return this.regions.indexOf(this.name) + 1;
  }

  /** The same from 0: what the network knows it by. */
  get place(): number {
    return this.number - 1;
  }

  /** The list of members that its server keeps. */
  members(): KnownMembers {
    const [revision = "", note = "", places = "", , closed = ""] = this.call("members") as string[];
    return { revision, note, places, closed };
  }

  /** Calls the core, and takes up in the history what the region logged meanwhile. */
  call(...args: string[]): Reply {
    const reply = this.keyspace.atomic(() => run(this.host, ROOT, args));
    this.collect();
    return reply;
  }

  vector(): Map<string, number> {
    const state = this.call("state");
    if (!Array.isArray(state)) throw new Failure("state", text(state));
    const vector = this.history.whole(state[5] as (string | number)[]);
    for (const [origin, stamp] of vector) if (stamp === 0) vector.delete(origin);
    return vector;
  }

  /** How many entries its vector has. */
  width(): number {
    return ((this.call("state") as Reply[])[5] as Reply[]).length / 2;
  }

  /** Those that stand for all that is folded away here. */
  folded(): string[] {
    const flat = (this.call("state") as (string | number)[][])[5] ?? [];
    return flat.flatMap((part, at) => (Number(flat[at + 1]) === WHOLE ? [String(part)] : []));
  }

  /** The origin that writes. */
  ownOrigin(): string {
    return text((this.call("state") as Reply[])[2] ?? "").slice(1, -1);
  }

  visible(): VisibleState {
    return visibleState(this.keyspace);
  }

  /** Everything up to now is on disk. */
  sync(): void {
    this.durableVector = this.vector();
    this.durableMembers = this.members();
    this.durable = this.keyspace.snapshot();
  }

  crash(): void {
    this.keyspace.restore(this.durable);
    this.restart();
  }

  /** What it has now is what `setBack` goes back to. */
  backUp(): void {
    this.backup = this.keyspace.snapshot();
  }

  /** Its disk is lost, and the server starts with the backup. */
  setBack(): void {
    this.keyspace.restore(this.backup);
    this.restart();
    this.sync();
  }

  isImporting(): boolean {
    return this.keyspace.slot(`${ROOT}:im`) !== undefined;
  }

  /** Keys were taken in by state that are ahead of the vector. */
  isAhead(): boolean {
    return this.isImporting() || this.keyspace.slot(`${ROOT}:iv`) !== undefined;
  }

  /** What the region has seen of the key. */
  vectorOf(key: string): ReadonlyMap<string, number> {
    const vector = this.vector();
    const stored = this.keyspace.slot(`${ROOT}:iv`)?.value;
    if (stored?.type !== "hash") return vector;
    const bucket = bucketOf(key);
    for (const [from, packed] of stored.fields) {
      const [to, flat] = unpack(packed) as [number, (string | number)[]];
      if (bucket < Number(from) || bucket >= to) continue;
      for (const [origin, stamp] of this.history.whole(flat)) {
        vector.set(origin, Math.max(vector.get(origin) ?? 0, stamp));
      }
    }
    return vector;
  }

  /** The same process was a replica and is promoted again, with the data of the last sync. */
  promote(): void {
    this.keyspace.restore(this.durable);
    this.keyspace.replicationId = `${this.keyspace.replicationId}+`.slice(-40);
    this.host.memory = {};
    this.collect();
  }

  /** The entries of an origin's log here that come after the stamp. */
  entriesAfter(origin: string, stamp: number): LogEntry[] {
    return this.log(origin).filter((entry) => entry.stamp > stamp);
  }

  origins(): string[] {
    return this.keyspace.keys().flatMap((key) => (key.startsWith(LOG_PREFIX) ? [key.slice(LOG_PREFIX.length)] : []));
  }

  /** Sweeps every bucket that holds something (a whole cycle visits 65536). Returns how many keys it removed. */
  sweep(): number {
    let removed = this.sweepBucket(0);
    for (const key of this.keyspace.keys()) {
      const bucket = /:m:([0-9a-f]{4})$/.exec(key)?.[1];
      if (!key.startsWith(`${ROOT}:m:`) || bucket === undefined) continue;
      removed += this.sweepBucket(parseInt(bucket, 16));
    }
    return removed;
  }

  private sweepBucket(index: number): number {
    const reply = this.call("sweep", String(index), "1");
    if (!Array.isArray(reply)) throw new Failure("sweep", text(reply));
    return Number(reply[1]);
  }

  private restart(): void {
    this.starts++;
    this.host.restart(`${this.name}-${this.starts}`.padEnd(40, "0"));
    const list = (this.start?.told ?? this.regions).join(",");
    const reply = this.call("configure", this.name, list, this.start?.joins === true ? "joining" : "");
    if (text(reply) !== text({ ok: "OK" })) throw new Failure("configure", text(reply));
  }

  private collect(): void {
    for (const origin of this.origins()) {
      if (regionOf(origin) !== this.name) continue;
      const fresh: LogEntry[] = [];
      const log = this.log(origin);
      for (let at = log.length - 1; at >= 0; at--) {
        const entry = log[at]!;
        if (this.history.has(origin, entry.stamp)) break;
        fresh.unshift(entry);
      }
      for (const { stamp, payload } of fresh) this.history.add(origin, stamp, payload);
    }
  }

  private log(origin: string): LogEntry[] {
    const value = this.keyspace.slot(LOG_PREFIX + origin)?.value;
    if (value?.type !== "stream") return [];
    return value.entries.flatMap(({ id, fields }) => {
      if (fields[0] !== "b" || fields.length !== 2) throw new Failure("log", `a row of other fields: ${text(fields)}`);
      const entries = decodeFrames(fields[1] ?? "");
      if (entries.at(-1)?.stamp !== stampOf(id))
        throw new Failure("log", `row ${id.join("-")} ends with another stamp`);
      return entries;
    });
  }
}
