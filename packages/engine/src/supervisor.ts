/**
 * Keeps a local server running: when the child ends and nobody asked for it, it is started again, on the same port
 * and folder, with a back-off that begins anew once the server was stable. It never gives up; each failed attempt
 * is reported through `onProblem`. Somebody may hold it down for a while.
 */
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "./limits.js";
import { launchServer, type ServerLaunch, type ServerProcess } from "./server-process.js";

interface Deferred {
  promise: Promise<void>;
  resolve: () => void;
}

export class Supervisor {
  private readonly stopping = new AbortController();
  private lastFailureAt = performance.now();
  private delayMs: number = limits.restartDelayMsMin;
  private watch: Promise<void>;
  private held: Deferred | undefined;

  private constructor(
    private readonly launch: ServerLaunch,
    private server: ServerProcess,
    private readonly onProblem: (error: unknown) => void,
  ) {
    this.watch = this.keepRunning();
  }

  static async start(launch: ServerLaunch, onProblem: (error: unknown) => void): Promise<Supervisor> {
    return new Supervisor(launch, await launchServer(launch), onProblem);
  }

  get pid(): number | undefined {
    return this.server.running ? this.server.pid : undefined;
  }

  /** SIGKILL; it stays down until `start`. */
  async kill(): Promise<void> {
    this.held ??= deferred();
    await this.server.kill();
  }

  /** After a `kill`; else it runs, or is being started. */
  start(): void {
    this.held?.resolve();
    this.held = undefined;
  }

  /** SIGTERM, and it is started again. */
  async restart(): Promise<void> {
    this.start();
    await this.server.stop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.start();
    await this.server.stop();
    await this.watch; // a restart that was under way ends here, and stops what it had started
  }

  private async keepRunning(): Promise<void> {
    for (;;) {
      await this.server.exited;
      const launched = await this.launchAgain();
      if (launched === undefined) return;
      this.server = launched;
      if (this.stopping.signal.aborted) return await launched.stop();
      if (this.held !== undefined) await launched.kill();
    }
  }

  private async launchAgain(): Promise<ServerProcess | undefined> {
    while (!this.stopping.signal.aborted) {
      await this.held?.promise;
      await this.pause();
      if (this.stopping.signal.aborted) return undefined;
      try {
        return await launchServer(this.launch);
      } catch (error) {
        this.onProblem(error);
      }
    }
    return undefined;
  }

  private async pause(): Promise<void> {
    const stableMs = performance.now() - this.lastFailureAt;
    if (stableMs > limits.stableMs) this.delayMs = limits.restartDelayMsMin;
    await delay(this.delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    this.delayMs = Math.min(this.delayMs * 2, limits.restartDelayMsMax);
    this.lastFailureAt = performance.now();
  }
}

function deferred(): Deferred {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
