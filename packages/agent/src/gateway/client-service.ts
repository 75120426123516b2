/**
 * All clients of one process: makes a session of each connection, wherever it came in, and has what they share. Each
 * client has a connection of its own to the server, so AUTH, ACL, CLIENT, subscriptions and blocking reads behave as
 * ever, and there is nothing to be confused between clients. For no client the gateway logs in by itself: a client is
 * whoever it has proven to be to the server.
 */
import type { Socket } from "node:net";
import { isOwnKeyOfSlots, ownKeyOf, ROOTS_BEGIN } from "./commands/own-keys.js";
import { ClusterUpstream } from "./cluster/cluster-upstream.js";
import { SlotKeysWatch } from "./cluster/slot-keys-watch.js";
import { BlockedClients, type Elsewhere } from "./waiting/blocked-clients.js";
import { Slab } from "./bytes.js";
import type { ClientTaker, DoorKind } from "./doors/client-taker.js";
import type { TlsMaterial } from "../tls/index.js";
import { type ClientCertificates, TlsHandshakes } from "./doors/tls-handshakes.js";
import { FunctionCall } from "./requests/function-call.js";
import { KeyWatch } from "./waiting/key-watch.js";
import { SharedLane } from "./lane/lane.js";
import { gatewayLimits } from "./limits.js";
import { noRegions, type RegionService } from "./region-service.js";
import type { RouterContext } from "./requests/router-context.js";
import { Upstream } from "./server-connection.js";
import { type GatewayUpstream, isOfSlots } from "./upstream.js";
import { Session, type SessionOptions } from "./session.js";
import { type ClientLimits, clientLimits, type GatewaySettings } from "./settings.js";
import { type GatewayStats, newStats } from "./stats.js";
import { type KeyAsker, WaitingClients } from "@meridian/core";

export interface TlsDoor {
  readonly material: TlsMaterial;
  readonly clientCertificates: ClientCertificates;
}

export class ClientService implements ClientTaker {
  readonly processes = [];
  private readonly counted = newStats();
  private readonly sessions = new Set<Session>();
  /** As they came in: of a client that speaks TLS the connection below. */
  private readonly open = new Set<Socket>();
  private readonly limits: ClientLimits;
  private readonly upstream: Upstream;
  /** In front of a cluster. */
  private readonly cluster: ClusterUpstream | undefined;
  private readonly context: RouterContext;
  private readonly shared: Omit<SessionOptions, "onClosed">;
  private readonly lane: SharedLane | undefined;
  private readonly watch: KeyAsker & { leaveServer(): void; stop(): void };
  private readonly waiting: WaitingClients;
  private readonly blocked: BlockedClients;
  private readonly tls: TlsHandshakes | undefined;
  private readonly idleTimer: NodeJS.Timeout;
  private stopped = false;
  private onEmpty: (() => void) | undefined;

  /** `elsewhere`: clients of other processes of the same gateway. */
  constructor(settings: GatewaySettings, tls?: TlsDoor, region: RegionService = noRegions, elsewhere?: Elsewhere) {
    const { root } = settings;
    const { counted: stats } = this;
    const { upstream } = settings;
    const [slab, call] = [new Slab(), new FunctionCall(root)];
    this.cluster = isOfSlots(upstream) ? new ClusterUpstream(upstream, settings.announce ?? [], slab) : undefined;
    this.upstream = new Upstream(isOfSlots(upstream) ? undefined : upstream);
    const { cluster } = this;
    const { connect } = this.upstream;
    this.limits = clientLimits(settings.limits);
    this.watch =
      cluster === undefined
        ? new KeyWatch(connect, settings.watchLogin)
        : new SlotKeysWatch(cluster.map, cluster.connectors, settings.watchLogin);
    this.waiting = new WaitingClients(this.watch);
    this.blocked = new BlockedClients(elsewhere);
    this.lane =
      settings.shareConnection === false || cluster !== undefined
        ? undefined
        : new SharedLane({ connect, call, slab, stats, nowMs: Date.now });
    const { waiting, limits, lane } = this;
    this.context = {
      root,
      rootBytes: Buffer.from(cluster === undefined ? root : ROOTS_BEGIN),
      isOwnKey: cluster === undefined ? ownKeyOf(root) : isOwnKeyOfSlots,
      slots: cluster !== undefined,
      call,
      stats,
      lane,
      waiting,
      limits,
      blocked: this.blocked,
      region,
    };
    this.shared = {
      context: this.context,
      slab,
      serverAddress: () => (cluster ?? this.upstream).text,
      connect: cluster?.connect.bind(cluster) ?? connect,
    };
    if (tls !== undefined) {
      this.tls = new TlsHandshakes(tls.material, tls.clientCertificates, stats, (client) => this.serve(client));
    }
    this.idleTimer = setInterval(() => this.closeIdle(), gatewayLimits.idleCheckMs);
    this.idleTimer.unref();
  }

  get connections(): number {
    return this.open.size;
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

  /**
   * Everybody is closed, connects again, and is served by that one; undefined: by none, until one is known. In front of a cluster
   * who is connected stays.
   */
  useUpstream(upstream: GatewayUpstream): void {
    if (this.cluster !== undefined) {
      if (isOfSlots(upstream)) this.cluster.map.use(upstream);
      return;
    }
    if (isOfSlots(upstream) || !this.upstream.use(upstream)) return;
    for (const session of Array.from(this.sessions)) session.leaveServer();
    this.lane?.leaveServer();
    this.watch.leaveServer();
  }

  /** The ids on the server of clients whose command waits here. */
  waitingIds(): number[] {
    return this.blocked.waitingIds();
  }

  /** Wakes up a client that waits here. */
  unblock(id: number, asError: boolean): void {
    this.blocked.unblock(id, asError);
  }

  stats(): GatewayStats {
    return {
      ...this.counted,
      refusedByName: { ...this.counted.refusedByName },
      clientsConnected: this.sessions.size,
      clientsWaiting: this.waiting.count + this.blocked.waitingForRegions,
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
    this.lane?.stop();
    this.watch.stop();
  }

  private serve(client: Socket): void {
    if (this.stopped) {
      client.destroy();
      return;
    }
    this.counted.clientsTotal++;
    const session: Session = new Session(client, { ...this.shared, onClosed: () => this.sessions.delete(session) });
    this.sessions.add(session);
  }

  private forget(socket: Socket): void {
    this.open.delete(socket);
    if (this.open.size === 0) this.onEmpty?.();
  }

  private closeIdle(): void {
    const { idleMs, stalledMs } = this.limits;
    const nowMs = performance.now();
    for (const session of Array.from(this.sessions)) {
      if (idleMs > 0 && session.isIdleSince(nowMs - idleMs)) this.counted.clientsIdleClosed++;
      else if (session.isStalledSince(nowMs - stalledMs)) this.counted.clientsStalledClosed++;
      else continue;
      session.destroy();
    }
  }
}
