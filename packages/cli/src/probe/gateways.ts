/** The gateways that a probe writes and reads through: of the running start, or as `--gateway REGION=URL` names them. */
import type { StatusDocument } from "@meridian/agent/api";
import { Redis } from "ioredis";
import { CliError } from "../errors.js";
import { probeLimits } from "./limits.js";

export interface Gateway {
  readonly region: string;
  /** host:port, without what signs in. */
  readonly address: string | null;
  /** Null: no address is known, or nobody answers there. */
  readonly client: Redis | null;
  readonly roundTripMs: number | null;
  problem: string | null;
}

/** Collects each `--gateway` of a command line: region to URL. */
export function collectGateway(text: string, before: Map<string, string> | undefined): Map<string, string> {
  const [, region = "", url = ""] = /^([^=]+)=(rediss?:\/\/.+)$/.exec(text) ?? [];
  if (region === "" || !URL.canParse(url))
    throw new CliError("MERIDIAN_BADGATEWAY", { text: text.replace(/=.*/s, "=...") });
  return new Map([...(before ?? []), [region, url]]);
}

export async function openGateways(
  statuses: readonly StatusDocument[],
  named: ReadonlyMap<string, string>,
): Promise<Gateway[]> {
  const urls = new Map<string, string | null>();
  for (const { regions } of statuses) {
    for (const { region, gateway } of regions) {
      const known = gateway === null || gateway.port === 0 ? null : `redis://${hostOf(gateway.host)}:${gateway.port}`;
      if ((urls.get(region) ?? null) === null) urls.set(region, known);
    }
  }
  for (const [region, url] of named) {
    if (!urls.has(region))
      throw new CliError("MERIDIAN_NOSUCHREGION", { region, regions: [...urls.keys()].join(", ") });
    urls.set(region, url);
  }
  return Promise.all([...urls].map(([region, url]) => opened(region, url)));
}

/** One that listens on all addresses is reached on this machine by the loopback's. */
function hostOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function opened(region: string, url: string | null): Promise<Gateway> {
  if (url === null) {
    const problem = "its gateway's address is not known here; name it with --gateway REGION=redis://HOST:PORT";
    return { region, address: null, client: null, roundTripMs: null, problem };
  }
  const address = new URL(url).host;
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: probeLimits.connectMsMax,
    commandTimeout: probeLimits.commandMsMax,
  });
  client.on("error", () => undefined); // each command is rejected anyway
  try {
    await client.connect();
    let roundTripMs = Infinity;
    for (let at = 0; at < probeLimits.pings; at++) {
      const sentMs = performance.now();
      await client.ping();
      roundTripMs = Math.min(roundTripMs, performance.now() - sentMs);
    }
    return { region, address, client, roundTripMs, problem: null };
  } catch (error) {
    client.disconnect();
    return { region, address, client: null, roundTripMs: null, problem: reasonOf(error) };
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
