/**
 * Keeps one region's agent running: when its process dies it is started anew, with a back-off that begins afresh once it
 * was stable. An agent holds no data, so that is all a crash needs.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { AgentSettings } from "../agent.js";
import type { ConflictNotice } from "../admin/index.js";
import { AgentError, textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import { AgentRun } from "./agent-run.js";
import type { AnswerTo, Question } from "./messages.js";

export interface AgentChildOptions {
  settings: AgentSettings;
  logFile: string;
  /** Where it listens for links; undefined when it is gone. */
  onLinkPort: (port: number | undefined) => void;
  onConflict: (notice: ConflictNotice) => void;
}

export class AgentChild {
  private run: AgentRun | undefined;
  private isReady = false;
  private tellsConflicts = false;
  private lastProblem = "it is starting";
  private readonly stopping = new AbortController();
  private keeping: Promise<void> | undefined;

  constructor(private readonly options: AgentChildOptions) {}

  get region(): string {
    return this.options.settings.region;
  }
  get pid(): number | undefined {
    return this.run?.pid;
  }
  /** Why it is not ready; it may be. */
  get problem(): string {
    return this.lastProblem;
  }

  /** Resolves when it is ready; from then on it is kept running. Rejects when it can't start, and leaves nothing. */
  async start(): Promise<void> {
    const run = this.launch();
    try {
      await this.becomeReady(run);
    } catch (error) {
      await run.kill();
      throw error;
    }
    this.keeping = this.keepRunning(run);
  }

  ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    if (this.run === undefined || !this.isReady) {
      return Promise.reject(new AgentError("MERIDIAN_AGENTDOWN", { region: this.region }));
    }
    return this.run.ask(question);
  }

  /** From now on `onConflict` hears of conflicts, or no more; a new process too. */
  tellConflicts(on: boolean): void {
    this.tellsConflicts = on;
    if (this.isReady) this.run?.tellConflicts(on);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.run?.stop();
    await this.keeping;
  }

  private launch(): AgentRun {
    this.run = new AgentRun(this.options.settings, this.options.logFile, this.options.onConflict);
    return this.run;
  }

  private async becomeReady(run: AgentRun): Promise<void> {
    this.options.onLinkPort(await run.ready);
    this.isReady = true;
    if (!this.tellsConflicts) return;
    run.tellConflicts(true);
    this.options.onConflict({ event: "missed", seenIn: this.region, count: null });
  }

  private async keepRunning(first: AgentRun): Promise<void> {
    let run = first;
    let delayMs: number = agentLimits.agentRestartDelayMsMin;
    for (;;) {
      const startedAt = performance.now();
      this.lastProblem = await this.untilGone(run);
      this.isReady = false;
      this.options.onLinkPort(undefined);
      if (performance.now() - startedAt > agentLimits.agentStableMs) delayMs = agentLimits.agentRestartDelayMsMin;
      await delay(delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      delayMs = Math.min(delayMs * 2, agentLimits.agentRestartDelayMsMax);
      run = this.launch();
    }
  }

  /** A process that doesn't become ready is ended, so that another try can begin. */
  private async untilGone(run: AgentRun): Promise<string> {
    try {
      if (!this.isReady) await this.becomeReady(run);
    } catch (error) {
      await run.kill();
      return textOf(error);
    }
    return `its process ended (${await run.exited}) and is started again; its log is ${this.options.logFile}`;
  }
}
