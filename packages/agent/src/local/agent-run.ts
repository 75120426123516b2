/** One run of an agent process, from fork to exit: settings in, questions and answers, the way it ended. */
import { fork, type ChildProcess } from "node:child_process";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AgentSettings } from "../agent.js";
import type { ConflictNotice } from "../admin/index.js";
import { AgentError } from "../errors.js";
import { agentLimits } from "../limits.js";
import type { AnswerTo, FromAgent, Question, ToAgent } from "./messages.js";

const ENTRY = fileURLToPath(new URL("./agent-process.js", import.meta.url));

interface Pending {
  resolve: (document: never) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

export class AgentRun {
  /** With the port where it listens for links; rejects when it can't start. */
  readonly ready: Promise<number>;
  /** Settles when the process is gone, with the reason as a person reads it. */
  readonly exited: Promise<string>;
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;

  constructor(
    private readonly settings: AgentSettings,
    logFile: string,
    private readonly onConflict: (notice: ConflictNotice) => void,
  ) {
    this.child = forkAgent(logFile);
    this.exited = new Promise((resolve) => {
      this.child.once("error", (error) => resolve(error.message));
      this.child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`));
    });
    this.ready = this.awaitReady(logFile);
    this.ready.catch(() => undefined); // whoever waits for it is told; nobody may
    this.child.on("message", (message: FromAgent) => this.handle(message));
    void this.exited.then(() => this.rejectAll());
    this.send({ kind: "start", settings });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      const timer = setTimeout(
        () => this.settle(id)?.reject(this.down()),
        question.kind === "failover" ? agentLimits.failoverMsMax : agentLimits.askMsMax,
      );
      this.pending.set(id, { resolve, reject, timer });
      this.send({ kind: "ask", id, question });
    });
  }

  tellConflicts(on: boolean): void {
    this.send({ kind: "tellConflicts", on });
  }

  /** Asks it to stop, and kills it when it takes too long; resolves when it is gone. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), agentLimits.agentStopMsMax);
    this.send({ kind: "stop" });
    await this.exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }

  private awaitReady(logFile: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const { region } = this.settings;
      const fail = (reason: string): void => {
        clearTimeout(timer);
        reject(new AgentError("MERIDIAN_AGENTFAILED", { region, reason }));
      };
      const seconds = agentLimits.agentReadyMsMax / 1000;
      const timer = setTimeout(
        () => fail(`it was not ready after ${seconds} s; its log is ${logFile}`),
        agentLimits.agentReadyMsMax,
      );
      this.child.on("message", (message: FromAgent) => {
        if (message.kind === "failed") fail(message.message);
        if (message.kind !== "ready") return;
        clearTimeout(timer);
        resolve(message.linkPort);
      });
      void this.exited.then((reason) => fail(`it ended with ${reason}; its log is ${logFile}`));
    });
  }

  private handle(message: FromAgent): void {
    if (message.kind === "conflict") this.onConflict(message.notice);
    if (message.kind === "answer") this.settle(message.id)?.resolve(message.document as never);
    if (message.kind === "refused") {
      const { known } = message;
      const error = known === null ? new Error(message.message) : new AgentError(known.code, known.details);
      this.settle(message.id)?.reject(error);
    }
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }

  private rejectAll(): void {
    for (const id of this.pending.keys()) this.settle(id)?.reject(this.down());
  }

  private down(): AgentError {
    return new AgentError("MERIDIAN_AGENTDOWN", { region: this.settings.region });
  }

  private send(message: ToAgent): void {
    if (this.child.connected) this.child.send(message, () => undefined); // a closed channel is seen as its end
  }
}

/** `detached`: a Ctrl-C in the terminal reaches the start, which stops its agents in order. */
function forkAgent(logFile: string): ChildProcess {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > agentLimits.logBytesMax) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, "a");
  try {
    return fork(ENTRY, [], { detached: true, execArgv: [], stdio: ["ignore", log, log, "ipc"] });
  } finally {
    closeSync(log);
  }
}
