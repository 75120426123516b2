/**
 * RESP2 in front of a region's server: any Redis client connects here as it would to Redis. Reads go through byte for
 * byte, writes become calls of Meridian's function, and what would not be replicated is refused by name.
 *
 * Each client has a connection of its own to the server, so AUTH, ACL, CLIENT, subscriptions and blocking reads behave
 * as ever, and there is nothing to be confused between clients. For no client the gateway logs in by itself: a client is
 * whoever it has proven to be to the server.
 */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Slab } from "./bytes.js";
import { errorReply, GatewayError } from "./errors.js";
import { FunctionCall } from "./function-call.js";
import { KeyWatch, type Login } from "./key-watch.js";
import { SharedLane } from "./lane.js";
import { gatewayLimits } from "./limits.js";
import { serverConnector, type ServerAddress, serverAddressText } from "./server-connection.js";
import { Session } from "./session.js";
import { type GatewayStats, newStats } from "./stats.js";
import { WaitingClients } from "./waiting-clients.js";

export interface GatewayOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly upstream: ServerAddress;
  /** `mer:{0}` for a standalone server. */
  readonly root: string;
  /** Small commands of clients that are the server's default user go together (lane.ts); on unless false. */
  readonly shareConnection?: boolean;
  /** Who asks for changes of keys while clients wait for values (key-watch.ts); without it the default user. */
  readonly watchLogin?: Login;
  readonly limits?: { readonly clientsMax?: number; readonly drainMsMax?: number };
}

export interface Gateway {
  readonly port: number;
  stats(): GatewayStats;
  /** No new clients; replies in flight are given, up to a limit; then everything is closed. */
  stop(): Promise<void>;
}

const ROOT = /^mer:\{[^{}]+\}$/;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  if (!ROOT.test(options.root)) throw new GatewayError("MERIDIAN_BADROOT", { root: options.root });
  const clientsMax = options.limits?.clientsMax ?? gatewayLimits.clientsMax;
  const drainMsMax = options.limits?.drainMsMax ?? gatewayLimits.drainMsMax;
  const stats = newStats();
  const sessions = new Set<Session>();
  const [slab, call, connect] = [new Slab(), new FunctionCall(options.root), serverConnector(options.upstream)];
  const watch = new KeyWatch(connect, options.watchLogin);
  const waiting = new WaitingClients(watch);
  const shared = {
    context: {
      root: options.root,
      rootBytes: Buffer.from(options.root),
      call,
      stats,
      lane: undefined as SharedLane | undefined,
      waiting,
    },
    slab,
    serverAddress: serverAddressText(options.upstream),
    connect,
  };
  const accept = (client: Socket): void => {
    if (sessions.size >= clientsMax) {
      stats.clientsRefused++;
      client.on("error", () => client.destroy());
      client.end(errorReply("maxClients"));
      return;
    }
    stats.clientsTotal++;
    const session: Session = new Session(client, { ...shared, onClosed: () => sessions.delete(session) });
    sessions.add(session);
  };
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: gatewayLimits.keepAliveMs, allowHalfOpen: true },
    accept,
  );
  await listenOn(server, options.listen);
  if (options.shareConnection !== false) {
    shared.context.lane = new SharedLane({ connect, call, slab, stats, nowMs: Date.now });
  }
  return {
    port: (server.address() as AddressInfo).port,
    stats: () => ({
      ...stats,
      refusedByName: { ...stats.refusedByName },
      clientsConnected: sessions.size,
      clientsWaiting: waiting.count,
    }),
    stop: async () => {
      await stopServing(server, sessions, drainMsMax);
      shared.context.lane?.stop();
      watch.stop();
    },
  };
}

function listenOn(server: Server, { host, port }: GatewayOptions["listen"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "EADDRINUSE" ? "MERIDIAN_PORTINUSE" : "MERIDIAN_LISTEN";
      reject(new GatewayError(code, { host, port, reason: error.code ?? error.message }, error));
    });
    server.listen({ host, port, backlog: gatewayLimits.backlog }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function stopServing(server: Server, sessions: Set<Session>, drainMsMax: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const session of sessions) session.destroy();
    }, drainMsMax);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    for (const session of sessions) session.finish();
  });
}
