/**
 * Calls to slots: sent to the slot's node, and on to where that one says the slot is.
 *
 * 1. A command is sent again only where a node has said that it did nothing: MOVED, ASK, TRYAGAIN, CLUSTERDOWN, LOADING; or that it
 *    has no such function. One whose connection broke is rejected, MERIDIAN_SERVERDOWN.
 * 2. Calls to one slot arrive in the order in which they were made, as long as nobody is sent on. Whoever needs an order waits for
 *    one before the next.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { rootOfSlot } from "@meridian/core";
import { addressText, connectTo, type Address } from "../address.js";
import { EngineError, isConnectionLost, textOf } from "../errors.js";
import { functionOf, isMissingFunction, isUnconfigured } from "../function-calls.js";
import { ensureLibrary, type LibrarySource } from "../library.js";
import { limits } from "../limits.js";
import type { PartitionCalls } from "./partitions.js";
import { redirectOf } from "./redirect.js";
import type { RunningNode } from "./running-node.js";

export interface SlotRoutes {
  readonly stopped: boolean;
  readonly region: string;
  readonly library: LibrarySource;
  nodeOf(slot: number): RunningNode | undefined;
  nodeAt(host: string, port: number): RunningNode | undefined;
  /** A node has said so. */
  moved(slot: number, to: RunningNode): void;
  /** The partition of the slot is gone though its node was up. */
  emptied(slot: number): void;
  look(): Promise<void>;
}

type Argument = string | Buffer;
type Send = (redis: Redis) => Promise<unknown>;
/** Who is sent to. */
type Target = Pick<RunningNode, "address" | "redis">;

export class SlotCalls {
  /** Nodes without slots, to which one is just moving. */
  private readonly guests = new Map<string, Target>();

  constructor(private readonly routes: SlotRoutes) {}

  call(slot: number, command: string, args: readonly Argument[]): Promise<unknown> {
    const root = rootOfSlot(slot);
    return this.send(slot, (redis) => redis.call("FCALL", functionOf(command), "1", root, command, ...args));
  }

  callBuffer(slot: number, command: string, args: readonly Argument[]): Promise<unknown> {
    const root = rootOfSlot(slot);
    return this.send(slot, (redis) => redis.callBuffer("FCALL", functionOf(command), "1", root, command, ...args));
  }

  command(slot: number, name: string, args: readonly Argument[]): Promise<unknown> {
    return this.send(slot, (redis) => redis.call(name, ...args));
  }

  commandBuffer(slot: number, name: string, args: readonly Argument[]): Promise<unknown> {
    return this.send(slot, (redis) => redis.callBuffer(name, ...args));
  }

  /** Without patience: where the slot's node does not do it, the caller gets to know. */
  atOnce(): PartitionCalls {
    return {
      call: (slot, command, ...args) =>
        this.sendOnce(slot, (redis) =>
          redis.call("FCALL", functionOf(command), "1", rootOfSlot(slot), command, ...args),
        ),
      command: (slot, name, ...args) => this.sendOnce(slot, (redis) => redis.call(name, ...args)),
    };
  }

  stop(): void {
    for (const { redis } of this.guests.values()) redis.disconnect();
    this.guests.clear();
  }

  private async send(slot: number, send: Send): Promise<unknown> {
    const node = this.routes.nodeOf(slot);
    if (node === undefined || this.routes.stopped) return await this.pursue(slot, send);
    try {
      return await send(node.redis);
    } catch (error) {
      return await this.pursue(slot, send, { at: node, error });
    }
  }

  private async sendOnce(slot: number, send: Send): Promise<unknown> {
    const node = this.routes.nodeOf(slot);
    if (node === undefined) throw new Error("CLUSTERDOWN nobody has the slot");
    try {
      return await send(node.redis);
    } catch (error) {
      const redirect = redirectOf(error);
      if (redirect?.kind !== "ask") throw this.translate(slot, node, error);
      return await sendAsking(this.targetAt(redirect.host, redirect.port, node), send);
    }
  }

  /** Until somebody does it, or time is up. */
  private async pursue(slot: number, send: Send, failure?: { at: Target; error: unknown }): Promise<unknown> {
    const patience = new Patience();
    let failed = failure;
    let isLibraryLoaded = false;
    for (;;) {
      let target: Target | undefined;
      let isAsking = false;
      const redirect = redirectOf(failed?.error);
      if (failed === undefined || redirect?.kind === "wait") {
        await this.wait(slot, patience, failed === undefined ? "nobody has it" : textOf(failed.error));
      } else if (redirect === undefined) {
        if (isLibraryLoaded || !isMissingFunction(failed.error)) throw this.translate(slot, failed.at, failed.error);
        await ensureLibrary(failed.at.redis, this.routes.library, addressText(failed.at.address));
        isLibraryLoaded = true;
        target = failed.at;
      } else if (redirect.kind === "ask") {
        target = this.targetAt(redirect.host, redirect.port, failed.at);
        isAsking = true;
      } else {
        const node = this.routes.nodeAt(redirect.host === "" ? failed.at.address.host : redirect.host, redirect.port);
        if (node !== undefined && patience.isFresh) this.routes.moved(slot, node);
        else await this.wait(slot, patience, textOf(failed.error));
      }
      if (this.routes.stopped) throw new EngineError("MERIDIAN_STOPPED", { region: this.routes.region });
      target ??= this.routes.nodeOf(slot);
      if (target === undefined) {
        failed = undefined;
        continue;
      }
      try {
        return await (isAsking ? sendAsking(target, send) : send(target.redis));
      } catch (error) {
        failed = { at: target, error };
      }
    }
  }

  private async wait(slot: number, patience: Patience, reason: string): Promise<void> {
    if (patience.isOver) throw new EngineError("MERIDIAN_SLOTDOWN", { slot, region: this.routes.region, reason });
    await Promise.all([this.routes.look(), patience.pause()]);
  }

  /** A node that has no slot yet is not among those of the topology. */
  private targetAt(host: string, port: number, from: Target): Target {
    const address: Address = { ...from.address, host: host === "" ? from.address.host : host, port };
    const text = addressText(address);
    const guest = this.guests.get(text);
    const node = this.routes.nodeAt(address.host, port);
    if (node === undefined) {
      if (guest !== undefined) return guest;
      const made = { address, redis: connectTo(address) };
      this.guests.set(text, made);
      return made;
    }
    guest?.redis.disconnect();
    this.guests.delete(text);
    return node;
  }

  private translate(slot: number, { address }: Target, error: unknown): unknown {
    const { region, stopped } = this.routes;
    if (stopped) return new EngineError("MERIDIAN_STOPPED", { region }, error);
    const isEmptied = isUnconfigured(error);
    if (!isEmptied && !isConnectionLost(error)) return error;
    if (isEmptied) this.routes.emptied(slot);
    return new EngineError("MERIDIAN_SERVERDOWN", { address: addressText(address), region }, error);
  }
}

/** Both go out in one turn of the event loop, so nothing of anybody else comes between. */
function sendAsking({ redis }: Target, send: Send): Promise<unknown> {
  redis.call("ASKING").catch(() => undefined); // what breaks it breaks the command too
  return send(redis);
}

/** How long a call is pursued, and at which pace. */
class Patience {
  private readonly until = performance.now() + limits.slotWaitMsMax;
  private pauseMs: number = limits.slotPauseMsMin;
  /** Nothing was waited for yet; who is sent on at once, again and again, waits too. */
  private redirects = 0;

  get isFresh(): boolean {
    return this.redirects++ < limits.slotRedirectsMax;
  }

  get isOver(): boolean {
    return performance.now() > this.until;
  }

  async pause(): Promise<void> {
    await delay(this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, limits.slotPauseMsMax);
    this.redirects = 0;
  }
}
