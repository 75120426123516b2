/**
 * Waits until a server answers PING and has loaded its data. Every look is a connection of its own, so that a
 * refusal, a wrong password and LOADING are told apart.
 */
import { setTimeout as delay } from "node:timers/promises";
import { addressText, connectTo, type Address } from "./address.js";
import { EngineError, textOf } from "./errors.js";
import { limits } from "./limits.js";

type Look = { state: "ready" } | { state: "loading" | "silent" | "refused"; reason: string };

/** `gaveUp` ends the wait early, e.g. because the process that should answer is gone. */
export async function waitUntilReady(address: Address, gaveUp: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!gaveUp()) {
    const seen = await look(address);
    if (seen.state === "ready" || gaveUp()) return;
    const waitedMs = performance.now() - startedAt;
    const details = { address: addressText(address), reason: seen.reason };
    if (seen.state === "refused" || (seen.state === "silent" && waitedMs > limits.answerMsMax)) {
      throw new EngineError("MERIDIAN_UNREACHABLE", details);
    }
    if (waitedMs > limits.loadMsMax) {
      const seconds = Math.round(waitedMs / 1000);
      throw new EngineError("MERIDIAN_STARTTIMEOUT", { ...details, seconds });
    }
    await delay(limits.probeIntervalMs);
  }
}

async function look(address: Address): Promise<Look> {
  const redis = connectTo(address, {
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
    commandTimeout: limits.connectMsMax,
  });
  let failure: unknown;
  redis.on("error", (error: Error) => (failure ??= error));
  try {
    await redis.connect();
    await redis.ping();
    return { state: "ready" };
  } catch (error) {
    const reason = textOf(failure ?? error);
    if (reason.startsWith("LOADING")) return { state: "loading", reason };
    return { state: /^(WRONGPASS|NOAUTH|NOPERM|ERR )/.test(reason) ? "refused" : "silent", reason };
  } finally {
    redis.disconnect();
  }
}
