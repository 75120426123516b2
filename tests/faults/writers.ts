/**
 * Clients that know what they were told. Each unit they write says in the same transaction what it did, in a set beside it; so
 * whatever a crash takes, it takes both, and at the end the values can be held against what they say was done:
 *
 *     counters      the sum of what the units in `done:counter` added is the counter
 *     removals      a member or key that `done:removed` names is gone
 *     pairs         both keys of a pair have the same value
 *     additions     a member of `done:added` is in the set, in the list, in the stream and in the hash, unless it was removed
 */
import type { SeededRandom } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { setTimeout as delay } from "node:timers/promises";

export interface Acknowledged {
  readonly unit: string;
  readonly atMs: number;
}

/** What a unit is found by at the end; undefined: it did nothing. */
type Written = string | undefined;

const PAUSE_MS = 4;
const FAILED_PAUSE_MS = 50;

export class Writer {
  readonly acknowledged: Acknowledged[] = [];
  failures = 0;
  private isStopping = false;
  private number = 0;
  private readonly done: Promise<void>;

  constructor(
    private readonly client: Redis,
    private readonly name: string,
    private readonly random: SeededRandom,
  ) {
    this.done = this.work();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.done;
    this.client.disconnect();
  }

  private async work(): Promise<void> {
    while (!this.isStopping) {
      const unit = `${this.name}:${this.number++}`;
      try {
        const written = await this.write(unit);
        if (written !== undefined) this.acknowledged.push({ unit: written, atMs: performance.now() });
        await delay(PAUSE_MS);
      } catch {
        this.failures++;
        await delay(FAILED_PAUSE_MS);
      }
    }
  }

  private async write(unit: string): Promise<Written> {
    const { client, random } = this;
    const kind = random.integer(0, 5);
    const transaction = client.multi();
    let written = unit;
    if (kind <= 1) {
      const by = random.integer(-5, 9);
      transaction.incrby("counter", by).hincrby("counters", "field", by).sadd("done:counter", `${unit} ${by}`);
    } else if (kind === 2) {
      transaction.set("pair:a", unit).set("pair:b", unit).sadd("done:pair", unit);
    } else if (kind === 3) {
      transaction
        .sadd("members", unit)
        .rpush("list", unit)
        .xadd("stream", "*", "unit", unit)
        .hset("hash", unit, "1")
        .zadd("sorted", this.number, unit)
        .set(`key:${unit}`, unit)
        .sadd("done:added", unit);
    } else {
      const [seen] = await client.srandmember("members", 1);
      if (seen === undefined) return undefined;
      written = `removed ${seen}`;
      transaction
        .srem("members", seen)
        .lrem("list", 0, seen)
        .hdel("hash", seen)
        .zrem("sorted", seen)
        .del(`key:${seen}`)
        .sadd("done:removed", seen);
    }
    for (const [error] of (await transaction.exec()) ?? []) if (error !== null) throw error;
    return written;
  }
}
