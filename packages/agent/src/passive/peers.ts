/** The other regions' agents: each is asked again and again how it stands, and told how this region does. */
import { setTimeout as delay } from "node:timers/promises";
import type { ControlLine } from "../link/index.js";
import { AgentError, type AgentErrorCode, type ErrorDetails, textOf } from "../errors.js";
import type { ControlAnswers, ControlQuestion, PeerState } from "./documents.js";
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

/** What comes back over the wire. */
export type Answered<Value> =
  | { readonly value: Value }
  | { readonly error: { readonly code: AgentErrorCode; readonly details: ErrorDetails } };

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

  /** One question to one of them; an error of its agent is thrown as it is. */
  async put<Kind extends keyof ControlAnswers>(
    region: string,
    question: Extract<ControlQuestion, { kind: Kind }>,
    timeoutMs: number = passiveLimits.askMsMax,
  ): Promise<ControlAnswers[Kind]> {
    const line = this.of(region)?.line;
    if (line === undefined) throw new AgentError("MERIDIAN_NOSUCHREGION", { region, regions: this.names });
    const answer = (await line.ask(question, timeoutMs)) as Answered<ControlAnswers[Kind]>;
    if ("error" in answer) throw new AgentError(answer.error.code, answer.error.details);
    return answer.value;
  }

  private get names(): string {
    return this.all.map(({ region }) => region).join(", ");
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
      const state = await this.put<"exchange">(peer.region, { kind: "exchange", state: this.options.own() });
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
