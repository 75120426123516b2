/** The other regions' agents: each is asked again and again how it stands, and told how this region does. */
import { setTimeout as delay } from "node:timers/promises";
import type { ControlLine } from "../link/index.js";
import { textOf } from "../errors.js";
import type { PeerState } from "./documents.js";
import { passiveLimits } from "./limits.js";

export interface Peer {
  readonly region: string;
  readonly line: ControlLine;
  state: PeerState | undefined;
  /** When it answered last, and when it was asked that; performance.now(). */
  heardMs: number;
  roundTripMs: number | undefined;
  problem: string | null;
}

export interface PeersOptions {
  readonly lines: ReadonlyMap<string, ControlLine>;
  /** What is told: it is asked anew for each question. */
  own(): PeerState;
  /** `askedMs`: before the peer looked. */
  heard(region: string, state: PeerState, askedMs: number): void;
}

export class Peers {
  readonly all: readonly Peer[];
  private readonly halt = new AbortController();

  constructor(private readonly options: PeersOptions) {
    this.all = [...options.lines].map(([region, line]) => ({
      region,
      line,
      state: undefined,
      heardMs: -Infinity,
      roundTripMs: undefined,
      problem: "nothing was heard of it yet",
    }));
  }

  start(): void {
    for (const peer of this.all) void this.follow(peer);
  }

  of(region: string): Peer | undefined {
    return this.all.find((peer) => peer.region === region);
  }

  /** Those that answered a moment ago. */
  heard(nowMs = performance.now()): Peer[] {
    return this.all.filter(({ heardMs }) => nowMs - heardMs <= passiveLimits.heardMsMax);
  }

  /** Asks all at once, and now. */
  async askAll(): Promise<void> {
    await Promise.all(this.all.map((peer) => this.ask(peer)));
  }

  stop(): void {
    this.halt.abort();
    for (const { line } of this.all) line.close();
  }

  private async follow(peer: Peer): Promise<void> {
    const { signal } = this.halt;
    while (!signal.aborted) {
      await this.ask(peer);
      await delay(passiveLimits.lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async ask(peer: Peer): Promise<void> {
    const askedMs = performance.now();
    try {
      const question = { kind: "exchange", state: this.options.own() };
      const state = (await peer.line.ask(question, passiveLimits.askMsMax)) as PeerState;
      peer.state = state;
      peer.heardMs = performance.now();
      peer.roundTripMs = peer.heardMs - askedMs;
      peer.problem = null;
      this.options.heard(peer.region, state, askedMs);
    } catch (error) {
      peer.problem = textOf(error);
    }
  }
}
