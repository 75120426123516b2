/** All clients of a region where one region takes the writes: makes a session of each, and tells them where the servers are. */
import type { Socket } from "node:net";
import type { TlsDoor } from "../client-service.js";
import type { ClientTaker, DoorKind } from "../doors/client-taker.js";
import { TlsHandshakes } from "../doors/tls-handshakes.js";
import { gatewayLimits } from "../limits.js";
import { type ClientLimits, clientLimits, type LimitSettings } from "../settings.js";
import { type GatewayStats, newStats } from "../stats.js";
import type { TlsMaterial } from "../../tls/index.js";
import { type GatewayUpstream, isOfSlots } from "../upstream.js";
import { RelaySession } from "./relay-session.js";
import type { ReadBound, RelayRouting, Staleness } from "./relay-routing.js";

export interface RelaySettings {
  readonly limits?: LimitSettings | undefined;
  readonly routing: RelayRouting;
  readonly bound?: ReadBound | undefined;
  readonly staleness: Staleness;
}

export class RelayService implements ClientTaker {
  readonly processes = [];
  private readonly counted = newStats();
  private readonly sessions = new Set<RelaySession>();
  private readonly open = new Set<Socket>();
  private readonly limits: ClientLimits;
  private readonly tls: TlsHandshakes | undefined;
  private readonly idleTimer: NodeJS.Timeout;
  private routing: RelayRouting;
  private stopped = false;
  private onEmpty: (() => void) | undefined;

  constructor(
    private readonly settings: RelaySettings,
    tls?: TlsDoor,
  ) {
    this.routing = settings.routing;
    this.limits = clientLimits(settings.limits);
    if (tls !== undefined) {
      this.tls = new TlsHandshakes(tls.material, tls.clientCertificates, this.counted, (client) => this.serve(client));
    }
    this.idleTimer = setInterval(() => this.closeIdle(), gatewayLimits.idleCheckMs);
    this.idleTimer.unref();
  }

  get connections(): number {
    return this.open.size;
  }

  /** Commands that were sent to the primary and are not answered, but for those whose clients want to wait. */
  get unanswered(): number {
    let count = 0;
    for (const session of this.sessions) count += session.unanswered;
    return count;
  }

  use(routing: RelayRouting): void {
    if (JSON.stringify(routing) === JSON.stringify(this.routing)) return;
    this.routing = routing;
    for (const session of Array.from(this.sessions)) session.routingChanged();
  }

  take(socket: Socket, kind: DoorKind): void {
    this.open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.forget(socket));
    if (kind === "plain") this.serve(socket);
    else this.tls?.begin(socket);
  }

  useCertificate(material: TlsMaterial): void {
    this.tls?.use(material);
  }

  /** One server for reads and writes. */
  useUpstream(upstream: GatewayUpstream): void {
    const address = isOfSlots(upstream) ? undefined : upstream;
    this.use({ ...this.routing, near: address, primary: address });
  }

  stats(): GatewayStats {
    return {
      ...this.counted,
      refusedByName: { ...this.counted.refusedByName },
      clientsConnected: this.sessions.size,
    };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.idleTimer);
    const late = setTimeout(() => {
      for (const session of Array.from(this.sessions)) session.destroy();
      for (const socket of Array.from(this.open)) socket.destroy();
    }, this.limits.drainMs);
    for (const session of Array.from(this.sessions)) session.finish();
    if (this.open.size > 0) await new Promise<void>((resolve) => (this.onEmpty = resolve));
    clearTimeout(late);
  }

  private serve(client: Socket): void {
    if (this.stopped) {
      client.destroy();
      return;
    }
    this.counted.clientsTotal++;
    const { bound, staleness } = this.settings;
    const session: RelaySession = new RelaySession(client, {
      routing: () => this.routing,
      bound,
      staleness,
      limits: this.limits,
      stats: this.counted,
      onClosed: () => this.sessions.delete(session),
    });
    this.sessions.add(session);
  }

  private forget(socket: Socket): void {
    this.open.delete(socket);
    if (this.open.size === 0) this.onEmpty?.();
  }

  private closeIdle(): void {
    const { idleMs } = this.limits;
    if (idleMs === 0) return;
    const beforeMs = performance.now() - idleMs;
    for (const session of Array.from(this.sessions)) {
      if (!session.isIdleSince(beforeMs)) continue;
      this.counted.clientsIdleClosed++;
      session.destroy();
    }
  }
}
