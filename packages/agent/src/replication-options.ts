/** The configuration as the replication wants to hear it. */
import type { Engine } from "@meridian/engine";
import type { AgentSettings } from "./agent.js";
import { parseBandwidth } from "./config/index.js";
import type { Logger } from "./logger.js";
import type { MembersView } from "./members/membership.js";
import type { ReplicationOptions } from "./services.js";
import type { Traces } from "./traces/index.js";

const ROLE_TEXTS = {
  active: "this agent replicates for the region",
  standby: "this agent stands by: another one of the region replicates",
};

export function replicationOptionsOf(
  settings: AgentSettings,
  engine: Engine,
  log: Logger,
  members: { view: MembersView; told: NonNullable<ReplicationOptions["members"]> },
  traces?: Pick<Traces, "heard" | "done">,
): ReplicationOptions {
  const { namespace, region, link, retention, stateSync, admin } = settings;
  const { host, port, compression, tls } = link;
  const { regions, gone, peers } = members.view;
  return {
    engine,
    namespace,
    region,
    regions,
    gone,
    members: members.told,
    listen: { host, port },
    peers: peers.map((peer) => ({ ...peer, bytesPerSecond: bandwidthTo(settings, peer.region) })),
    compression: compression !== "off",
    tls,
    limits: retention?.logBytesMax === undefined ? {} : { logBytesMax: retention.logBytesMax },
    stateSyncBytesPerSecond: stateSync?.bandwidth === undefined ? undefined : parseBandwidth(stateSync.bandwidth),
    admin: admin === undefined ? undefined : `${admin.host}:${admin.port}`,
    onEvent: traces?.heard,
    onCommand: traces?.done,
    onRole: (role, slots = "") => {
      const which = role === "active" && slots !== "" ? `: hash slots ${slots.replaceAll(" ", ", ")}` : "";
      log.info(`${ROLE_TEXTS[role]}${which}`, { event: "role" });
    },
    onAlarm: (alarm) =>
      log.warn(alarm.message, { event: "alarm", code: alarm.code, peer: alarm.peer, origin: alarm.origin }),
    onCertificate: (untilMs) =>
      log.info("links use the certificate that is in the files now", {
        event: "certificate-used",
        validUntil: new Date(untilMs).toISOString(),
      }),
  };
}

/** What is sent to the region uses at most so many bytes a second. */
export function bandwidthTo({ link }: AgentSettings, region: string): number | undefined {
  const limit = link.peerBandwidth?.[region] ?? link.bandwidth;
  return limit === undefined ? undefined : parseBandwidth(limit);
}
