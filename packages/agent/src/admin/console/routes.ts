/** The paths of the console. Who is not signed in may ask only who one is, and sign in. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AgentError } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import { VERSION } from "../../version.js";
import { gatherConflicts } from "../conflicts.js";
import type { ConflictsDocument } from "../documents.js";
import { Access, type Session } from "./access.js";
import type { ConsoleDocument, SessionDocument } from "./documents.js";
import { EventStream } from "./event-stream.js";
import { ConsoleEvents } from "./events.js";
import { conflictSourceOf } from "./gather.js";
import { Health } from "./health.js";
import { readKeyEverywhere } from "./key.js";
import { browseKeys } from "./keys.js";
import { Pages } from "./pages.js";
import {
  readCommands,
  readConflicts,
  readKeyRequest,
  readKeys,
  readQuestion,
  readRestore,
  readServers,
  readSession,
} from "./requests.js";
import { restoreLoser } from "./restore.js";
import type { AskedRegion, ConsoleSource } from "./source.js";
import { KeyWatch } from "./watch.js";

export interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  session: Session | undefined;
}

/** A document, or STREAMED where the answer goes on by itself. */
export type ConsoleHandler = (call: Call) => Promise<unknown>;
export const STREAMED = Symbol("streamed");

export class Console {
  readonly access: Access;
  private readonly events: ConsoleEvents;
  private readonly pages = new Pages();
  private readonly health: Health;
  private readonly stopped = new AbortController();
  private watches = 0;

  constructor(private readonly source: ConsoleSource) {
    this.access = new Access(source.access);
    this.events = new ConsoleEvents(() => source.status());
    this.health = new Health(source);
  }

  /** Open to all. */
  readonly open: Readonly<Record<string, Partial<Record<"GET" | "POST", ConsoleHandler>>>> = {
    "/api/console": { GET: async ({ session }) => this.document(session) },
    "/api/session": { POST: (call) => this.sign(call) },
  };

  readonly closed: Readonly<Record<string, Partial<Record<"GET" | "POST", ConsoleHandler>>>> = {
    "/api/events": { GET: async ({ response }) => this.streamed(() => this.events.add(response)) },
    "/api/watch": { POST: (call) => this.watch(call) },
    "/api/commands": { POST: (call) => this.commands(call) },
    "/api/servers": { POST: (call) => this.servers(call) },
    "/api/keys": { POST: (call) => this.keys(call) },
    "/api/key": {
      POST: async ({ request }) => readKeyEverywhere(this.reached(), (await readKeyRequest(request)).keyBase64),
    },
    "/api/conflicts": { POST: (call) => this.conflicts(call) },
    "/api/restore": { POST: (call) => this.restore(call) },
    "/api/health": { GET: async () => this.health.read() },
    "/api/ask": { POST: (call) => this.ask(call) },
  };

  stop(): void {
    this.stopped.abort();
    this.events.stop();
    this.pages.stop();
    this.health.stop();
  }

  private document(session: Session | undefined): ConsoleDocument {
    const { kind, actions, regions } = this.source;
    return {
      kind,
      software: VERSION,
      signIn: this.access.signIn,
      signedIn: session !== undefined,
      user: session?.user?.username ?? null,
      actions,
      regions: regions().map(({ region, reach }) => ({ region, reach })),
    };
  }

  private async sign({ request, response }: Call): Promise<SessionDocument> {
    const given = await readSession(request);
    const signedIn = !("end" in given);
    const cookie = signedIn ? await this.access.begin(request, given) : this.access.end(request);
    response.setHeader("set-cookie", cookie);
    return { signedIn: signedIn || this.access.signIn === "none" };
  }

  private streamed(begin: () => void): typeof STREAMED {
    begin();
    return STREAMED;
  }

  private async watch({ request, response }: Call): Promise<typeof STREAMED> {
    const { keyBase64 } = await readKeyRequest(request);
    const most = agentLimits.streamsMax;
    if (this.watches >= most) throw new AgentError("MERIDIAN_STREAMS", { most });
    this.watches++;
    const stream = new EventStream(response, () => this.watches--);
    void new KeyWatch(this.reached(), keyBase64, stream).run(this.stopped.signal);
    return STREAMED;
  }

  private async commands({ request, session }: Call): Promise<unknown> {
    this.allow("commands", "commands");
    const asked = await readCommands(request);
    const region = this.region(asked.region);
    if (region.forward !== undefined) return await region.forward("/api/commands", asked);
    return await this.pages.run(region, signedIn(session), asked);
  }

  private async servers({ request }: Call): Promise<unknown> {
    const { servers } = this.source;
    if (servers === undefined) throw new AgentError("MERIDIAN_LOCALONLY");
    const asked = await readServers(request);
    this.region(asked.region);
    return await servers(asked);
  }

  private async keys({ request, session }: Call): Promise<unknown> {
    const asked = await readKeys(request);
    const region = this.region(asked.region);
    if (region.forward !== undefined) return await region.forward("/api/keys", asked);
    return await browseKeys(region, signedIn(session), asked);
  }

  private async conflicts({ request }: Call): Promise<ConflictsDocument> {
    const { keyBase64, limit = agentLimits.conflictsListed } = await readConflicts(request);
    const key = keyBase64 === undefined ? undefined : Buffer.from(keyBase64, "base64");
    return await gatherConflicts(this.reached().map(conflictSourceOf), { key, limit });
  }

  private async restore({ request, session }: Call): Promise<unknown> {
    this.allow("restore", "restoring");
    const asked = await readRestore(request);
    const region = this.region(asked.region);
    if (region.forward !== undefined) return await region.forward("/api/restore", asked);
    return await restoreLoser(region, signedIn(session), asked);
  }

  /** Another agent's console asks; this region answers for itself. */
  private async ask({ request }: Call): Promise<unknown> {
    const question = await readQuestion(request);
    const own = this.source.regions().filter(({ reach }) => reach === "own");
    const [region] = own;
    if (region === undefined || own.length > 1) throw new AgentError("MERIDIAN_NOTONE");
    return await region.ask(question);
  }

  private allow(action: "commands" | "restore", what: string): void {
    if (!this.source.actions[action]) throw new AgentError("MERIDIAN_READONLY", { what });
  }

  private reached(): AskedRegion[] {
    return this.source.regions().filter(({ reach }) => reach !== "none");
  }

  private region(name: string): AskedRegion {
    const regions = this.reached();
    const region = regions.find((candidate) => candidate.region === name);
    if (region !== undefined) return region;
    throw new AgentError("MERIDIAN_NOSUCHREGION", {
      region: name,
      regions: regions.map((candidate) => candidate.region).join(", "),
    });
  }
}

function signedIn(session: Session | undefined): Session {
  if (session === undefined) throw new AgentError("MERIDIAN_SIGNIN", { how: "POST /api/session" });
  return session;
}
