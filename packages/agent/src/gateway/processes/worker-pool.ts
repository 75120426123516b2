/**
 * Several processes serve the clients. The agent accepts each connection and hands it to the process that has the fewest,
 * so they are shared evenly whatever the kernel would do, the limit of clients holds for all together, and a process that dies
 * takes its own clients along and no others: the ports stay open, and another process takes its place.
 *
 * (Rejected: node:cluster, which is one for the whole program and counts no clients; and listening in each process, where
 * the kernel tends to give new connections to the same one.)
 */
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { TlsDoor } from "../client-service.js";
import type { TlsMaterial } from "../../tls/index.js";
import type { ClientTaker, DoorKind } from "../doors/client-taker.js";
import { gatewayLimits } from "../limits.js";
import type { Problems } from "../problems.js";
import type { RegionService } from "../region-service.js";
import type { GatewayUpstream } from "../upstream.js";
import { clientLimits, type GatewaySettings } from "../settings.js";
import { type GatewayStats, newStats } from "../stats.js";
import { retired, sumStats } from "./sum-stats.js";
import { Worker, type WorkerListener } from "./worker.js";

export class WorkerPool implements ClientTaker, WorkerListener {
  private readonly workers: Worker[] = [];
  private readonly keeping: Promise<void>[] = [];
  private readonly stopping = new AbortController();
  /** What those counted that have ended. */
  private past = newStats();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private settings: GatewaySettings,
    private tls: TlsDoor | undefined,
    readonly region: RegionService,
    private readonly problems: Problems,
  ) {
    this.timer = setInterval(() => {
      for (const worker of this.workers) worker.tellSection();
    }, gatewayLimits.workerSectionMs);
    this.timer.unref();
  }

  /** Resolves when all are ready; when one can't start, none stays. */
  static async start(
    count: number,
    settings: GatewaySettings,
    tls: TlsDoor | undefined,
    region: RegionService,
    problems: Problems,
  ): Promise<WorkerPool> {
    const pool = new WorkerPool(settings, tls, region, problems);
    const first = Array.from({ length: count }, () => pool.launch());
    try {
      await Promise.all(first.map((worker) => worker.ready));
    } catch (error) {
      clearInterval(pool.timer);
      for (const worker of first) worker.kill();
      throw error;
    }
    for (const worker of first) pool.keeping.push(pool.keep(worker));
    return pool;
  }

  get connections(): number {
    return this.workers.reduce((sum, worker) => sum + worker.connections, 0);
  }

  get processes(): { pid: number; connections: number }[] {
    return this.workers.map(({ pid, connections }) => ({ pid, connections }));
  }

  take(socket: Socket, kind: DoorKind): void {
    let best: Worker | undefined;
    for (const worker of this.workers) {
      if (worker.isReady && (best === undefined || worker.connections < best.connections)) best = worker;
    }
    if (best === undefined) socket.destroy(); // all have just died: the client tries again
    else best.give(socket, kind);
  }

  onCounts(): void {
    for (const worker of this.workers) {
      const others = this.workers.filter((other) => other !== worker);
      worker.tellWaitingElsewhere(others.flatMap(({ waiting }) => waiting));
    }
  }

  onLeftOver(socket: Socket, door: DoorKind): void {
    this.take(socket, door);
  }

  onUnblock(client: number, asError: boolean): void {
    this.workers.find(({ waiting }) => waiting.includes(client))?.unblock(client, asError);
  }

  useCertificate(material: TlsMaterial): void {
    if (this.tls !== undefined) this.tls = { ...this.tls, material };
    for (const worker of this.workers) worker.useCertificate(material);
  }

  useUpstream(upstream: GatewayUpstream): void {
    this.settings = { ...this.settings, upstream };
    for (const worker of this.workers) worker.useUpstream(upstream);
  }

  stats(): GatewayStats {
    return sumStats([this.past, ...this.workers.map(({ stats }) => stats)]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    const { drainMs } = clientLimits(this.settings.limits);
    await Promise.all(Array.from(this.workers, (worker) => worker.stop(drainMs)));
    await Promise.all(this.keeping);
  }

  private launch(): Worker {
    const worker = new Worker(this.settings, this.tls, this);
    this.workers.push(worker);
    return worker;
  }

  /** From one death to the next start, with a back-off that begins anew after a while without one. */
  private async keep(first: Worker): Promise<void> {
    let worker = first;
    let delayMs: number = gatewayLimits.workerRestartMsMin;
    for (;;) {
      const startedMs = performance.now();
      const reason = await worker.exited;
      this.workers.splice(this.workers.indexOf(worker), 1);
      this.past = sumStats([this.past, retired(worker.stats)]);
      if (this.stopping.signal.aborted) return;
      this.problems.raise("GATEWAY_PROCESS_ENDED", `process ${worker.pid}: ${reason}`);
      if (performance.now() - startedMs > gatewayLimits.workerStableMs) delayMs = gatewayLimits.workerRestartMsMin;
      await delay(delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      delayMs = Math.min(delayMs * 2, gatewayLimits.workerRestartMsMax);
      worker = this.launch();
    }
  }
}
