/** Waiting for a condition instead of sleeping in hope: tests and tools say what they wait for. */
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "./limits.js";

export interface WaitOptions {
  /** Ends the sentence "waited 10 s for ...". */
  what: string;
  timeoutMs?: number;
  intervalMs?: number;
}

export type Falsy = false | null | undefined | 0 | "";

/**
 * Resolves with the condition's first true value. A condition that throws is not yet true; when time is up, what it
 * threw last is the cause of the error.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  options: WaitOptions,
): Promise<Exclude<Value, Falsy>> {
  const timeoutMs = options.timeoutMs ?? limits.waitMsDefault;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await condition();
      if (value) return value as Exclude<Value, Falsy>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      const message = `waited ${timeoutMs / 1000} s for ${options.what}`;
      throw new Error(message, cause === undefined ? {} : { cause });
    }
    await delay(options.intervalMs ?? limits.waitIntervalMs);
  }
}
