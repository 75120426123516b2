/** One run of a process of the gateway, as the agent sees it: from its start to its end. */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { TlsDoor } from "../client-service.js";
import type { TlsMaterial } from "../../tls/index.js";
import type { DoorKind } from "../doors/client-taker.js";
import { GatewayError } from "../errors.js";
import { gatewayLimits } from "../limits.js";
import type { GatewayUpstream } from "../upstream.js";
import type { GatewaySettings } from "../settings.js";
import { type GatewayStats, newStats } from "../stats.js";
import type { RegionService } from "../region-service.js";
import type { FromWorker, ToWorker } from "./messages.js";
import { RegionDesk } from "./region-desk.js";

export interface WorkerListener {
  readonly region: RegionService;
  /** What it counts is other than before. */
  onCounts(): void;
  /** It ended before it got this connection. */
  onLeftOver(socket: Socket, door: DoorKind): void;
  /** A client of another process is to be woken up. */
  onUnblock(client: number, asError: boolean): void;
}

const ENTRY = fileURLToPath(new URL("./worker-process.js", import.meta.url));

export class Worker {
  /** Rejects when it ends before, or takes too long. */
  readonly ready: Promise<void>;
  /** With the reason as a person reads it. */
  readonly exited: Promise<string>;
  isReady = false;
  stats: GatewayStats = newStats();
  private readonly child: ChildProcess;
  /** By their ids on the server. */
  waiting: readonly number[] = [];
  private readonly desk: RegionDesk;
  private waitingElsewhere = "";
  private readonly onTheWay = new Map<Socket, DoorKind>();
  private given = 0;
  private closed = 0;

  constructor(
    settings: GatewaySettings,
    tls: TlsDoor | undefined,
    private readonly listener: WorkerListener,
  ) {
    this.child = fork(ENTRY, [], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.exited = new Promise((resolve) => {
      this.child.once("error", (error) => resolve(error.message));
      this.child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`));
    });
    this.ready = this.untilReady();
    this.ready.catch(() => undefined); // whoever waits for it is told; nobody may
    this.desk = new RegionDesk(listener.region, (message) => this.send(message));
    this.child.on("message", (message: FromWorker) => this.handle(message));
    void this.exited.then(() => this.leave());
    this.send({ kind: "start", settings, tls });
    this.desk.tellSection();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get connections(): number {
    return this.given - this.closed;
  }

  /** Our copy is closed when it has been sent. What has not when the process ends, another process can have. */
  give(socket: Socket, door: DoorKind): void {
    const message: ToWorker = { kind: "client", door };
    this.given++;
    this.onTheWay.set(socket, door);
    this.child.send(message, socket, { keepOpen: true }, (error) => {
      if (error !== null || !this.onTheWay.delete(socket)) return;
      socket.destroy();
    });
  }

  tellSection(): void {
    this.desk.tellSection();
  }

  tellWaitingElsewhere(ids: readonly number[]): void {
    const text = ids.join();
    if (text !== this.waitingElsewhere) this.send({ kind: "waitingElsewhere", ids });
    this.waitingElsewhere = text;
  }

  unblock(client: number, asError: boolean): void {
    this.send({ kind: "unblock", client, asError });
  }

  useCertificate(material: TlsMaterial): void {
    this.send({ kind: "certificate", material });
  }

  useUpstream(upstream: GatewayUpstream): void {
    this.send({ kind: "upstream", upstream });
  }

  /** It drains, and is ended when that takes longer than it may; resolves when it is gone. */
  async stop(drainMs: number): Promise<void> {
    this.isReady = false;
    const timer = setTimeout(() => this.kill(), drainMs + gatewayLimits.workerStopMsMax);
    this.send({ kind: "stop" });
    await this.exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  private leave(): void {
    this.isReady = false;
    this.desk.close();
    for (const [socket, door] of this.onTheWay) this.listener.onLeftOver(socket, door);
    this.onTheWay.clear();
  }

  private handle(message: FromWorker): void {
    if (message.kind === "counts") {
      this.closed = message.closed;
      this.stats = message.stats;
      this.waiting = message.waiting;
      this.listener.onCounts();
    } else if (message.kind === "unblock") {
      this.listener.onUnblock(message.client, message.asError);
    } else if (message.kind !== "ready") {
      this.desk.onMessage(message);
    }
  }

  private untilReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer);
        this.kill();
        reject(new GatewayError("MERIDIAN_GATEWAYPROCESS", { reason }));
      };
      const { workerReadyMsMax } = gatewayLimits;
      const timer = setTimeout(() => fail(`it was not ready after ${workerReadyMsMax / 1000} s`), workerReadyMsMax);
      this.child.on("message", ({ kind }: FromWorker) => {
        if (kind !== "ready") return;
        clearTimeout(timer);
        this.isReady = true;
        resolve();
      });
      void this.exited.then((reason) => fail(`it ended with ${reason}`));
    });
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => undefined); // a closed channel is seen as its end
  }
}
