/**
 * Three regions whose partitions are hash slots, without agents: a cluster of three nodes, one of one, and a server that is no
 * cluster. Writes are calls of the function in the slot of their keys; logs are read and applied here. The names of a case share a
 * tag, so that it may use several keys in one command.
 */
import { CONTROL_SLOT, commands, rootOfSlot, slotOfKey } from "@meridian/core";
import { spawnCluster, spawnRedis, waitFor } from "@meridian/testkit";
import { ReplyError, type Redis } from "ioredis";
import { libraryCode } from "../library/support.js";
import type { Answer } from "./matching.js";
import type { World } from "./play.js";

const NAMES = ["us-east-1", "eu-west-1", "ap-southeast-1"];
const NODES = [3, 1, 0];
const TAGGED = /^\{[^}]+\}:/;
/** Their work is the process's, not a slot's. */
const EVERYWHERE = /^(FLUSHALL|FLUSHDB|SCRIPT)$/i;
const MESSAGES_MS_MAX = 5000;
const SWEPT = ["sweep", "0", "65536"];

interface Servers {
  readonly name: string;
  readonly nodes: readonly Redis[];
  readonly slots: ReadonlyMap<number, Redis>;
  readonly stop: () => Promise<void>;
}

export class ClusterRegions implements World {
  private readonly configured = new Set<number>();
  /** Slots in which something was run since `forget`. */
  private readonly used = new Set<number>();
  /** And since the latest sync of all. */
  private readonly touched = new Set<number>();
  private readonly subscribers: Redis[] = [];
  private readonly messages = new Map<string, string[]>();

  private constructor(private readonly regions: readonly Servers[]) {}

  /** Undefined where there is no native server. */
  static async start(): Promise<ClusterRegions | undefined> {
    const regions: Servers[] = [];
    for (const [at, name] of NAMES.entries()) {
      const servers = await serversOf(name, NODES[at] ?? 0);
      if (servers === undefined) return undefined;
      regions.push(servers);
    }
    return new ClusterRegions(regions);
  }

  async stop(): Promise<void> {
    for (const subscriber of this.subscribers) subscriber.disconnect();
    await Promise.all(this.regions.map((region) => region.stop()));
  }

  /** What was run so far is nobody's concern any more: a flush empties slots that are used from now on. */
  forget(): void {
    this.used.clear();
    this.touched.clear();
  }

  nameOf(id: string, name: string): string {
    return `{${id}}:${name}`;
  }

  async run(region: number, command: readonly string[]): Promise<Answer> {
    const [name = "", ...args] = command;
    const tagged = args.find((arg) => TAGGED.test(arg));
    const slot = tagged === undefined ? CONTROL_SLOT : slotOfKey(tagged);
    await this.prepare(slot);
    this.touched.add(slot);
    try {
      if (EVERYWHERE.test(name)) return await this.runEverywhere(region, command);
      if (commands[name.toUpperCase()] !== undefined) return (await this.call(region, slot, ...command)) as Answer;
      return (await nodeOf(this.at(region), slot).call(name, ...args)) as Answer;
    } catch (error) {
      if (error instanceof ReplyError) return { error: (error as Error).message };
      throw error;
    }
  }

  private async runEverywhere(region: number, command: readonly string[]): Promise<Answer> {
    const isFlush = command[0]!.toUpperCase() !== "SCRIPT";
    const { nodes, slots } = this.at(region);
    const one = [...slots].filter(([slot]) => this.used.has(slot));
    const first = nodes.map((node) => one.find(([, owner]) => owner === node)?.[0]);
    let answer: Answer = null;
    for (const slot of isFlush ? this.used : first) {
      if (slot === undefined) continue;
      answer = (await this.call(region, slot, ...command)) as Answer;
      if (isFlush) this.touched.add(slot);
    }
    return answer;
  }

  async subscribe(region: number, channel: string): Promise<void> {
    const messages: string[] = [];
    this.messages.set(`${region} ${channel}`, messages);
    const subscriber = this.at(region).nodes[0]!.duplicate();
    this.subscribers.push(subscriber);
    subscriber.on("message", (_channel: string, message: string) => messages.push(message));
    await subscriber.subscribe(channel);
  }

  async received(region: number, channel: string, count: number): Promise<string[]> {
    const messages = this.messages.get(`${region} ${channel}`) ?? [];
    await waitFor(() => messages.length >= count, { what: `messages on ${channel}`, timeoutMs: MESSAGES_MS_MAX });
    return messages;
  }

  /** What has expired is logged, and everything reaches everyone: again, until nothing moves. */
  async sync(numbers: readonly number[]): Promise<void> {
    await Promise.all([...this.touched].map((slot) => this.syncSlot(slot, numbers)));
    if (numbers.length === this.regions.length) this.touched.clear();
  }

  private async syncSlot(slot: number, numbers: readonly number[]): Promise<void> {
    for (let moved = 1; moved > 0;) {
      moved = 0;
      for (const number of numbers) await this.call(number, slot, ...SWEPT);
      for (const from of numbers)
        for (const to of numbers) if (from !== to) moved += await this.deliver(slot, from, to);
    }
  }

  private async deliver(slot: number, from: number, to: number): Promise<number> {
    const [theirs, ours] = await Promise.all([this.vectorOf(from, slot), this.vectorOf(to, slot)]);
    let moved = 0;
    for (const [origin, stamp] of theirs) {
      const here = ours.get(origin) ?? "0";
      if (BigInt(stamp) <= BigInt(here)) continue;
      const records = await this.callBuffer(from, slot, "read", origin, here, "1000", "1000000");
      for (let at = 1; at < records.length; at += 2) {
        const reply = await this.callBuffer(to, slot, "apply", origin, records[at]!);
        moved += Number(reply[4]);
      }
    }
    return moved;
  }

  private async vectorOf(region: number, slot: number): Promise<Map<string, string>> {
    const state = (await this.call(region, slot, "state")) as unknown[];
    const flat = state[5] as string[];
    return new Map(flat.flatMap((origin, at) => (at % 2 === 0 ? [[origin, String(flat[at + 1])] as const] : [])));
  }

  passingMs(): number {
    return performance.now();
  }

  async tick(): Promise<void> {
    const nowMs = Date.now();
    await waitFor(() => Date.now() > nowMs, { what: "the next millisecond", intervalMs: 1 });
  }

  async wait(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    await waitFor(() => performance.now() >= untilMs, { what: `${ms} ms to pass`, intervalMs: ms });
  }

  private async prepare(slot: number): Promise<void> {
    this.used.add(slot);
    if (this.configured.has(slot)) return;
    this.configured.add(slot);
    const configured = NAMES.map((name, at) =>
      this.call(at + 1, slot, "configure", name, NAMES.join(","), "", "slots"),
    );
    await Promise.all(configured);
  }

  private call(region: number, slot: number, ...command: string[]): Promise<unknown> {
    return nodeOf(this.at(region), slot).call("FCALL", "mer", "1", rootOfSlot(slot), ...command);
  }

  private callBuffer(region: number, slot: number, ...command: (string | Buffer)[]): Promise<Buffer[]> {
    const node = nodeOf(this.at(region), slot);
    return node.callBuffer("FCALL", "mer", "1", rootOfSlot(slot), ...command) as Promise<Buffer[]>;
  }

  private at(number: number): Servers {
    const region = this.regions[number - 1];
    if (region === undefined) throw new Error(`there is no region ${number}`);
    return region;
  }
}

function nodeOf({ name, slots }: Servers, slot: number): Redis {
  const node = slots.get(slot);
  if (node === undefined) throw new Error(`${name}: nobody has slot ${slot}`);
  return node;
}

/** `nodes` 0: a server that is no cluster. */
async function serversOf(name: string, nodes: number): Promise<Servers | undefined> {
  const { stop, clients } = nodes === 0 ? await loneServer() : ((await clusterOf(nodes)) ?? {});
  if (stop === undefined || clients === undefined) return undefined;
  for (const client of clients) await client.call("FUNCTION", "LOAD", "REPLACE", libraryCode());
  const slots = new Map<number, Redis>();
  for (const client of clients) {
    for (const [first, last] of nodes === 0 ? [[0, 16383] as const] : await rangesOf(client)) {
      for (let slot = first; slot <= last; slot++) slots.set(slot, client);
    }
  }
  return { name, nodes: clients, slots, stop };
}

/** Of this very node. */
async function rangesOf(client: Redis): Promise<(readonly [number, number])[]> {
  const id = String(await client.call("CLUSTER", "MYID"));
  const ranges = (await client.call("CLUSTER", "SLOTS")) as [number, number, [string, number, string]][];
  return ranges.flatMap(([first, last, [, , owner]]) => (owner === id ? [[first, last] as const] : []));
}

async function clusterOf(nodes: number): Promise<{ stop: () => Promise<void>; clients: Redis[] } | undefined> {
  const cluster = await spawnCluster({ nodes });
  if (cluster === undefined) return undefined;
  return { stop: () => cluster.stop(), clients: cluster.nodes.map(({ redis }) => redis) };
}

async function loneServer(): Promise<{ stop: () => Promise<void>; clients: Redis[] }> {
  const server = await spawnRedis();
  return { stop: () => server.stop(), clients: [server.client()] };
}
