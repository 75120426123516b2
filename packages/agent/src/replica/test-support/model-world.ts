/**
 * Regions with machines and model servers over a model network, on a virtual clock: everything that happens is drawn
 * from one seed.
 */
import type { SeededRandom } from "@meridian/testkit";
import type { Alarm } from "../alarms.js";
import { replicaLimits, type ReplicaLimits } from "../limits.js";
import { Replica } from "../machine.js";
import type { Command, Entry, ReplicaEvent, Standing } from "../protocol.js";
import { stampAtMs } from "../stamps.js";
import { ModelServer, POISON } from "./model-server.js";

type Event = ReplicaEvent<string>;

const EPOCH_MS = 1_800_000_000_000;

export const worldLimits: ReplicaLimits = {
  ...replicaLimits,
  windowBytesMax: 3000,
  windowEntriesMax: 40,
  frameBytesMax: 400,
  frameEntriesMax: 8,
  readEntriesMax: 16,
  tailBytesMax: 2000,
  applyEntriesMax: 6,
  queueBytesMax: 2500,
  relayAfterMs: 300,
  relayConnectedAfterMs: 1500,
  rewindRetryMs: 400,
  applyRetryMs: 100,
  quarantineMs: 1500,
  parkMs: 2000,
  trimEveryMs: 200,
  trimKeepMs: 500,
};

/** How bad this run is, each from 0. */
export interface Weather {
  readonly delayMs: number;
  readonly writeRate: number;
  readonly breakRate: number;
  readonly cutRate: number;
  readonly agentCrashRate: number;
  readonly serverCrashRate: number;
  readonly poisonRate: number;
}

interface Node {
  readonly name: string;
  machine: Replica<string>;
  readonly server: ModelServer;
  serverUp: boolean;
  /** Counts lives of agent and server: answers to an earlier one are lost. */
  life: number;
  follow: Extract<Command<string>, { kind: "read" }> | undefined;
  serverClearMs: number;
}

interface Stream {
  readonly sender: Node;
  readonly receiver: Node;
  number: number;
  open: boolean;
  dialAtMs: number;
  /** Each way: nothing overtakes. */
  clearMs: [number, number];
}

export class World {
  readonly alarms: Alarm[] = [];
  readonly nodes: Node[];
  nowMs = 0;
  private readonly streams: Stream[] = [];
  private readonly cuts = new Set<string>();
  private readonly agenda = new Map<number, (() => void)[]>();
  private ids = 0;

  constructor(
    names: readonly string[],
    private readonly random: SeededRandom,
    private readonly weather: Weather,
  ) {
    this.nodes = names.map((name) => ({
      name,
      machine: new Replica<string>(name, names, worldLimits),
      server: new ModelServer(name),
      serverUp: true,
      life: 0,
      follow: undefined,
      serverClearMs: 0,
    }));
    for (const sender of this.nodes) {
      this.readState(sender);
      for (const receiver of this.nodes) {
        if (sender === receiver) continue;
        this.streams.push({ sender, receiver, number: 0, open: false, dialAtMs: 0, clearMs: [0, 0] });
      }
    }
  }

  /** A millisecond with everything that may go wrong in it. */
  storm(): void {
    const { random, weather } = this;
    for (const node of this.nodes) {
      if (node.serverUp && random.chance(weather.writeRate)) node.server.write(++this.ids, this.clock());
      if (random.chance(weather.agentCrashRate)) this.crashAgent(node);
      if (node.serverUp && random.chance(weather.serverCrashRate)) this.crashServer(node);
    }
    if (random.chance(weather.breakRate)) this.breakStream(random.pick(this.streams));
    if (random.chance(weather.cutRate)) {
      const { sender, receiver } = random.pick(this.streams);
      this.toggleCut(sender, receiver);
    }
    this.calm();
  }

  /** A millisecond in which nothing new goes wrong. */
  calm(): void {
    this.nowMs++;
    for (const action of this.agenda.get(this.nowMs) ?? []) action();
    this.agenda.delete(this.nowMs);
    for (const stream of this.streams) this.dial(stream);
    for (const node of this.nodes) {
      if (this.nowMs % 50 === 0) this.give(node, { kind: "tick" });
      if (this.nowMs % 250 === 0 && node.serverUp) this.readState(node);
      if (node.serverUp && this.random.chance(0.01)) this.syncDisk(node);
      this.wake(node);
    }
  }

  /** But for one pair, if wanted: what it can't say to each other a third region passes on. */
  mend(keepOne: boolean): void {
    this.cuts.clear();
    const [a, b, c] = this.nodes;
    if (keepOne && a !== undefined && b !== undefined && c !== undefined) this.toggleCut(a, b);
  }

  isConverged(): boolean {
    const [first, ...others] = this.nodes.map((node) => this.vectorOf(node));
    return others.every((vector) => vector === first);
  }

  vectorOf({ server }: Node): string {
    const parts = [...server.state().vector]
      .filter(([, stamp]) => stamp > 0)
      .map(([origin, stamp]) => `${origin} ${stamp}`);
    return parts.sort().join(", ");
  }

  private clock(): number {
    return stampAtMs(EPOCH_MS + this.nowMs);
  }

  private after(ms: number, action: () => void): void {
    const at = this.nowMs + Math.max(1, ms);
    const due = this.agenda.get(at);
    if (due === undefined) this.agenda.set(at, [action]);
    else due.push(action);
  }

  private give(node: Node, event: Event): void {
    for (const command of node.machine.handle(event, this.nowMs)) this.carryOut(node, command);
  }

  private carryOut(node: Node, command: Command<string>): void {
    switch (command.kind) {
      case "send":
        this.send(node, command);
        return;
      case "ack": {
        const stream = this.streamOf(node.machine, command.source);
        const { standing, rewind } = command;
        this.post(stream, 1, stream.sender, { kind: "acked", peer: node.name, standing: copyOf(standing), rewind });
        return;
      }
      case "read":
        if (command.follow) node.follow = command;
        else this.call(node, () => this.logged(node, command));
        return;
      case "apply": {
        const { apply, origin, entries } = command;
        const given = apply % 3 === 0 ? entries.slice(0, Math.ceil(entries.length / 2)) : entries; // an adapter may
        this.call(node, () => ({ kind: "applied", apply, reply: node.server.apply(origin, given) }));
        return;
      }
      case "gap": {
        const { peer, origin, after } = command;
        const stream = this.streams.find(({ sender, receiver }) => sender === node && receiver.name === peer)!;
        this.post(stream, 0, stream.receiver, { kind: "gap", source: node.name, origin, after });
        return;
      }
      case "trim":
        this.call(node, () => {
          node.server.trim(command.origin, command.stamp);
        });
        return;
      case "close":
        this.breakStream(this.streamOf(node.machine, command.source));
        return;
      case "alarm":
        this.alarms.push(command.alarm);
        return;
    }
  }

  private send(node: Node, { peer, batch }: Extract<Command<string>, { kind: "send" }>): void {
    const stream = this.streams.find(({ sender, receiver }) => sender === node && receiver.name === peer)!;
    let { entries } = batch;
    if (this.random.chance(this.weather.poisonRate)) {
      const at = this.random.integer(0, entries.length - 1);
      entries = entries.map((entry, index): Entry<string> => (index === at ? { ...entry, payload: POISON } : entry));
    }
    this.post(stream, 0, stream.receiver, { kind: "received", source: node.name, batch: { ...batch, entries } });
  }

  private logged(node: Node, { read, origin, after, entriesMax }: Extract<Command<string>, { kind: "read" }>): Event {
    return { kind: "logged", read, entries: node.server.log(origin, after, entriesMax) };
  }

  /** The read that waits returns when there is something. */
  private wake(node: Node): void {
    const { follow } = node;
    if (follow === undefined || !node.serverUp) return;
    if (node.server.log(follow.origin, follow.after, 1).length === 0) return;
    node.follow = undefined;
    this.call(node, () => this.logged(node, follow));
  }

  /** A call to the server takes effect at one time, and is answered at another, in order. */
  private call(node: Node, action: () => Event | undefined | void): void {
    const { life } = node;
    const at = Math.max(node.serverClearMs, this.nowMs + this.random.integer(1, 3));
    node.serverClearMs = at;
    this.after(at - this.nowMs, () => {
      if (!node.serverUp || node.life !== life) return;
      const event = action();
      const answered = Math.max(node.serverClearMs, this.nowMs + this.random.integer(0, 3));
      node.serverClearMs = answered;
      if (event === undefined) return;
      this.after(answered - this.nowMs, () => {
        if (node.life === life) this.give(node, event);
      });
    });
  }

  private readState(node: Node): void {
    const serverNowMs = EPOCH_MS + this.nowMs;
    this.call(node, () => ({ kind: "state", ...node.server.state(), serverNowMs }));
  }

  private syncDisk(node: Node): void {
    this.call(node, () => ({ kind: "durable", vector: node.server.sync() }));
  }

  private crashAgent(node: Node): void {
    node.life++;
    node.follow = undefined;
    const names = this.nodes.map(({ name }) => name);
    node.machine = new Replica<string>(node.name, names, worldLimits);
    for (const stream of this.streams) if (stream.sender === node || stream.receiver === node) this.breakStream(stream);
    if (node.serverUp) this.readState(node);
  }

  private crashServer(node: Node): void {
    node.serverUp = false;
    node.life++;
    node.follow = undefined;
    node.server.crash(this.random.real());
    this.give(node, { kind: "serverLost" });
    this.after(this.random.integer(20, 400), () => {
      node.serverUp = true;
      this.readState(node);
    });
  }

  private toggleCut(a: Node, b: Node): void {
    const pair = [a.name, b.name].sort().join();
    if (this.cuts.delete(pair)) return;
    this.cuts.add(pair);
    for (const stream of this.streams) {
      if ([stream.sender.name, stream.receiver.name].sort().join() === pair) this.breakStream(stream);
    }
  }

  private breakStream(stream: Stream): void {
    if (!stream.open) return;
    const { sender, receiver, number } = stream;
    stream.open = false;
    stream.number++;
    stream.dialAtMs = this.nowMs + this.random.integer(10, 200);
    // The receiver dials again when it has noticed; the sender has noticed by then.
    this.give(receiver, { kind: "sourceDown", source: sender.name });
    this.after(this.random.integer(1, 9), () => {
      if (stream.number === number + 1 && !stream.open) this.give(sender, { kind: "peerDown", peer: receiver.name });
    });
  }

  private dial(stream: Stream): void {
    const { sender, receiver } = stream;
    if (stream.open || stream.dialAtMs > this.nowMs) return;
    const standing = receiver.machine.standing();
    const ready = standing !== undefined && receiver.machine.serverUp && sender.machine.serverUp;
    if (!ready || this.cuts.has([sender.name, receiver.name].sort().join())) {
      stream.dialAtMs = this.nowMs + 20;
      return;
    }
    stream.open = true;
    stream.number++;
    stream.clearMs = [this.nowMs, this.nowMs];
    this.post(stream, 1, sender, { kind: "peerUp", peer: receiver.name, standing: copyOf(standing) });
    this.give(receiver, { kind: "sourceUp", source: sender.name });
  }

  /** In order, with delay, and lost when the stream breaks before. */
  private post(stream: Stream, way: 0 | 1, to: Node, event: Event): void {
    if (!stream.open) return;
    const { number } = stream;
    const at = Math.max(stream.clearMs[way], this.nowMs + this.random.integer(1, this.weather.delayMs));
    stream.clearMs[way] = at;
    this.after(at - this.nowMs, () => {
      if (stream.open && stream.number === number) this.give(to, event);
    });
  }

  private streamOf(receives: Replica<string>, source: string): Stream {
    return this.streams.find(({ sender, receiver }) => receiver.machine === receives && sender.name === source)!;
  }
}

function copyOf({ ownOrigin, applied, durable, sources }: Standing): Standing {
  return { ownOrigin, applied: new Map(applied), durable: new Map(durable), sources };
}
