/**
 * What lost packets do to a connection: TCP loses nothing, it notices, sends again, and all behind waits. So of what comes in
 * together each packet that is lost costs a round trip, and one that is lost again twice as long as before.
 */
import { agentLimits } from "../limits.js";

export interface Loss {
  lossPercent: number;
  roundTripMs: number;
  random: () => number;
}

const TRIES_MAX = 5;

/** How much later so many bytes arrive. Packets that are lost together are sent again together. */
export function lossDelayMs(bytes: number, { lossPercent, roundTripMs, random }: Loss): number {
  if (lossPercent === 0) return 0;
  const packets = Math.max(1, Math.ceil(bytes / agentLimits.packetBytes));
  let pauseMs = Math.max(roundTripMs, agentLimits.lossPauseMsMin);
  let lateMs = 0;
  let isLost = random() < 1 - (1 - lossPercent / 100) ** packets;
  for (let tries = 0; isLost && tries < TRIES_MAX; tries++) {
    lateMs += pauseMs;
    pauseMs *= 2;
    isLost = random() < lossPercent / 100;
  }
  return lateMs;
}
