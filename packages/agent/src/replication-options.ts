/** The configuration as the replication wants to hear it. */
import type { Engine } from "@meridian/engine";
import type { AgentSettings } from "./agent.js";
import { parseBandwidth } from "./config/index.js";
import type { Logger } from "./logger.js";
import type { ReplicationOptions } from "./services.js";

const ROLE_TEXTS = {
  active: "this agent replicates for the region",
  standby: "this agent stands by: another one of the region replicates",
};

export function replicationOptionsOf(settings: AgentSettings, engine: Engine, log: Logger): ReplicationOptions {
  const { namespace, region, regions, link, retention, stateSync, admin } = settings;
  const { host, port, compression, bandwidth, peerBandwidth, tls } = link;
  return {
    engine,
    namespace,
    region,
    regions: regions.map(({ name }) => name),
    listen: { host, port },
    peers: regions
      .filter(({ name }) => name !== region)
      .map(({ name, link: address }) => {
        const limit = peerBandwidth?.[name] ?? bandwidth;
        return { region: name, address, bytesPerSecond: limit === undefined ? undefined : parseBandwidth(limit) };
      }),
    compression: compression !== "off",
    tls,
    limits: retention?.logBytesMax === undefined ? {} : { logBytesMax: retention.logBytesMax },
    stateSyncBytesPerSecond: stateSync?.bandwidth === undefined ? undefined : parseBandwidth(stateSync.bandwidth),
    admin: admin === undefined ? undefined : `${admin.host}:${admin.port}`,
    onRole: (role) => log.info(ROLE_TEXTS[role], { event: "role" }),
    onAlarm: (alarm) =>
      log.warn(alarm.message, { event: "alarm", code: alarm.code, peer: alarm.peer, origin: alarm.origin }),
    onCertificate: (untilMs) =>
      log.info("links use the certificate that is in the files now", {
        event: "certificate-used",
        validUntil: new Date(untilMs).toISOString(),
      }),
  };
}
