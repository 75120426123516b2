/**
 * RESP in front of a region's server: any Redis client connects here as it would to Redis. Reads go through byte for
 * byte, writes become calls of Meridian's function, and what would not be replicated is refused by name.
 *
 * Here it is put together: the doors (doors/), behind them who serves the clients (client-service.ts; or several
 * processes of it, processes/), and the certificate that is exchanged when its files are.
 *
 *     session.ts   one client and its own connection to the server
 *     requests/    the way of the client's bytes: what becomes of each command
 *     commands/    what is known of each command
 *     replies/     the way of the server's bytes, and what is owed to the client
 *     lane/        small commands of many clients over one connection
 *     waiting/     BLPOP and its like, and WAIT
 *     cluster/     in front of a cluster: what stands in for the one server
 *     relay/       where one region takes the writes: reads go to the region's own server, the rest to the primary
 */
import { ClientService, type TlsDoor } from "./client-service.js";
import { CertificateWatch, readCertificate, type TlsFiles, type TlsMaterial, validUntilMs } from "../tls/index.js";
import type { ClientTaker, GatewayProcess } from "./doors/client-taker.js";
import { Doors, type ListenAddress } from "./doors/doors.js";
import type { ClientCertificates } from "./doors/tls-handshakes.js";
import type { UnixSocketSettings } from "./doors/unix-socket.js";
import { GatewayError } from "./errors.js";
import { type GatewayLog, Problems, type GatewayProblem } from "./problems.js";
import { WorkerPool } from "./processes/worker-pool.js";
import { noRegions, type RegionService } from "./region-service.js";
import type { RelayRouting } from "./relay/relay-routing.js";
import { RelayService, type RelaySettings } from "./relay/relay-service.js";
import type { GatewayUpstream } from "./upstream.js";
import { clientLimits, type GatewaySettings } from "./settings.js";
import type { GatewayStats } from "./stats.js";

export interface TlsSettings extends TlsFiles, ListenAddress {
  /** None unless it says so. */
  readonly clientCertificates?: ClientCertificates | undefined;
}

export interface GatewayOptions extends GatewaySettings {
  /** Without TLS. At least one of this and the next two. */
  readonly listen?: ListenAddress | undefined;
  readonly tls?: TlsSettings | undefined;
  readonly unixSocket?: UnixSocketSettings | undefined;
  /** More than 1: so many processes beside this one serve the clients. */
  readonly processes?: number | undefined;
  readonly log?: GatewayLog | undefined;
  /** What the region's agent knows; without it there are no other regions. */
  readonly region?: RegionService | undefined;
}

export interface Gateway {
  /** The plain port; 0: there is none. */
  readonly port: number;
  readonly tlsPort: number | undefined;
  stats(): GatewayStats;
  /** Until when the certificate in use is good. */
  readonly certificateUntilMs: number | undefined;
  /** Those beside this one that serve the clients; none where this one does. */
  readonly processes: readonly GatewayProcess[];
  problems(): GatewayProblem[];
  /** Another server is the region's primary; undefined: none is known. Clients are closed, unless it is the same. */
  useUpstream(upstream: GatewayUpstream): void;
  /** Looks at the certificate's files now. */
  reload(): Promise<void>;
  /** No new clients; replies in flight are given, up to a limit; then everything is closed. */
  stop(): Promise<void>;
}

const ROOT = /^mer:\{[^{}]+\}$/;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { root, tls } = options;
  if (!ROOT.test(root)) throw new GatewayError("MERIDIAN_BADROOT", { root });
  const door = await doorOf(tls);
  const problems = new Problems(options.log);
  const several = options.processes !== undefined && options.processes > 1;
  const taker = several
    ? await WorkerPool.start(options.processes, settingsOf(options), door, options.region ?? noRegions, problems)
    : new ClientService(options, door, options.region);
  try {
    const doors = await Doors.open({ ...options, listenTls: tls }, taker, clientLimits(options.limits), several);
    return new RunningGateway(options, taker, doors, door, problems);
  } catch (error) {
    await taker.stop();
    throw error;
  }
}

export interface RelayOptions extends RelaySettings {
  readonly listen?: ListenAddress | undefined;
  readonly tls?: TlsSettings | undefined;
  readonly unixSocket?: UnixSocketSettings | undefined;
  readonly log?: GatewayLog | undefined;
}

/** The gateway of a region where one region takes the writes. */
export interface Relay extends Gateway {
  use(routing: RelayRouting): void;
  /** Commands that were sent to the primary and are not answered, but for those whose clients want to wait. */
  readonly unanswered: number;
}

export async function startRelay(options: RelayOptions): Promise<Relay> {
  const door = await doorOf(options.tls);
  const problems = new Problems(options.log);
  const service = new RelayService(options, door);
  try {
    const doors = await Doors.open(
      { ...options, listenTls: options.tls },
      service,
      clientLimits(options.limits),
      false,
    );
    return new RunningRelay(options, service, doors, door, problems);
  } catch (error) {
    await service.stop();
    throw error;
  }
}

async function doorOf(tls: TlsSettings | undefined): Promise<TlsDoor | undefined> {
  if (tls === undefined) return undefined;
  return { material: await readCertificate(tls), clientCertificates: tls.clientCertificates ?? "none" };
}

class RunningGateway implements Gateway {
  private readonly watch: CertificateWatch | undefined;
  private material: TlsMaterial | undefined;

  constructor(
    options: Pick<GatewayOptions, "tls" | "log">,
    private readonly taker: ClientTaker,
    private readonly doors: Doors,
    door: TlsDoor | undefined,
    private readonly problemList: Problems,
  ) {
    this.material = door?.material;
    if (options.tls !== undefined && door !== undefined) {
      this.watch = new CertificateWatch(options.tls, door.material, {
        onCertificate: (material) => this.useCertificate(material),
        onProblem: (error) => this.problemList.raise("GATEWAY_CERTIFICATE", error.message),
        onMended: () =>
          options.log?.info("the certificate in use is the one of the files again", { event: "certificate-used" }),
      });
    }
  }

  get port(): number {
    return this.doors.port ?? 0;
  }
  get tlsPort(): number | undefined {
    return this.doors.tlsPort;
  }
  get certificateUntilMs(): number | undefined {
    return this.material === undefined ? undefined : validUntilMs(this.material);
  }

  get processes(): readonly GatewayProcess[] {
    return this.taker.processes;
  }

  stats(): GatewayStats {
    return { ...this.taker.stats(), clientsRefused: this.doors.refused };
  }

  problems(): GatewayProblem[] {
    return this.problemList.all();
  }

  useUpstream(upstream: GatewayUpstream): void {
    this.taker.useUpstream(upstream);
  }

  async reload(): Promise<void> {
    await this.watch?.look();
  }

  async stop(): Promise<void> {
    this.watch?.stop();
    this.doors.close();
    await this.taker.stop();
  }

  private useCertificate(material: TlsMaterial): void {
    this.material = material;
    this.taker.useCertificate(material);
    this.problemList.log?.info("the certificate was exchanged", {
      event: "certificate-used",
      validUntil: new Date(validUntilMs(material)).toISOString(),
    });
  }
}

class RunningRelay extends RunningGateway implements Relay {
  constructor(
    options: RelayOptions,
    private readonly service: RelayService,
    doors: Doors,
    door: TlsDoor | undefined,
    problems: Problems,
  ) {
    super(options, service, doors, door, problems);
  }

  get unanswered(): number {
    return this.service.unanswered;
  }

  use(routing: RelayRouting): void {
    this.service.use(routing);
  }
}

/** What can go to another process. */
function settingsOf({
  upstream,
  root,
  shareConnection,
  watchLogin,
  announce,
  limits,
}: GatewayOptions): GatewaySettings {
  return { upstream, root, watchLogin, announce, limits, ...(shareConnection !== undefined && { shareConnection }) };
}
