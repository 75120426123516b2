/**
 * Keeps a local server running: when the child ends and nobody asked for it, it is started again, on the same port
 * and folder, with a back-off that begins anew once the server was stable. It never gives up; each failed attempt
 * is reported through `onProblem`.
 */
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "./limits.js";
import { launchServer, type ServerLaunch, type ServerProcess } from "./server-process.js";

export class Supervisor {
  private readonly stopping = new AbortController();
  private lastFailureAt = performance.now();
  private delayMs: number = limits.restartDelayMsMin;
  private watch: Promise<void>;

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

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.server.stop();
    await this.watch; // a restart that was under way ends here, and stops what it had started
  }

  private async keepRunning(): Promise<void> {
    for (;;) {
      await this.server.exited;
      const restarted = await this.restart();
      if (restarted === undefined) return;
      this.server = restarted;
      if (this.stopping.signal.aborted) return await restarted.stop();
    }
  }

  private async restart(): Promise<ServerProcess | undefined> {
    while (!this.stopping.signal.aborted) {
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
