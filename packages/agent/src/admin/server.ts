/**
 * The admin API over plain HTTP: a table of paths, each with its methods. Answers JSON (metrics: Prometheus text), errors
 * too: `{"error": {"code", "message"}}` with the status of the code. It listens on 127.0.0.1 unless the configuration says
 * otherwise; who may use it says console/access.ts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EngineError } from "@meridian/engine";
import { AgentError, codeOf, textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import { LinkError } from "../link/errors.js";
import type {
  BandwidthDocument,
  BandwidthRequest,
  ConflictsDocument,
  ConflictsRequest,
  ErrorDocument,
  InspectDocument,
  LinksDocument,
  LinksRequest,
  StatusDocument,
} from "./documents.js";
import type { ModeDocument, ModeRequest } from "../mode/documents.js";
import type { ForgetDocument, RegionsDocument, RegionsRequest } from "../members/documents.js";
import type { FailoverDocument, FailoverRequest } from "../passive/documents.js";
import type { DoctorDocument, VerifyAnswer, VerifyRequest } from "../verify/documents.js";
import type { ConflictListener, Unsubscribe } from "./conflict-notices.js";
import { ConflictStreams } from "./conflict-stream.js";
import { ConsoleFiles } from "./console-files.js";
import { Console, STREAMED, type ConsoleHandler } from "./console/routes.js";
import type { ConsoleSource } from "./console/source.js";
import { METRICS_CONTENT_TYPE, metricsText } from "./metrics.js";
import {
  readBandwidthRequest,
  readConflictsRequest,
  readFailoverRequest,
  readKey,
  readLinksRequest,
  readModeRequest,
  readRegionsRequest,
  readVerifyRequest,
  refuseOtherSites,
} from "./requests.js";

export interface AdminSource {
  status(): Promise<StatusDocument>;
  /** What is counted here, where agents share the work and each counts its own; without it that is the status. */
  counted?(): Promise<StatusDocument>;
  inspect(key: Buffer): Promise<InspectDocument>;
  conflicts(request: ConflictsRequest): Promise<ConflictsDocument>;
  /** As they arise, in each region that it knows. */
  subscribeConflicts(listener: ConflictListener): Unsubscribe;
  doctor(): Promise<DoctorDocument>;
  mode(request?: ModeRequest): Promise<ModeDocument>;
  verify(request: VerifyRequest): Promise<VerifyAnswer>;
  bandwidth: {
    list(): Promise<BandwidthDocument>;
    limit(request: BandwidthRequest): Promise<BandwidthDocument>;
  };
  regions: {
    list(): Promise<RegionsDocument>;
    change(request: RegionsRequest): Promise<RegionsDocument | ForgetDocument>;
  };
  /** Only where one region takes the writes. */
  failover?(request: FailoverRequest): Promise<FailoverDocument>;
  /** Only a local start has links that can be cut. */
  links?: {
    list(): LinksDocument;
    set(request: LinksRequest): LinksDocument;
  };
}

export interface Admin {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface AdminOptions {
  listen: { host: string; port: number };
  source: AdminSource;
  /** Whether there is something to look at: the console's page, and at / a list of what there is; default true. */
  hasConsole?: boolean;
  /** What the console's page asks; undefined: there is no console, and nobody signs in. */
  console?: ConsoleSource;
  onFault: (error: unknown) => void;
}

interface Answer {
  type: string;
  body: string;
}

/** Undefined: the answer goes on by itself. */
type Handler = (
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
) => Promise<Answer | undefined> | Answer | undefined;
interface Serving {
  table: Routes;
  console: Console | undefined;
  page: ConsoleFiles | undefined;
}

type Routes = Readonly<Record<string, Readonly<Partial<Record<"GET" | "POST", Handler>>>>>;

export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { listen, source, hasConsole = true, onFault } = options;
  const console = options.console === undefined ? undefined : new Console(options.console);
  const table = withConsole(routes(source, hasConsole), console);
  const serving = { table, console, page: hasConsole ? ConsoleFiles.read() : undefined };
  const server = createServer({ requestTimeout: agentLimits.adminRequestMsMax }, (request, response) => {
    void answer(serving, request, response).catch((error: unknown) => refuse(response, error, onFault));
  });
  server.maxConnections = agentLimits.adminConnectionsMax;
  const port = await listening(server, listen);
  return {
    host: listen.host,
    port,
    stop: async () => {
      console?.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function routes(source: AdminSource, hasConsole: boolean): Routes {
  const { links } = source;
  const streams = new ConflictStreams((listener) => source.subscribeConflicts(listener));
  const localOnly: Handler = () => {
    throw new AgentError("MERIDIAN_LOCALONLY");
  };
  return {
    ...(hasConsole ? { "/": { GET: () => json(index(source)) } } : {}),
    "/healthz": { GET: () => ({ type: "text/plain; charset=utf-8", body: "ok\n" }) },
    "/api/status": { GET: async () => json(await source.status()) },
    "/api/inspect": { GET: async (_request, url) => json(await source.inspect(readKey(url.searchParams))) },
    "/api/conflicts": {
      GET: async (_request, url) => json(await source.conflicts(readConflictsRequest(url.searchParams))),
    },
    "/api/conflicts/events": {
      GET: (_request, _url, response) => {
        streams.open(response);
        return undefined;
      },
    },
    "/api/doctor": { GET: async () => json(await source.doctor()) },
    "/api/mode": {
      GET: async () => json(await source.mode()),
      POST: async (request) => json(await source.mode(await readModeRequest(request))),
    },
    "/api/verify": { POST: async (request) => json(await source.verify(await readVerifyRequest(request))) },
    "/api/bandwidth": {
      GET: async () => json(await source.bandwidth.list()),
      POST: async (request) => json(await source.bandwidth.limit(await readBandwidthRequest(request))),
    },
    "/api/regions": {
      GET: async () => json(await source.regions.list()),
      POST: async (request) => json(await source.regions.change(await readRegionsRequest(request))),
    },
    "/api/failover": {
      POST: async (request) => {
        if (source.failover === undefined) throw new AgentError("MERIDIAN_ONLYPASSIVE", { what: "a failover" });
        return json(await source.failover(await readFailoverRequest(request)));
      },
    },
    "/api/links": {
      GET: links === undefined ? localOnly : () => json(links.list()),
      POST: links === undefined ? localOnly : async (request) => json(links.set(await readLinksRequest(request))),
    },
    "/metrics": {
      GET: async () => ({
        type: METRICS_CONTENT_TYPE,
        body: metricsText((await source.counted?.()) ?? (await source.status())),
      }),
    },
  };
}

function index(source: AdminSource): unknown {
  return {
    meridian: source.links === undefined ? "the admin API of one agent" : "the admin API of a local start",
    "GET /api/status": "regions and links",
    "GET /api/inspect?key=KEY": "value and metadata of a key in every region",
    "GET /api/conflicts": "what lost in conflicts and is kept, and how many there were; also ?key=KEY and ?limit=N",
    "GET /api/conflicts/events": "conflicts as they arise and are resolved, as server-sent events",
    "GET /api/mode": "whether regions are active-active or active-passive",
    "POST /api/mode": '{"primary": "REGION"} makes ready to follow it, null takes that back',
    "GET /api/regions": "the regions of the deployment, those that are gone too, and the change that is under way",
    "POST /api/regions": '{"action": "add", "region": "NAME", "link": "HOST:PORT"}, or "remove", or "forget"',
    "GET /api/bandwidth": "what each link may use",
    "POST /api/bandwidth":
      '{"bandwidth": "10Mbit", "a": "REGION", "b": "REGION"} limits a link, null takes the limit away',
    ...(source.links === undefined
      ? {}
      : {
          "GET /api/links": "the links and whether they are up",
          "POST /api/links": '{"up": false, "a": "REGION", "b": "REGION"} cuts a link, {"up": true} mends all',
        }),
    "GET /api/console": "who is signed in, and what may be done; the console's other paths are in the documentation",
    "GET /api/health": "convergence, lag over time, logs, clocks, memory, alarms",
    "POST /api/failover": '{"to": "REGION"} makes another region the primary, where one region takes the writes',
    "GET /api/doctor": "what is wrong with each region's server, and what to do",
    "POST /api/verify": "a step of `meridian verify`",
    "GET /metrics": "Prometheus text",
    "GET /healthz": "ok while the process lives",
  };
}

function withConsole(table: Routes, console: Console | undefined): Routes {
  if (console === undefined) return table;
  const merged: Record<string, Partial<Record<"GET" | "POST", Handler>>> = { ...table };
  for (const [path, methods] of Object.entries({ ...console.open, ...console.closed })) {
    const handlers = Object.entries(methods).map(([method, handler]) => [method, handlerOf(console, handler)]);
    merged[path] = { ...merged[path], ...(Object.fromEntries(handlers) as Partial<Record<"GET" | "POST", Handler>>) };
  }
  return merged;
}

function handlerOf(console: Console, handler: ConsoleHandler): Handler {
  return async (request, _url, response) => {
    const document = await handler({ request, response, session: console.access.sessionOf(request) });
    return document === STREAMED ? undefined : json(document);
  };
}

async function answer(
  { table, console, page }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  refuseOtherSites(request);
  const url = new URL(request.url ?? "/", "http://localhost");
  if (page?.answer(request, response, url.pathname) === true) return;
  const isClosed = url.pathname.startsWith("/api/") && console?.open[url.pathname] === undefined;
  if (isClosed) console?.access.require(request);
  const methods = table[url.pathname];
  if (methods === undefined) {
    throw new AgentError("MERIDIAN_NOSUCHPATH", { path: url.pathname, paths: Object.keys(table).join(" ") });
  }
  const method = request.method ?? "";
  const handler = method === "GET" || method === "POST" ? methods[method] : undefined;
  if (handler === undefined) {
    const allowed = Object.keys(methods).join(", ");
    response.setHeader("allow", allowed);
    throw new AgentError("MERIDIAN_BADMETHOD", { method, path: url.pathname, allowed });
  }
  const answered = await handler(request, url, response);
  if (answered !== undefined) send(response, 200, answered.type, answered.body);
}

function refuse(response: ServerResponse, error: unknown, onFault: (error: unknown) => void): void {
  const isAway = error instanceof EngineError || error instanceof LinkError; // a server, or another region's agent
  const status = error instanceof AgentError ? error.status : isAway ? 503 : 500;
  if (status === 500) onFault(error);
  const known = error instanceof AgentError || isAway;
  const shown = known ? error : new AgentError("MERIDIAN_INTERNAL", { reason: textOf(error) });
  const document: ErrorDocument = { error: { code: codeOf(shown), message: shown.message } };
  const { body, type } = json(document);
  if (!response.headersSent) send(response, status, type, body);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

function json(value: unknown): Answer {
  return { type: "application/json; charset=utf-8", body: `${JSON.stringify(value, null, 2)}\n` };
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      reject(inUse ? new EngineError("MERIDIAN_PORTINUSE", { port }, error) : error);
    });
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}
