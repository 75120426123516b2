/** The region's server as the agent starts, at the address that is configured or that Sentinels name; and where it goes later. */
import { setTimeout as delay } from "node:timers/promises";
import { type Address, EngineError } from "@meridian/engine";
import type { AgentSettings } from "../agent.js";
import { textOf } from "../errors.js";
import { passiveLimits } from "./limits.js";
import { RegionServer } from "./region-server.js";
import { SentinelWatch } from "./sentinel-watch.js";

type AttachedServer = Extract<AgentSettings["server"], { url: string }>;

/** At the start it must answer; later it may come and go. */
export async function openServer(settings: AttachedServer): Promise<RegionServer> {
  const sentinels = SentinelWatch.of(settings);
  const at = sentinels === undefined ? settings.url : await named(sentinels);
  const server = new RegionServer(at, sentinels);
  const { host, port } = server.address;
  let last: unknown;
  for (let attempt = 0; attempt < passiveLimits.startLooksMax; attempt++) {
    try {
      await server.look();
      return server;
    } catch (error) {
      last = error;
      await delay(passiveLimits.lookEveryMs);
    }
  }
  server.stop();
  throw new EngineError("MERIDIAN_UNREACHABLE", { address: `${host}:${port}`, reason: textOf(last) });
}

/** Until the server is stopped. */
export function followSentinels(server: RegionServer, onMoved: () => void): void {
  void server.sentinels?.follow((address) => {
    if (address.host === server.address.host && address.port === server.address.port) return;
    server.moveTo(address);
    onMoved();
  });
}

async function named(sentinels: SentinelWatch): Promise<Address> {
  for (let attempt = 0; attempt < passiveLimits.startLooksMax; attempt++) {
    const address = await sentinels.look();
    if (address !== undefined) return address;
    await delay(passiveLimits.lookEveryMs);
  }
  sentinels.stop();
  throw new EngineError("MERIDIAN_NOPRIMARY", { servers: sentinels.text, problem: sentinels.problem });
}
