/** What `server.url` says: one server, a list of which one is the primary, the Sentinels that know which one is, or a cluster. */
import { parseAddress, type Address } from "../address.js";
import { EngineError } from "../errors.js";

/** How the servers, and the Sentinels, are to be spoken to where the address can't say it. */
export interface SentinelAccess {
  /** Of the Sentinels themselves; the login in the address is the servers'. */
  username?: string | undefined;
  password?: string | undefined;
  /** TLS to the Sentinels. */
  tls?: boolean | undefined;
  /** TLS to the servers. */
  serverTls?: boolean | undefined;
}

export type ServerLogin = Pick<Address, "username" | "password" | "tls">;

export type ServerPlace =
  | { kind: "one"; server: Address }
  | { kind: "list"; servers: readonly Address[] }
  /** Some of its nodes; they tell of the others. */
  | { kind: "cluster"; servers: readonly Address[] }
  | { kind: "sentinel"; sentinels: readonly Address[]; name: string; login: ServerLogin };

const PARTS = /^([a-z]+:)\/\/(?:([^@/]*)@)?([^/?#]*)(.*)$/i;
const SENTINEL_PORT = 26_379;
/** Of how its nodes are spoken to. */
const CLUSTER_SCHEMES: Record<string, string | undefined> = { "cluster:": "redis:", "clusters:": "rediss:" };

export function parseServerUrl(url: string, access: SentinelAccess = {}): ServerPlace {
  const [, scheme = "", login, hosts = "", rest = ""] = PARTS.exec(url) ?? [];
  const before = login === undefined ? "//" : `//${login}@`;
  if (scheme.toLowerCase() === "sentinel:") return sentinelPlace(url, before, hosts, rest, access);
  const names = hosts.split(",");
  const nodes = CLUSTER_SCHEMES[scheme.toLowerCase()];
  if (nodes !== undefined) {
    return { kind: "cluster", servers: names.map((name) => parseAddress(`${nodes}${before}${name}${rest}`)) };
  }
  if (names.length === 1) return { kind: "one", server: parseAddress(url) };
  return { kind: "list", servers: names.map((name) => parseAddress(`${scheme}${before}${name}${rest}`)) };
}

/** How to log in on the region's server. */
export function serverLogin(url: string, access: SentinelAccess = {}): ServerLogin {
  const place = parseServerUrl(url, access);
  if (place.kind === "sentinel") return place.login;
  return place.kind === "one" ? place.server : place.servers[0]!;
}

function sentinelPlace(
  url: string,
  before: string,
  hosts: string,
  rest: string,
  { username, password, tls = false, serverTls = false }: SentinelAccess,
): ServerPlace {
  const name = /^\/([^/?#]+)$/.exec(rest)?.[1];
  if (name === undefined) {
    const problem = "it does not end with the name of the primary, as in sentinel monitor NAME";
    throw new EngineError("MERIDIAN_BADURL", { url: url.replace(/\/\/[^@/]*@/, "//***@"), problem });
  }
  const sentinels = hosts.split(",").map((host) => {
    const hasPort = /:\d+$/.test(host);
    const { host: name, port } = parseAddress(`redis://${hasPort ? host : `${host}:${SENTINEL_PORT}`}`);
    return { host: name, port, tls, ...without({ username, password }) };
  });
  const { username: user, password: secret } = parseAddress(`redis:${before}host`);
  const login = { tls: serverTls, ...without({ username: user, password: secret }) };
  return { kind: "sentinel", sentinels, name: decodeURIComponent(name), login };
}

function without(login: { username?: string | undefined; password?: string | undefined }): Omit<ServerLogin, "tls"> {
  const { username, password } = login;
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}
