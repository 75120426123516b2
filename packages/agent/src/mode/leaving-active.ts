/**
 * From active-active to active-passive, as the agent starts with the other mode on a server whose data have Meridian's metadata. Before,
 * `meridian mode active-passive --primary REGION` has closed all other regions to writes and seen that the primary holds
 * all of theirs: the mark of that lies in each server.
 *
 * 1. Without the mark nothing is changed: what a region has that the primary lacks would be lost.
 * 2. The primary's values stay as they are. Its users' function libraries become the server's own; metadata, what lost in conflicts and
 *    values of hidden types go.
 * 3. The others become replicas, which replaces all that they have.
 */
import type { AgentSettings } from "../agent.js";
import { AgentError, codeOf, textOf } from "../errors.js";
import type { Logger } from "../logger.js";
import type { RegionServer } from "../passive/region-server.js";
import { dropMeridian, hasLeftMetadata, modeOf, removeMetadata } from "./server-mode.js";

export interface LeftActive {
  /** The primary has all that this server has. */
  readonly isDrained: boolean;
}

/** Before roles are looked at; what takes long goes on until the signal. */
export async function leaveActive(
  settings: AgentSettings,
  server: RegionServer,
  log: Logger,
  signal: AbortSignal,
): Promise<LeftActive> {
  const { region, regions, activePassive } = settings;
  const { redis } = server;
  if ((await server.look()).role === "replica") return { isDrained: false }; // what it has comes from its primary
  const stored = await modeOf(redis);
  if (stored !== undefined) {
    const first = activePassive?.primary ?? regions[0]?.name ?? region;
    if (stored.primary === undefined) throw new AgentError("MERIDIAN_STILLACTIVE", { region, primary: first });
    if (stored.primary !== first) {
      throw new AgentError("MERIDIAN_OTHERPRIMARY", { primary: stored.primary, configured: first });
    }
    if (stored.primary !== region) return { isDrained: true };
    await dropMeridian(redis);
    log.info("the library and its root are gone: the data are plain", { event: "mode-changed" });
  }
  if (await hasLeftMetadata(redis)) void clean(server, log, signal);
  return { isDrained: false };
}

async function clean({ redis }: RegionServer, log: Logger, signal: AbortSignal): Promise<void> {
  try {
    const keys = await removeMetadata(redis, signal);
    log.info("what was left of the metadata is removed", { event: "mode-changed", keys });
  } catch (error) {
    if (signal.aborted) return;
    log.warn(`metadata could not be removed, the next start goes on: ${textOf(error)}`, {
      event: "mode-changes",
      code: codeOf(error),
    });
  }
}
