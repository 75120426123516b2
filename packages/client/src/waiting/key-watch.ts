/**
 * Tells when keys change, for commands that wait: one connection asks for the type of a key, and the server tells the next change of each
 * key that was asked for to another one (CLIENT TRACKING with REDIRECT, as for caches in clients of RESP2). Nothing is asked over and over.
 *
 * Invariant: no change is missed. What is told and what is answered come by two connections, in no order that is known; so a
 * change that is told while a question about the key is under way has it asked again.
 */
import type { KeyAsker, KeyListener } from "@meridian/core";
import { Redis as PlainRedis, type RedisOptions } from "ioredis";
import { limits } from "../limits.js";

const CHANGES = "__redis__:invalidate";
/** They pass: the server starts, or is busy; or a connection was lost, and is made again. */
const PASSING = /^(LOADING|BUSY|MASTERDOWN)\b|Connection is closed|Stream isn't writeable|Command aborted/;

export class KeyWatch implements KeyAsker {
  listener: KeyListener | undefined;
  private asker: PlainRedis | undefined;
  private told: PlainRedis | undefined;
  private isReady = false;
  private retry: NodeJS.Timeout | undefined;
  /** Questions under way; true: the key changed meanwhile. */
  private readonly asked = new Map<string, boolean>();

  constructor(private readonly options: RedisOptions) {}

  /** Before the connections are ready nothing is asked: the listener is told then, and asks. */
  ask(key: string): void {
    if (this.asker === undefined) this.connect();
    if (!this.isReady) return;
    if (this.asked.has(key)) {
      this.asked.set(key, true);
      return;
    }
    this.asked.set(key, false);
    this.asker?.type(Buffer.from(key, "latin1")).then(
      (type) => this.answered(key, type),
      (error: Error) => this.failed(key, error),
    );
  }

  stop(): void {
    clearTimeout(this.retry);
    this.isReady = false;
    this.asked.clear();
    for (const client of [this.asker, this.told]) client?.disconnect();
    this.asker = this.told = undefined;
  }

  private connect(): void {
    const options = {
      ...this.options,
      keyPrefix: "",
      lazyConnect: false,
      enableOfflineQueue: false,
      enableAutoPipelining: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: null,
      retryStrategy: () => limits.watchReconnectMs,
    };
    const [asker, told] = [new PlainRedis(options), new PlainRedis(options)];
    [this.asker, this.told] = [asker, told];
    for (const client of [asker, told]) {
      client.on("error", () => undefined); // it is made again
      client.on("ready", () => void this.track());
      client.on("close", () => this.lost());
    }
    told.on("messageBuffer", (_channel: Buffer, keys: unknown) => this.onChanges(keys));
  }

  /** Both are there: what is asked from now on is told. */
  private async track(): Promise<void> {
    clearTimeout(this.retry);
    const { asker, told } = this;
    if (asker?.status !== "ready" || told?.status !== "ready") return;
    try {
      // Listening already it may not be asked for its id any more.
      const id = told.mode === "subscriber" ? await this.newIdOf(told) : await told.client("ID");
      await told.subscribe(CHANGES);
      await asker.call("CLIENT", "TRACKING", "ON", "REDIRECT", String(id));
      if (this.asker !== asker || asker.status !== "ready" || told.status !== "ready") return;
      this.isReady = true;
      this.listener?.onReady();
    } catch (error) {
      if (this.asker !== asker) return;
      const reason = error instanceof Error ? error.message : String(error);
      if (PASSING.test(reason)) this.retry = setTimeout(() => void this.track(), limits.watchReconnectMs).unref();
      else this.refused(reason);
    }
  }

  private async newIdOf(told: PlainRedis): Promise<number> {
    await told.unsubscribe(CHANGES);
    return await told.client("ID");
  }

  private lost(): void {
    this.isReady = false;
    this.asked.clear();
    // Who is not told of changes asks nothing either, and the other way round.
    if (this.listener?.waits === false) this.stop();
  }

  /** Null: all of them. */
  private onChanges(keys: unknown): void {
    if (!Array.isArray(keys)) return void (this.isReady && this.listener?.onReady());
    for (const key of keys) {
      const name = Buffer.isBuffer(key) ? key.toString("latin1") : String(key);
      if (this.asked.has(name)) this.asked.set(name, true);
      else if (this.isReady) this.listener?.onChanged(name);
    }
  }

  private answered(key: string, type: string): void {
    const hasChanged = this.asked.get(key);
    this.asked.delete(key);
    if (hasChanged === undefined) return;
    this.listener?.onType(key, type);
    if (hasChanged) this.listener?.onChanged(key);
  }

  private failed(key: string, { message }: Error): void {
    this.asked.delete(key);
    if (!PASSING.test(message)) this.refused(message);
    else if (this.isReady) this.retry = setTimeout(() => void this.track(), limits.watchReconnectMs).unref();
  }

  private refused(reason: string): void {
    this.stop();
    this.listener?.onRefused(reason);
  }
}
