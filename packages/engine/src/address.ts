/** Where a server is and how to log in, as ioredis wants it; and the connections that this package makes. */
import { Redis, type RedisOptions } from "ioredis";
import { EngineError, textOf } from "./errors.js";
import { limits } from "./limits.js";

export interface Address {
  host: string;
  port: number;
  username?: string;
  password?: string;
  tls?: boolean;
}

export function addressText(address: Address): string {
  return `${address.host}:${address.port}`;
}

export function parseAddress(url: string): Address {
  const shown = url.replace(/\/\/[^@/]*@/, "//***@");
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw new EngineError("MERIDIAN_BADURL", { url: shown, problem: textOf(error) });
  }
  const refuse = (problem: string) => new EngineError("MERIDIAN_BADURL", { url: shown, problem });
  if (parsed.protocol !== "redis:" && parsed.protocol !== "rediss:") {
    throw refuse(`${parsed.protocol} is not redis: or rediss:`);
  }
  if (parsed.hostname === "") throw refuse("it names no host");
  const database = parsed.pathname.replace(/^\//, "");
  if (database !== "" && database !== "0") {
    throw refuse(`database ${database}: Meridian replicates database 0 only`);
  }
  const address: Address = {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? 6379 : Number(parsed.port),
    tls: parsed.protocol === "rediss:",
  };
  if (parsed.username !== "") address.username = decodeURIComponent(parsed.username);
  if (parsed.password !== "") address.password = decodeURIComponent(parsed.password);
  return address;
}

/**
 * A connection that comes back by itself. A command in flight when it breaks is rejected at once and is never sent
 * again (`maxRetriesPerRequest: 0`): a write may have happened, and an INCR sent twice counts twice. (Not resending
 * through `autoResendUnfulfilledCommands: false` alone would leave such a promise open for ever.)
 */
export function connectTo(address: Address, extra: RedisOptions = {}): Redis {
  const options: RedisOptions = {
    host: address.host,
    port: address.port,
    connectTimeout: limits.connectMsMax,
    maxLoadingRetryTime: limits.loadingLookMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(limits.reconnectDelayMsMin * times, limits.reconnectDelayMsMax),
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls === true ? { tls: {} } : {}),
    ...extra,
  };
  const redis = new Redis(options);
  redis.on("error", () => undefined); // ioredis prints errors nobody listens to; each command is rejected anyway
  return redis;
}
