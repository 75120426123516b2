/** The console of one agent: its own region, and others where the configuration names their admin API. */
import {
  type AskedRegion,
  type ConsoleSource,
  Door,
  type DoorPlace,
  joinStatus,
  noGateway,
  PeerRegion,
  type RegionAnswer,
  type RegionQuestion,
  type StatusDocument,
  type UserLogin,
} from "./admin/index.js";
import type { AdminToken } from "./admin-token.js";
import type { AgentSettings } from "./agent.js";
import { AgentError, textOf } from "./errors.js";
import { loginOf } from "./gateway-options.js";
import type { RegionsDocument } from "./members/documents.js";
import type { Gateway } from "./services.js";

export interface AgentConsoleParts {
  settings: AgentSettings;
  admin: NonNullable<AgentSettings["admin"]>;
  gateway: Pick<Gateway, "port" | "tlsPort">;
  token: AdminToken;
  regions: () => RegionsDocument;
  ask: <Q extends RegionQuestion>(question: Q) => Promise<RegionAnswer<Q>>;
}

export function agentConsole(parts: AgentConsoleParts): ConsoleSource {
  const { admin, settings, token } = parts;
  const mayAct = admin.console?.actions === true;
  const own = ownRegion(parts);
  return {
    kind: "agent",
    access: {
      signIn: admin.signIn,
      token: () => token.value,
      checkUser: (login) => checkUser(own, login),
    },
    actions: { commands: mayAct, restore: mayAct, links: false, servers: false },
    regions: () => regionsOf(parts, own),
    status: () => statusOf(settings.region, regionsOf(parts, own)),
  };
}

function regionsOf({ admin, regions, settings, token }: AgentConsoleParts, own: AskedRegion): AskedRegion[] {
  const members = regions().regions.filter(({ status }) => status !== "removed" && status !== "forgotten");
  return members.map(({ region }) => {
    if (region === settings.region) return own;
    const address = admin.console?.peers?.[region];
    return address === undefined ? unreached(region) : new PeerRegion(region, address, () => token.value);
  });
}

function ownRegion({ settings, gateway, ask }: AgentConsoleParts): AskedRegion {
  const { username, password } = loginOf(settings.server);
  return {
    region: settings.region,
    reach: "own",
    ask,
    door: () => ({
      place: placeOf(settings, gateway),
      login: password === undefined ? undefined : { username, password },
    }),
  };
}

function unreached(region: string): AskedRegion {
  const away = (): AgentError => new AgentError("MERIDIAN_NOPEER", { region });
  return {
    region,
    reach: "none",
    ask: () => Promise.reject(away()),
    door: () => {
      throw away();
    },
  };
}

/** The door that asks for least; it is a door of this machine. */
function placeOf({ region, gateway }: AgentSettings, { port, tlsPort }: Pick<Gateway, "port" | "tlsPort">): DoorPlace {
  if (gateway.unixSocket !== undefined) return { path: gateway.unixSocket.path };
  if (port !== 0) return { host: dialled(gateway.host), port, isTls: false };
  if (tlsPort === undefined) throw noGateway(region, "it has no door");
  if (gateway.tls?.clientCertificates === "required") {
    throw noGateway(region, "its only door asks clients for certificates; give it a unix socket beside");
  }
  return { host: dialled(gateway.tls?.host ?? gateway.host), port: tlsPort, isTls: true };
}

function dialled(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

const FEW = { elements: 16, textBytes: 4096, bytes: 4096 };

/** The console shows all keys, so it is for those who could give themselves any right. */
async function checkUser(own: AskedRegion, login: UserLogin): Promise<void> {
  const door = await Door.open({ ...own.door(), login, region: own.region, room: FEW });
  try {
    const reply = await door.send(["ACL", "DRYRUN", login.username, "ACL", "SETUSER", login.username]);
    if (reply.type === "text" && reply.value === "OK") return;
    throw new AgentError("MERIDIAN_NOADMINISTRATOR", { user: login.username });
  } finally {
    door.close();
  }
}

/** Of all that answer; the own region always does. */
async function statusOf(own: string, regions: readonly AskedRegion[]): Promise<StatusDocument> {
  const reached = regions.filter(({ reach }) => reach !== "none");
  const agents = reached.map(async (region) => {
    try {
      return { region: region.region, document: await region.ask({ kind: "status" }), problem: "" };
    } catch (error) {
      if (region.region === own) throw error;
      return { region: region.region, document: undefined, problem: textOf(error) };
    }
  });
  return joinStatus(await Promise.all(agents));
}
