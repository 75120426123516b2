/**
 * Replication of hash slots: the same number of writes to few slots and to all of them, between two regions whose
 * partitions are slots. CPU of agents and servers for each write, from the first one until the other region shows all of
 * them; and how long single writes take until they are seen there, at a moderate rate.
 *
 * Seen by the keyspace events of the other region's server: nothing is polled.
 */
import { setTimeout as delay } from "node:timers/promises";
import { rootOfSlot, SLOTS } from "@meridian/core";
import type { Redis } from "ioredis";
import { limits } from "../limits.js";
import { startRegions, type Region } from "../world/agents.js";
import { CpuMeter } from "../world/cpu.js";
import { Stops } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";
import { waitFor } from "@meridian/testkit";

export interface SlotsMeasure {
  /** Slots that are written to in turn. */
  readonly activeSlots: number;
  readonly round: number;
  /** For each write, in microseconds: sending and receiving agent, the server written to and the other one. */
  readonly agentHereUs: number;
  readonly agentThereUs: number;
  readonly serverHereUs: number;
  readonly serverThereUs: number;
  /** From the reply to the write until it is seen, for each probe. */
  readonly lagMs: readonly number[];
}

const AT_ONCE = 256;
const EVENTS = "K$";

export async function measureSlots(context: BenchContext): Promise<SlotsMeasure[]> {
  const stops = new Stops();
  try {
    const regions = await startRegions(["here", "there"], context.aof, stops, undefined, "slots");
    const pair = await Pair.open(regions as [Region, Region], stops);
    const measures: SlotsMeasure[] = [];
    for (let round = 1; round <= context.sizes.rounds; round++) {
      for (const activeSlots of context.sizes.activeSlots) {
        context.progress(`slots: ${activeSlots}, round ${round}`);
        await pair.write(activeSlots, Math.min(activeSlots, context.sizes.slotWrites)); // they are open from now on
        const cpu = await pair.cpu(activeSlots, context.sizes.slotWrites);
        const lagMs = await pair.lag(activeSlots, context.sizes.lagProbes, context.sizes.slotRate);
        measures.push({ activeSlots, round, ...cpu, lagMs });
      }
    }
    return measures;
  } finally {
    await stops.run();
  }
}

type Cpu = Pick<SlotsMeasure, "agentHereUs" | "agentThereUs" | "serverHereUs" | "serverThereUs">;

class Pair {
  private serial = 0;
  private readonly waiting = new Map<string, (atMs: number) => void>();

  private constructor(
    private readonly here: Region,
    private readonly there: Region,
    private readonly writer: Redis,
  ) {}

  static async open([here, there]: readonly [Region, Region], stops: Stops): Promise<Pair> {
    await there.server.admin.config("SET", "notify-keyspace-events", EVENTS);
    const pair = new Pair(here, there, here.server.admin);
    const watcher = there.server.admin.duplicate();
    stops.add({ stop: () => Promise.resolve(watcher.disconnect()) });
    watcher.on("pmessage", (_pattern: string, channel: string) => pair.seen(channel));
    await watcher.psubscribe("__keyspace@0__:bench{*");
    return pair;
  }

  /** So many writes, to the slots in turn; until the other region shows the last one of each slot. */
  async write(activeSlots: number, count: number): Promise<void> {
    const serial = String(++this.serial);
    for (let from = 0; from < count; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => from + at);
      await Promise.all(some.map((at) => this.set(slotAt(at, activeSlots), serial)));
    }
    const last = Array.from({ length: Math.min(activeSlots, count) }, (_, at) => keyOf(slotAt(at, activeSlots)));
    await waitFor(async () => (await this.there.server.admin.mget(last)).every((value) => value === serial), {
      what: "the other region to show all writes",
      timeoutMs: limits.convergeMsMax,
    });
  }

  async cpu(activeSlots: number, count: number): Promise<Cpu> {
    const { here, there } = this;
    const meter = new CpuMeter({
      agentHereUs: here.pid,
      agentThereUs: there.pid,
      serverHereUs: here.server.pid,
      serverThereUs: there.server.pid,
    });
    await this.write(activeSlots, count);
    const used = Object.entries(meter.usedMs()).map(([name, ms]) => [name, rounded((ms * 1000) / count, 1)]);
    return Object.fromEntries(used) as Cpu;
  }

  /** Each probe is one of the writes; the rest are the load. */
  async lag(activeSlots: number, probes: number, ratePerSecond: number): Promise<number[]> {
    const lags: number[] = [];
    const perTurn = Math.max(1, Math.round(ratePerSecond / 100));
    for (let turn = 0; turn < probes; turn++) {
      const slot = slotAt(turn * 7919, activeSlots);
      const visible = new Promise<number>((resolve) => this.waiting.set(keyOf(slot), resolve));
      await this.set(slot, `probe ${turn}`);
      const repliedMs = performance.now();
      for (let at = 1; at < perTurn; at++) void this.set(slotAt(turn * perTurn + at, activeSlots), `load ${turn}`);
      const seenMs = await visible;
      lags.push(rounded(seenMs - repliedMs));
      await delay(10);
    }
    return lags;
  }

  private set(slot: number, value: string): Promise<unknown> {
    return this.writer.call("FCALL", "mer", "1", rootOfSlot(slot), "SET", keyOf(slot), value);
  }

  private seen(channel: string): void {
    const key = channel.slice(channel.indexOf(":") + 1);
    this.waiting.get(key)?.(performance.now());
    this.waiting.delete(key);
  }
}

function slotAt(at: number, activeSlots: number): number {
  return ((at % activeSlots) * Math.floor(SLOTS / activeSlots)) % SLOTS;
}

function keyOf(slot: number): string {
  return `bench${rootOfSlot(slot).slice("mer:".length)}`;
}
