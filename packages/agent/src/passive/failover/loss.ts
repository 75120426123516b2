/**
 * What a forced failover may lose, as far as it can be told: what any agent heard the primary's server to have, less what the new
 * primary has. What the primary wrote after it was heard last nobody knows.
 */
import type { FailoverLoss, HeardOffset } from "../documents.js";
import type { Peers } from "../peers.js";
import type { Roles } from "../roles.js";

/** `end`: where the new primary's part of the old stream ended; else where its server is now. */
export function lossOf(roles: Roles, peers: Peers, end?: number): FailoverLoss {
  const nowMs = performance.now();
  const offset = end ?? roles.seen?.offset;
  const own = roles.standing.heardOffset(nowMs);
  const others = peers.heard(nowMs);
  const all: (HeardOffset | null | undefined)[] = [own, ...others.map(({ state }) => state?.heard)];
  const heard = all.filter((one) => one !== null && one !== undefined && one.stream === own?.stream) as HeardOffset[];
  // What a replica has the primary had.
  const replicas = others.flatMap(({ region, state }) => {
    const server = state?.server;
    return server?.role === "replica" && server.stream === own?.stream ? [{ region, offset: server.offset }] : [];
  });
  const highest = Math.max(...heard.map((one) => one.offset), ...replicas.map((one) => one.offset));
  const isKnown = offset !== undefined && own !== undefined && Number.isFinite(highest);
  const heardAgoMs = heard.length === 0 ? null : Math.min(...heard.map(({ agoMs }) => agoMs));
  const stalenessMs = roles.standing.stalenessMs(nowMs);
  return {
    bytes: isKnown ? Math.max(0, highest - offset) : null,
    ms: heardAgoMs === null || stalenessMs === undefined ? null : Math.max(0, Math.round(stalenessMs - heardAgoMs)),
    heardAgoMs: heardAgoMs === null ? null : Math.round(heardAgoMs),
    others: replicas
      .filter((one) => offset !== undefined && one.offset > offset)
      .map((one) => ({ region: one.region, bytesMore: one.offset - (offset ?? 0) })),
  };
}
