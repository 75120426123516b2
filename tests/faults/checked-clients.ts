/**
 * Clients of one region's gateway that write all kinds of things at random, one after the other, and keep book. Every operation
 * is a transaction together with its evidence. They go on whatever happens to their connection.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { SeededRandom } from "@meridian/testkit";
import type { ChainableCommander, Redis } from "ioredis";
import type { Book, Kind, Operation } from "./book.js";
import { evidenceName, nameOf } from "./names.js";

const PAUSE_MS = 2;
const AFTER_ERROR_MS = 30;
const KINDS: readonly Kind[] = ["count", "count", "tally", "add", "add", "remove", "push", "entry", "own", "delete"];
/** A plain SET of a key that all regions write: only that it is the same everywhere is asked of it. */
const REGISTER_RATE = 0.1;

export class CheckedClient {
  private isStopping = false;
  private readonly done: Promise<void>;
  /** Keys of its own that it has set and not deleted. */
  private readonly owned: Operation[] = [];

  constructor(
    private readonly region: string,
    private readonly client: Redis,
    private readonly book: Book,
    private readonly random: SeededRandom,
    /** The keys of each kind are so many. */
    private readonly keys: number,
  ) {
    this.done = this.work();
  }

  /** What is not answered by then never is. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.client.disconnect();
    await this.done;
  }

  private async work(): Promise<void> {
    while (!this.isStopping) {
      try {
        await (this.random.chance(REGISTER_RATE) ? this.setRegister() : this.operate(this.random.pick(KINDS)));
        await delay(PAUSE_MS);
      } catch {
        await delay(AFTER_ERROR_MS);
      }
    }
  }

  private async setRegister(): Promise<void> {
    await this.client.set(nameOf("register", this.aKey()), `${this.region} ${this.random.real()}`);
  }

  private async operate(kind: Kind): Promise<void> {
    const victim = await this.victimOf(kind, this.aKey());
    if (victim === undefined) return;
    const { key, of } = victim;
    const operation = this.book.begin(this.region, kind, key, of);
    const transaction = this.client.multi();
    this.fill(transaction, operation);
    const replies = await transaction.sadd(evidenceName(key, this.region), operation.id).exec();
    for (const [error] of replies ?? [[new Error("aborted")]]) if (error) throw error;
    operation.answeredMs = performance.now();
    operation.tookAway = replies?.[0]?.[1] === 1;
    if (kind === "own") this.owned.push(operation);
  }

  private aKey(): string {
    return `${this.random.integer(1, this.keys)}`;
  }

  /** With which key, and what it takes away; undefined: there is nothing to take away. */
  private async victimOf(kind: Kind, key: string): Promise<{ key: string; of?: string } | undefined> {
    if (kind === "remove") {
      const of = await this.client.srandmember(nameOf("members", key));
      return of === null ? undefined : { key, of };
    }
    if (kind !== "delete") return { key };
    const own = this.owned.shift();
    return own === undefined ? undefined : { key: own.key, of: own.id };
  }

  /** Two fields of a tally, by the operation's number. */
  private fill(transaction: ChainableCommander, { kind, key, id, of = "" }: Operation): void {
    switch (kind) {
      case "count":
        transaction.incr(nameOf(kind, key));
        break;
      case "tally":
        transaction.hincrby(nameOf(kind, key), /[02468]$/.test(id) ? "even" : "odd", 1);
        break;
      case "add":
        transaction.sadd(nameOf("members", key), id);
        break;
      case "remove":
        transaction.srem(nameOf("members", key), of);
        break;
      case "push":
        if (this.random.chance(0.5)) transaction.rpush(nameOf("list", key), id);
        else transaction.lpush(nameOf("list", key), id);
        break;
      case "entry":
        transaction.xadd(nameOf("stream", key), "*", "id", id);
        break;
      case "own":
        transaction.set(nameOf(kind, key, id), id);
        break;
      case "delete":
        transaction.del(nameOf("own", key, of));
        break;
    }
  }
}
