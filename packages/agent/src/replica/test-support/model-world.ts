/**
 * Regions with machines and model servers over a model network, on a virtual clock: everything that happens is drawn
 * from one seed. A region's agent may be followed by another before it has noticed: for a while both work.
 */
import type { SeededRandom } from "@meridian/testkit";
import type { Alarm } from "../alarms.js";
import type { Command, Entry, ReplicaEvent, Standing } from "../protocol.js";
import { stampAtMs } from "../stamps.js";
import { activeOf, newAgent, type Agent, type Node, type Stream, type Weather } from "./model-parts.js";
import { ModelServer, POISON } from "./model-server.js";

type Event = ReplicaEvent<string>;

const EPOCH_MS = 1_800_000_000_000;

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
      agents: [newAgent(name, names)],
      server: new ModelServer(name),
      serverUp: true,
      serverClearMs: 0,
    }));
    for (const sender of this.nodes) {
      this.readState(sender, activeOf(sender));
      for (const receiver of this.nodes) {
        if (sender === receiver) continue;
        const ends = { sender, receiver, sends: undefined, receives: undefined };
        this.streams.push({ ...ends, number: 0, open: false, dialAtMs: 0, clearMs: [0, 0] });
      }
    }
  }

  /** A millisecond with everything that may go wrong in it. */
  storm(): void {
    const { random, weather } = this;
    for (const node of this.nodes) {
      if (node.serverUp && random.chance(weather.writeRate)) node.server.write(++this.ids, this.clock());
      if (random.chance(weather.agentCrashRate)) this.crashAgent(node);
      if (random.chance(weather.takeoverRate)) this.takeOver(node);
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
      for (const agent of node.agents) {
        if (this.nowMs % 50 === 0) this.give(node, agent, { kind: "tick" });
        if (this.nowMs % 250 === 0 && node.serverUp) this.readState(node, agent);
        if (node.serverUp && this.random.chance(0.01)) this.syncDisk(node, agent);
        this.wake(node, agent);
      }
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

  private give(node: Node, agent: Agent, event: Event): void {
    if (!node.agents.includes(agent)) return;
    for (const command of agent.machine.handle(event, this.nowMs)) this.carryOut(node, agent, command);
  }

  private carryOut(node: Node, agent: Agent, command: Command<string>): void {
    switch (command.kind) {
      case "fold": // no run is long enough for it
        return;
      case "send":
        this.send(node, agent, command);
        return;
      case "ack": {
        const stream = this.streamOf(agent, command.source);
        const { standing, rewind } = command;
        if (stream !== undefined)
          this.post(stream, 1, { kind: "acked", peer: node.name, standing: copyOf(standing), rewind });
        return;
      }
      case "read":
        if (command.follow) agent.follow = command;
        else this.call(node, agent, () => this.logged(node, command));
        return;
      case "apply": {
        const { apply, origin, entries } = command;
        const given = apply % 3 === 0 ? entries.slice(0, Math.ceil(entries.length / 2)) : entries; // an adapter may
        this.call(node, agent, () => ({ kind: "applied", apply, reply: node.server.apply(origin, given) }));
        return;
      }
      case "gap": {
        const { peer, origin, after } = command;
        const stream = this.streamTo(agent, peer);
        if (stream !== undefined) this.post(stream, 0, { kind: "gap", source: node.name, origin, after });
        return;
      }
      case "trim":
        this.call(node, agent, () => {
          node.server.trim(command.origin, command.stamp);
        });
        return;
      case "close": {
        const stream = this.streamOf(agent, command.source);
        if (stream !== undefined) this.breakStream(stream);
        return;
      }
      case "alarm":
        this.alarms.push(command.alarm);
        return;
    }
  }

  private send(node: Node, agent: Agent, { peer, batch }: Extract<Command<string>, { kind: "send" }>): void {
    const stream = this.streamTo(agent, peer);
    if (stream === undefined) return;
    let { entries } = batch;
    if (this.random.chance(this.weather.poisonRate)) {
      const at = this.random.integer(0, entries.length - 1);
      entries = entries.map((entry, index): Entry<string> => (index === at ? { ...entry, payload: POISON } : entry));
    }
    this.post(stream, 0, { kind: "received", source: node.name, batch: { ...batch, entries } });
  }

  private logged(node: Node, { read, origin, after, entriesMax }: Extract<Command<string>, { kind: "read" }>): Event {
    return { kind: "logged", read, entries: node.server.log(origin, after, entriesMax) };
  }

  /** The read that waits returns when there is something. */
  private wake(node: Node, agent: Agent): void {
    const { follow } = agent;
    if (follow === undefined || !node.serverUp) return;
    if (node.server.log(follow.origin, follow.after, 1).length === 0) return;
    agent.follow = undefined;
    this.call(node, agent, () => this.logged(node, follow));
  }

  /** A call to the server takes effect at one time, and is answered at another, in order. */
  private call(node: Node, agent: Agent, action: () => Event | undefined | void): void {
    const { life } = agent;
    const at = Math.max(node.serverClearMs, this.nowMs + this.random.integer(1, 3));
    node.serverClearMs = at;
    this.after(at - this.nowMs, () => {
      if (!node.serverUp || agent.life !== life) return;
      const event = action();
      const answered = Math.max(node.serverClearMs, this.nowMs + this.random.integer(0, 3));
      node.serverClearMs = answered;
      if (event === undefined) return;
      this.after(answered - this.nowMs, () => {
        if (agent.life === life) this.give(node, agent, event);
      });
    });
  }

  private readState(node: Node, agent: Agent): void {
    const serverNowMs = EPOCH_MS + this.nowMs;
    this.call(node, agent, () => ({ kind: "state", ...node.server.state(), serverNowMs }));
  }

  private syncDisk(node: Node, agent: Agent): void {
    this.call(node, agent, () => ({ kind: "durable", vector: node.server.sync() }));
  }

  /** All that the region has; one begins anew. */
  private crashAgent(node: Node): void {
    for (const agent of node.agents) this.retire(node, agent);
    this.begin(node);
  }

  /** Another agent works; the one before it still does, on some of its streams, until it notices. */
  private takeOver(node: Node): void {
    const before = activeOf(node);
    this.begin(node);
    for (const stream of this.streams) {
      const isIts = stream.sends === before || stream.receives === before;
      if (isIts && this.random.chance(0.5)) this.breakStream(stream);
    }
    this.after(this.random.integer(1, 600), () => this.retire(node, before));
  }

  private begin(node: Node): void {
    const agent = newAgent(
      node.name,
      this.nodes.map(({ name }) => name),
    );
    node.agents.push(agent);
    if (node.serverUp) this.readState(node, agent);
  }

  private retire(node: Node, agent: Agent): void {
    agent.life++;
    agent.follow = undefined;
    node.agents = node.agents.filter((other) => other !== agent);
    for (const stream of this.streams) {
      if (stream.sends === agent || stream.receives === agent) this.breakStream(stream);
    }
  }

  private crashServer(node: Node): void {
    node.serverUp = false;
    node.server.crash(this.random.real());
    for (const agent of node.agents) {
      agent.life++;
      agent.follow = undefined;
      this.give(node, agent, { kind: "serverLost" });
    }
    this.after(this.random.integer(20, 400), () => {
      node.serverUp = true;
      for (const agent of node.agents) this.readState(node, agent);
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
    const { sender, receiver, sends, receives, number } = stream;
    stream.open = false;
    stream.number++;
    stream.dialAtMs = this.nowMs + this.random.integer(10, 200);
    // The receiver dials again when it has noticed; the sender has noticed by then.
    this.give(receiver, receives!, { kind: "sourceDown", source: sender.name });
    this.after(this.random.integer(1, 9), () => {
      const isLate = stream.open && stream.sends === sends; // it has the newer one already
      if (!isLate && stream.number >= number + 1) this.give(sender, sends!, { kind: "peerDown", peer: receiver.name });
    });
  }

  private dial(stream: Stream): void {
    const { sender, receiver } = stream;
    if (stream.open || stream.dialAtMs > this.nowMs) return;
    const [sends, receives] = [activeOf(sender), activeOf(receiver)];
    const standing = receives.machine.standing();
    const ready = standing !== undefined && receives.machine.serverUp && sends.machine.serverUp;
    if (!ready || this.cuts.has([sender.name, receiver.name].sort().join())) {
      stream.dialAtMs = this.nowMs + 20;
      return;
    }
    stream.open = true;
    stream.number++;
    stream.sends = sends;
    stream.receives = receives;
    stream.clearMs = [this.nowMs, this.nowMs];
    this.post(stream, 1, { kind: "peerUp", peer: receiver.name, standing: copyOf(standing) });
    this.give(receiver, receives, { kind: "sourceUp", source: sender.name });
  }

  /** To the receiver (0) or the sender (1): in order, with delay, and lost when the stream breaks before. */
  private post(stream: Stream, way: 0 | 1, event: Event): void {
    if (!stream.open) return;
    const { number } = stream;
    const [to, agent] = way === 0 ? [stream.receiver, stream.receives] : [stream.sender, stream.sends];
    const at = Math.max(stream.clearMs[way], this.nowMs + this.random.integer(1, this.weather.delayMs));
    stream.clearMs[way] = at;
    this.after(at - this.nowMs, () => {
      if (stream.open && stream.number === number) this.give(to, agent!, event);
    });
  }

  /** Undefined: another agent has it by now. */
  private streamOf(agent: Agent, source: string): Stream | undefined {
    return this.streams.find(({ sender, receives }) => receives === agent && sender.name === source);
  }

  private streamTo(agent: Agent, peer: string): Stream | undefined {
    return this.streams.find(({ sends, receiver }) => sends === agent && receiver.name === peer);
  }
}

function copyOf({ ownOrigin, applied, durable, sources }: Standing): Standing {
  return { ownOrigin, applied: new Map(applied), durable: new Map(durable), sources };
}
