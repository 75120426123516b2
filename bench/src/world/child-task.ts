/**
 * A process of ours with one task: the task goes in over IPC, "ready" may come back, and a result when it is done or was
 * told to stop. It ends when we do, however that happens: its channel closes.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BenchError, textOf } from "../errors.js";
import { limits } from "../limits.js";

type FromChild =
  | { kind: "ready"; value: unknown }
  | { kind: "done"; value: unknown }
  | { kind: "failed"; text: string };

export class ChildTask {
  /** Rejects where the child fails first. */
  readonly ready: Promise<unknown>;
  private readonly done: Promise<unknown>;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    const failed = (reason: string): BenchError => new BenchError("BENCH_CHILDFAILED", { name, reason });
    const heard = (kind: FromChild["kind"]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        child.on("message", (message: FromChild) => {
          if (message.kind === "failed") reject(failed(message.text));
          else if (message.kind === kind) resolve(message.value);
        });
        child.once("error", (error) => reject(failed(error.message)));
        child.once("exit", (code, signal) => reject(failed(`it ended with ${signal ?? `code ${code}`}`)));
      });
    this.ready = heard("ready");
    this.done = heard("done");
    for (const promise of [this.ready, this.done]) promise.catch(() => undefined); // seen where it is awaited
  }

  static async start(name: string, entry: URL, task: unknown): Promise<ChildTask> {
    const child = fork(fileURLToPath(entry), [], { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const started = new ChildTask(name, child);
    await new Promise<void>((resolve, reject) => {
      child.send({ kind: "task", task }, (error) =>
        error === null ? resolve() : reject(new BenchError("BENCH_CHILDFAILED", { name, reason: error.message })),
      );
    });
    return started;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  whenReady(): Promise<unknown> {
    return this.within(this.ready, limits.childReadyMsMax, "ready");
  }

  result(msMax: number): Promise<unknown> {
    return this.within(this.done, msMax, "done");
  }

  /** Told to stop, it gives its result and ends. */
  async stop(msMax: number): Promise<unknown> {
    if (this.child.connected) this.child.send({ kind: "stop" });
    try {
      return await this.result(msMax);
    } finally {
      this.end();
    }
  }

  end(): void {
    this.child.kill("SIGKILL");
  }

  private async within(promise: Promise<unknown>, msMax: number, what: string): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const reason = `it was not ${what} after ${msMax / 1000} s`;
      timer = setTimeout(() => reject(new BenchError("BENCH_CHILDFAILED", { name: this.name, reason })), msMax);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The child's side. `ready` tells what the parent needs to know; only its first call counts. */
export function runTask(
  work: (task: unknown, stopped: AbortSignal, ready: (value: unknown) => void) => Promise<unknown>,
): void {
  const stopping = new AbortController();
  const tell = (message: FromChild): void => {
    process.send?.(message, undefined, undefined, () => undefined); // a closed channel ends us by "disconnect"
  };
  process.on("message", (message: { kind: string; task?: unknown }) => {
    if (message.kind === "stop") stopping.abort();
    if (message.kind !== "task") return;
    let isReady = false;
    const ready = (value: unknown): void => {
      if (!isReady) tell({ kind: "ready", value });
      isReady = true;
    };
    work(message.task, stopping.signal, ready).then(
      (value) => tell({ kind: "done", value }),
      (error: unknown) => tell({ kind: "failed", text: textOf(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
}
