/**
 * Connections that only ask who is primary: one for each address, made when it is asked first. An answer that does not come in
 * time is none, and its connection is made anew, for what is behind it may be gone without a word.
 */
import type { Redis } from "ioredis";
import { addressText, connectTo, type Address } from "../address.js";
import { isConnectionLost, textOf } from "../errors.js";
import { limits } from "../limits.js";

/** Why there is none: `loading` ends by itself, `refused` (login, rights) does not. */
export type Silence = "silent" | "loading" | "refused";
export type Answer<Value> = { value: Value } | { problem: string; why: Silence };

interface Connection {
  redis: Redis;
  /** Why it was lost last. */
  failure: string;
}

export class Asker {
  private readonly open = new Map<string, Connection>();
  private isStopped = false;

  async ask<Value>(address: Address, question: (redis: Redis) => Promise<Value>): Promise<Answer<Value>> {
    if (this.isStopped) return silence("nobody asks any more");
    const connection = this.connectionTo(address);
    try {
      return { value: await question(connection.redis) };
    } catch (error) {
      if (isConnectionLost(error)) return silence(connection.failure);
      const reason = textOf(error);
      if (reason === "Command timed out") connection.redis.disconnect(true);
      return silence(reason);
    }
  }

  /** Others are closed. */
  keepOnly(addresses: readonly Address[]): void {
    const kept = new Set(addresses.map(addressText));
    for (const [text, { redis }] of this.open) {
      if (kept.has(text)) continue;
      redis.disconnect();
      this.open.delete(text);
    }
  }

  /** No connection is made from now on: nobody would close it. */
  stop(): void {
    this.isStopped = true;
    this.keepOnly([]);
  }

  private connectionTo(address: Address): Connection {
    const text = addressText(address);
    const known = this.open.get(text);
    if (known !== undefined) return known;
    const { primaryAnswerMsMax } = limits;
    const options = { enableReadyCheck: false, commandTimeout: primaryAnswerMsMax, connectTimeout: primaryAnswerMsMax };
    const made: Connection = { redis: connectTo(address, options), failure: "no answer" };
    made.redis.on("error", (error: Error) => (made.failure = error.message));
    this.open.set(text, made);
    return made;
  }
}

function silence(problem: string): { problem: string; why: Silence } {
  if (problem.startsWith("LOADING")) return { problem, why: "loading" };
  return { problem, why: /^(WRONGPASS|NOAUTH|NOPERM)\b/.test(problem) ? "refused" : "silent" };
}
