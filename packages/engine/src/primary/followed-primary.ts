/**
 * A primary that changes: looked for again and again, as long as it is used. Connections ask at each attempt which server to
 * go to; while none is known they fail at once, and try again.
 *
 * Invariant: at no time there are two. Who is connected to the one before leaves it at `moved`, in the same turn of the event loop.
 */
import { EventEmitter } from "node:events";
import { connect as connectTcp, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { AbstractConnector, type Redis, type RedisOptions } from "ioredis";
import { connectTo, type Address } from "../address.js";
import { EngineError } from "../errors.js";
import { limits } from "../limits.js";
import type { Finding } from "../requirements.js";
import type { Primary } from "./primary.js";
import { isSame, type Search, type Verdict } from "./search.js";

/** How long a first primary is waited for. */
const WAITS_MS = { silent: limits.answerMsMax, loading: limits.loadMsMax, refused: 0 } as const;

export class FollowedPrimary extends EventEmitter implements Primary {
  private current: Address | undefined;
  private latest: Address | undefined;
  private former: Address | undefined;
  private problem = "";
  private readonly halt = new AbortController();

  private constructor(private readonly search: Search) {
    super();
  }

  /** Rejects where none is found: MERIDIAN_NOPRIMARY. */
  static async start(search: Search): Promise<FollowedPrimary> {
    const primary = new FollowedPrimary(search);
    try {
      await primary.find();
    } catch (error) {
      primary.stop();
      throw error;
    }
    void primary.follow();
    return primary;
  }

  get address(): Address | undefined {
    return this.current;
  }

  get last(): Address {
    if (this.latest === undefined) throw new Error("no primary was found yet");
    return this.latest;
  }

  connect(options: RedisOptions = {}): Redis {
    const Connector = connectorTo(() => this.current);
    return connectTo(this.last, { Connector, ...options });
  }

  connectToFormer(): Redis | undefined {
    if (this.former === undefined) return undefined;
    return connectTo(this.former, { commandTimeout: limits.primaryAnswerMsMax });
  }

  findings(): Finding[] {
    return this.search.findings();
  }

  stop(): void {
    this.halt.abort();
    this.search.stop();
    this.removeAllListeners();
  }

  private async find(): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      const verdict = await this.search.look(undefined);
      if (verdict.kind === "use") {
        this.current = this.latest = verdict.address;
        return;
      }
      const waitedMs = performance.now() - startedAt;
      if (waitedMs > WAITS_MS[verdict.why]) throw this.failure(verdict.problem);
      await delay(limits.primaryLookMs);
    }
  }

  private async follow(): Promise<void> {
    const { signal } = this.halt;
    while (!signal.aborted) {
      const before = this.current;
      const verdict = await this.search.look(before);
      if (signal.aborted) return;
      this.take(verdict);
      if (before !== undefined && verdict.kind === "none") continue; // who it is now is asked at once
      await delay(limits.primaryLookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private take(verdict: Verdict): void {
    const before = this.current;
    if (verdict.kind === "use") {
      if (!isSame(this.latest, verdict.address)) this.former = this.latest;
      this.current = this.latest = verdict.address;
      this.problem = "";
    } else if (verdict.kind === "none") {
      this.current = undefined;
    }
    const hasMoved = before !== this.current && !isSame(before, this.current);
    if (hasMoved) this.emit("moved");
    if (verdict.kind === "use" || before !== undefined || verdict.problem === this.problem) return;
    this.problem = verdict.problem;
    this.emit("problem", this.failure(verdict.problem));
  }

  private failure(problem: string): EngineError {
    return new EngineError("MERIDIAN_NOPRIMARY", { servers: this.search.text, problem });
  }
}

type ConnectorClass = NonNullable<RedisOptions["Connector"]>;

/** Asks at each attempt which server to go to. */
export function connectorTo(find: () => Address | undefined): ConnectorClass {
  return class extends AbstractConnector {
    constructor() {
      super(limits.leaveMsMax);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      const address = find();
      if (address === undefined) this.firstError = new Error("no server is known to be the primary");
      else delete this.firstError;
      const socket = address === undefined ? nowhere() : socketTo(address);
      socket.once("error", (error) => (this.firstError = error));
      this.stream = socket;
      return socket;
    }
  };
}

function socketTo({ host, port, tls }: Address): Socket {
  return tls === true ? connectTls({ host, port }) : connectTcp({ host, port });
}

/** A connection that has failed. */
function nowhere(): Socket {
  const socket = new Socket();
  socket.destroy();
  return socket;
}
