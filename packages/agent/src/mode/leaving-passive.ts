/**
 * From active-passive to active-active, as the agent starts with the other mode on a server that was part of active-passive. What was the
 * primary adopts the keys it has; every other region stays its replica until they are adopted, and then goes on as a copy of it.
 *
 * 1. Reads never stop: a region that waits serves them from its server. Its writes wait, and are refused after a while.
 * 2. The former primary does not begin while another region's agent still runs active-passive: that one's gateway would write to
 *    this server past the function.
 * 3. Each step may be the last before a crash: a replica is made one again, and copies all that it lacks.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { AgentSettings } from "../agent.js";
import { AgentError } from "../errors.js";
import { startRelay } from "../gateway/index.js";
import { ControlLine, LinkCertificates, type Identity } from "../link/index.js";
import { agentLimits } from "../limits.js";
import type { Logger } from "../logger.js";
import { RECORD_FUNCTION } from "../passive/record.js";
import { placeOf, RegionServer } from "../passive/region-server.js";
import { VERSION } from "../version.js";
import { dropLibrary, hasAdopted, modeOf, ROOT } from "./server-mode.js";

export interface LeftPassive {
  /** The server's keys are to be adopted, though the configuration does not say so. */
  readonly adopts: boolean;
  /** When what is adopted is known to the server: nothing of active-passive is left. */
  finish(): Promise<void>;
}

const nothing: LeftPassive = { adopts: false, finish: () => Promise.resolve() };

/** Returns when the region can start; at once where it was not part of active-passive. */
export async function leavePassive(settings: AgentSettings, log: Logger): Promise<LeftPassive> {
  const url = "url" in settings.server ? settings.server.url : undefined;
  if (url === undefined || !/^rediss?:\/\/[^,]*$/.test(url)) return nothing; // active-passive has one server a region
  const server = new RegionServer(url);
  try {
    const record = await server.readRecord().catch(() => undefined); // the engine says what is wrong with it
    const stored = await modeOf(server.redis).catch(() => undefined);
    if (record !== undefined) await server.endLease();
    if (stored?.region === settings.region) {
      if (record !== undefined) await dropLibrary(server.redis, RECORD_FUNCTION);
      return nothing;
    }
    if (record?.primary === settings.region) return await beginToAdopt(settings, server, log);
    // The former primary drops the record when it has begun: a replica knows it by its metadata from then on.
    const primary = record?.primary ?? ((await isReplica(server)) ? stored?.region : undefined);
    if (primary !== undefined) await waitAsCopy(settings, server, primary, log);
    return nothing;
  } finally {
    server.stop();
  }
}

async function isReplica(server: RegionServer): Promise<boolean> {
  return server.look().then(
    ({ role }) => role === "replica",
    () => false, // the engine says so
  );
}

async function beginToAdopt(settings: AgentSettings, server: RegionServer, log: Logger): Promise<LeftPassive> {
  const still = await othersThatAreStillPassive(settings);
  if (still.length > 0) throw new AgentError("MERIDIAN_STILLPASSIVE", { regions: still.join(", ") });
  if ((await server.look()).role === "replica") await server.promote();
  log.info("this region was the primary: its keys become those of all regions", { event: "mode-changes" });
  const { url } = settings.server as { url: string };
  return {
    adopts: true,
    finish: async () => {
      const again = new RegionServer(url);
      await dropLibrary(again.redis, RECORD_FUNCTION).finally(() => again.stop());
    },
  };
}

/** They answer questions about roles. */
async function othersThatAreStillPassive(settings: AgentSettings): Promise<string[]> {
  const { namespace = "default", region, regions, link } = settings;
  const identity: Identity = {
    namespace,
    region,
    regions: regions.map(({ name }) => name),
    root: "",
    softwareVersion: VERSION,
  };
  const certificates =
    link.tls === undefined
      ? undefined
      : await LinkCertificates.read(link.tls, { onExchange: () => undefined, onProblem: () => undefined });
  const options = { certificates, compression: false, serverNowMs: () => undefined };
  const question = { kind: "exchange", state: { record: null, server: null } };
  const answers = await Promise.all(
    regions
      .filter(({ name }) => name !== region)
      .map(async ({ name, link: at }) => {
        const line = new ControlLine(name, [at].flat(), identity, options);
        const answered = line.ask(question, agentLimits.modeAskMsMax).then(
          () => [name],
          () => [],
        );
        return answered.finally(() => line.close());
      }),
  );
  certificates?.stop();
  return answers.flat();
}

async function waitAsCopy(settings: AgentSettings, server: RegionServer, primary: string, log: Logger): Promise<void> {
  const { region, gateway } = settings;
  const { host, port, tls, unixSocket, limits, drainMs } = gateway;
  const relay = await startRelay({
    listen: port === 0 && (tls !== undefined || unixSocket !== undefined) ? undefined : { host, port },
    tls: tls === undefined ? undefined : { ...tls, host: tls.host ?? host },
    unixSocket,
    limits: { ...limits, drainMs },
    log,
    routing: { near: server.address, primary: undefined, primaryRegion: primary, held: true },
    bound: undefined,
    staleness: () => undefined,
  });
  try {
    log.info(`waiting until ${primary} has adopted its keys; reads are served meanwhile`, {
      event: "mode-changes",
    });
    while (!(await isWholeCopy(settings, server, primary))) {
      await delay(agentLimits.modeLookEveryMs);
    }
    await server.promote();
    await server.redis.call("FCALL", "mer_free", "1", ROOT, "mode", "become", region);
    await dropLibrary(server.redis, RECORD_FUNCTION);
    log.info("the copy is whole: this region takes writes of its own", { event: "mode-changed" });
  } finally {
    await relay.stop();
  }
}

/** Whether it holds all that the former primary had when its keys were adopted. */
async function isWholeCopy(settings: AgentSettings, server: RegionServer, primary: string): Promise<boolean> {
  try {
    const { role, linkUp, syncing } = await server.look();
    if (role === "primary") {
      await server.follow(placeOfPrimary(settings, primary));
      return false;
    }
    if (!linkUp || syncing) return false;
    const stored = await modeOf(server.redis);
    return stored?.region === primary && (await hasAdopted(server.redis));
  } catch (error) {
    if (error instanceof AgentError) throw error;
    return false; // the server loads, or is away
  }
}

function placeOfPrimary({ region, regions }: AgentSettings, primary: string): { host: string; port: number } {
  const place = regions.find(({ name }) => name === primary)?.server;
  if (place === undefined) throw new AgentError("MERIDIAN_NOPASSIVEPLACE", { region, primary });
  return placeOf(place);
}
