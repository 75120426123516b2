/**
 * Environment variables that stand above meridian.yaml, for what differs from host to host or is secret. Each is the
 * name of one setting; all are text and are checked as if they stood in the file.
 */
export interface Override {
  path: readonly string[];
  read: (text: string) => unknown;
}

const asText = (text: string): unknown => text;
const asNumber = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);

export const environmentOverrides: Readonly<Record<string, Override>> = {
  MERIDIAN_MODE: { path: ["mode"], read: asText },
  MERIDIAN_NAMESPACE: { path: ["namespace"], read: asText },
  MERIDIAN_REGION: { path: ["region"], read: asText },
  MERIDIAN_PARTITIONS: { path: ["partitions"], read: asText },
  MERIDIAN_SERVER_URL: { path: ["server", "url"], read: asText },
  MERIDIAN_SERVER_SENTINEL_PASSWORD: { path: ["server", "sentinelPassword"], read: asText },
  MERIDIAN_SERVER_PORT: { path: ["server", "port"], read: asNumber },
  MERIDIAN_SERVER_DATA: { path: ["server", "dataDir"], read: asText },
  MERIDIAN_GATEWAY_HOST: { path: ["gateway", "host"], read: asText },
  MERIDIAN_GATEWAY_PORT: { path: ["gateway", "port"], read: asNumber },
  MERIDIAN_GATEWAY_TLS_PORT: { path: ["gateway", "tls", "port"], read: asNumber },
  MERIDIAN_GATEWAY_TLS_CERT: { path: ["gateway", "tls", "cert"], read: asText },
  MERIDIAN_GATEWAY_TLS_KEY: { path: ["gateway", "tls", "key"], read: asText },
  MERIDIAN_GATEWAY_TLS_CA: { path: ["gateway", "tls", "ca"], read: asText },
  MERIDIAN_GATEWAY_UNIX_SOCKET: { path: ["gateway", "unixSocket", "path"], read: asText },
  MERIDIAN_GATEWAY_PROCESSES: { path: ["gateway", "processes"], read: asNumber },
  MERIDIAN_LINK_HOST: { path: ["link", "host"], read: asText },
  MERIDIAN_LINK_PORT: { path: ["link", "port"], read: asNumber },
  MERIDIAN_LINK_COMPRESSION: { path: ["link", "compression"], read: asText },
  MERIDIAN_LINK_BANDWIDTH: { path: ["link", "bandwidth"], read: asText },
  MERIDIAN_LINK_TLS_CERT: { path: ["link", "tls", "cert"], read: asText },
  MERIDIAN_LINK_TLS_KEY: { path: ["link", "tls", "key"], read: asText },
  MERIDIAN_LINK_TLS_CA: { path: ["link", "tls", "ca"], read: asText },
  MERIDIAN_RETENTION_LOG_BYTES_MAX: { path: ["retention", "logBytesMax"], read: asNumber },
  MERIDIAN_STATE_SYNC_BANDWIDTH: { path: ["stateSync", "bandwidth"], read: asText },
  MERIDIAN_LOG_LEVEL: { path: ["log", "level"], read: asText },
  MERIDIAN_LOG_FORMAT: { path: ["log", "format"], read: asText },
  MERIDIAN_ADMIN_HOST: { path: ["admin", "host"], read: asText },
  MERIDIAN_ADMIN_PORT: { path: ["admin", "port"], read: asNumber },
  MERIDIAN_ADMIN_TOKEN_FILE: { path: ["admin", "tokenFile"], read: asText },
};

/** Of the command line as well: where the token is that admin APIs ask for. */
export const tokenFileVariable = "MERIDIAN_ADMIN_TOKEN_FILE";

export interface Applied {
  /** Which variable set the value at a path (joined with dots), so that an error can name it. */
  setBy: Map<string, string>;
  value: unknown;
}

/** A copy of the document with the variables laid over it. */
export function overlay(document: unknown, environment: NodeJS.ProcessEnv): Applied {
  const value: unknown = structuredClone(document);
  const setBy = new Map<string, string>();
  if (!isObject(value)) return { setBy, value };
  for (const [name, { path, read }] of Object.entries(environmentOverrides)) {
    const text = environment[name];
    if (text === undefined || text === "") continue;
    put(value, path, read(text));
    setBy.set(path.join("."), name);
  }
  return { setBy, value };
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = target[first];
  const next = isObject(inner) ? inner : {};
  target[first] = next;
  put(next, rest, value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
