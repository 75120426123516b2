/**
 * What to do with keys that were in the server before this region was one. Where the configuration says `adopt`, they become the
 * region's own (the core's sync/adoption.ts); else the agent does not start, for nobody has said whether they are wanted.
 *
 * 1. It has begun before the gateway opens, so clients never meet a key as if it were not there.
 * 2. Where it stands lies in the server: any agent goes on with it, whatever its configuration says.
 * 3. The server has at least as much time for others as it spends on adopting.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "@meridian/engine";
import { AgentError, textOf } from "./errors.js";
import { agentLimits } from "./limits.js";
import type { Logger } from "./logger.js";

/** Of one partition, or of many. */
export interface Adopting {
  /** Null while none runs. */
  readonly status: AdoptionStatus | null;
  /** Throws where there are keys that nobody wants to be adopted. */
  begin(): Promise<void>;
  /** To the end, whatever is restarted meanwhile. */
  run(): Promise<void>;
  stop(): void;
}

export interface AdoptionStatus {
  /** Adopted so far. */
  readonly keys: number;
}

export interface Step {
  readonly status: string;
  readonly keys: number;
  /** Keys of modules' types, which are left as they are, and one of them. */
  readonly foreign: number;
  readonly example: string;
}

export class Adoption implements Adopting {
  private readonly ending = new AbortController();
  private keys = 0;
  private isRunning = false;

  constructor(
    private readonly engine: Engine,
    private readonly log: Logger,
    private readonly isWanted: boolean,
  ) {}

  /** Null while none runs. */
  get status(): AdoptionStatus | null {
    return this.isRunning ? { keys: this.keys } : null;
  }

  /** Throws where there are keys that nobody wants to be adopted. */
  async begin(): Promise<void> {
    let [status, plain] = (await this.engine.call("adoption", "state")) as [string, number];
    if (status === "none" && plain === 1) {
      const { region, host, port } = this.engine;
      if (!this.isWanted) throw new AgentError("MERIDIAN_PLAINDATA", { region, server: `${host}:${port}` });
      [status, plain] = (await this.engine.call("adoption", "begin")) as [string, number];
    }
    this.isRunning = status === "running";
  }

  /** To the end, whatever is restarted meanwhile. */
  async run(): Promise<void> {
    if (!this.isRunning) return;
    const startedMs = performance.now();
    this.log.info("the keys of the server are being adopted; they can be read and written meanwhile", {
      event: "adoption-begun",
    });
    while (!this.ending.signal.aborted) {
      const stepMs = performance.now();
      try {
        const { status, keys, foreign, example } = stepOf(await this.engine.call("adoption", "step"));
        this.keys = keys;
        if (status !== "running") {
          this.isRunning = false;
          tellAdopted(this.log, { keys, foreign, example }, performance.now() - startedMs);
          return;
        }
        await this.pause(performance.now() - stepMs);
      } catch (error) {
        if (this.ending.signal.aborted) return;
        this.log.warn(`keys could not be adopted, and are tried again: ${textOf(error)}`, { event: "adoption-failed" });
        await this.pause(agentLimits.adoptionRetryMs);
      }
    }
  }

  stop(): void {
    this.ending.abort();
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}

export function stepOf(reply: unknown): Step {
  const [status = "", keys = "0", foreign = "0", example = ""] = (reply as unknown[]).map(String);
  return { status, keys: Number(keys), foreign: Number(foreign), example };
}

export function tellAdopted(log: Logger, { keys, foreign, example }: Omit<Step, "status">, tookMs: number): void {
  log.info("the keys of the server are adopted", { event: "adoption-done", keys, tookMs: Math.round(tookMs) });
  if (foreign === 0) return;
  log.warn("keys of modules' types are not adopted: other regions don't get them, keep them on a server of their own", {
    event: "finding",
    code: "MODULETYPES",
    keys: foreign,
    example,
  });
}
