/**
 * Follows sampled writes through this region's replication, by what its machine hears and does: a write made here from its
 * stamp until the other regions have it, one made elsewhere from its arrival until it is applied.
 *
 * 1. It only listens; what it remembers is bounded, and the oldest of it goes.
 * 2. A write that was caught up in a run is traced by the run's last one; a state that was taken in is not traced.
 */
import { agentLimits } from "../limits.js";
import { type Command, msOfStamp, regionOfOrigin, type ReplicaEvent, stampIn } from "../replica/index.js";
import type { SpanText } from "./spans.js";
import { isSampled, spanIdOf, traceIdOf, type TracedWrite } from "./trace-ids.js";

export interface WriteTracesOptions {
  region: string;
  sampleRate: number;
  /** The other regions, as they are now. */
  peers: () => readonly string[];
  add: (span: SpanText) => void;
  nowMs?: () => number;
}

interface Sent extends TracedWrite {
  /** When it first went to each region. */
  sentMs: Map<string, number>;
  held: Set<string>;
}

type Event = ReplicaEvent<Uint8Array>;
type Done = Command<Uint8Array>;

export class WriteTraces {
  private readonly sent = new Map<string, Sent>();
  private readonly received = new Map<string, { source: string; atMs: number }>();
  private readonly applying = new Map<number, TracedWrite[]>();
  private readonly nowMs: () => number;

  constructor(private readonly options: WriteTracesOptions) {
    this.nowMs = options.nowMs ?? Date.now;
  }

  heard(event: Event): void {
    switch (event.kind) {
      case "acked":
        return this.acked(event.peer, event.standing.applied);
      case "received":
        return this.arrived(event.source, event.batch);
      case "applied":
        return this.applied(event.apply, "at" in event.reply ? event.reply.at : undefined);
      default:
        return;
    }
  }

  done(command: Done): void {
    if (command.kind === "send") this.sends(command.peer, command.batch);
    if (command.kind !== "apply") return;
    const { apply, origin, entries } = command;
    const writes = entries.map(({ stamp }) => ({ origin, stamp })).filter((write) => this.received.has(nameOf(write)));
    if (writes.length > 0) this.applying.set(apply, writes);
    trim(this.applying);
  }

  private sends(peer: string, { origin, entries }: Extract<Done, { kind: "send" }>["batch"]): void {
    if (regionOfOrigin(origin) !== this.options.region) return; // what is passed on has its trace from where it was made
    for (const { stamp } of entries) {
      const write = { origin, stamp };
      if (!isSampled(write, this.options.sampleRate)) continue;
      const name = nameOf(write);
      const known = this.sent.get(name);
      if (known?.sentMs.has(peer) === true) continue;
      if (known === undefined) this.span(write, "log", "internal", [msOfStamp(stamp), this.nowMs()], {});
      const sent = known ?? { ...write, sentMs: new Map<string, number>(), held: new Set<string>() };
      sent.sentMs.set(peer, this.nowMs());
      this.sent.set(name, sent);
    }
    trim(this.sent);
  }

  private acked(peer: string, applied: ReadonlyMap<string, number>): void {
    for (const [name, sent] of this.sent) {
      const sentMs = sent.sentMs.get(peer);
      if (sentMs === undefined || sent.held.has(peer) || stampIn(applied, sent.origin) < sent.stamp) continue;
      sent.held.add(peer);
      this.span(sent, `link ${peer}`, "producer", [sentMs, this.nowMs()], { "meridian.peer": peer });
      if (this.options.peers().some((other) => !sent.held.has(other))) continue;
      this.sent.delete(name);
      this.span(sent, "write", "internal", [msOfStamp(sent.stamp), this.nowMs()], {});
    }
  }

  private arrived(source: string, { origin, entries }: Extract<Event, { kind: "received" }>["batch"]): void {
    for (const { stamp } of entries) {
      const write = { origin, stamp };
      const name = nameOf(write);
      if (this.received.has(name) || !isSampled(write, this.options.sampleRate)) continue;
      this.received.set(name, { source, atMs: this.nowMs() });
    }
    trim(this.received);
  }

  private applied(apply: number, at: number | undefined): void {
    const writes = this.applying.get(apply) ?? [];
    this.applying.delete(apply);
    for (const write of writes) {
      const name = nameOf(write);
      const arrival = this.received.get(name);
      if (arrival === undefined || at === undefined || write.stamp > at) continue; // it is applied again
      this.received.delete(name);
      const attributes = { "meridian.source": arrival.source };
      this.span(write, `apply ${this.options.region}`, "consumer", [arrival.atMs, this.nowMs()], attributes);
    }
  }

  private span(
    write: TracedWrite,
    part: string,
    kind: SpanText["kind"],
    [fromMs, toMs]: [number, number],
    attributes: SpanText["attributes"],
  ): void {
    const { region } = this.options;
    const about = { "meridian.origin": write.origin, "meridian.stamp": String(write.stamp), "meridian.region": region };
    this.options.add({
      traceId: traceIdOf(write),
      spanId: spanIdOf(write, part),
      parentId: parentOf(write, part, region),
      name: part,
      kind,
      fromMs,
      toMs,
      attributes: { ...about, ...attributes },
    });
  }
}

/** A write has its time in the log and the ways to other regions in it, and a way what is applied at its end. */
function parentOf(write: TracedWrite, part: string, region: string): string | undefined {
  if (part === "write") return undefined;
  return spanIdOf(write, part.startsWith("apply ") ? `link ${region}` : "write");
}

function nameOf({ origin, stamp }: TracedWrite): string {
  return `${origin} ${stamp}`;
}

function trim(remembered: Map<unknown, unknown>): void {
  for (const name of remembered.keys()) {
    if (remembered.size <= agentLimits.tracesMax) return;
    remembered.delete(name);
  }
}
