/** Three regions of the simulator: the core over model servers, with a clock that only the case moves. */
import { History } from "../../sim/src/history.js";
import { seededDraw } from "../../sim/src/random.js";
import { Region } from "../../sim/src/region.js";
import { deliver } from "../../sim/src/told-regions.js";
import { CommandError } from "@meridian/testkit";
import { commands, type Reply } from "@meridian/core";
import type { Answer } from "./matching.js";
import type { World } from "./play.js";

const NAMES = ["us-east-1", "eu-west-1", "ap-southeast-1"];
const BEGIN_MS = 1_790_000_000_000;

export class ModelRegions implements World {
  private nowMs = BEGIN_MS;
  private readonly regions: Region[];
  /** By region and channel, how many messages the region had published when somebody subscribed. */
  private readonly subscribed = new Map<string, number>();

  constructor() {
    const history = new History(NAMES);
    this.regions = NAMES.map((name) => new Region(name, NAMES, history, seededDraw(1), () => this.nowMs, 0));
  }

  run(region: number, command: readonly string[]): Promise<Answer> {
    try {
      const isCore = commands[command[0]?.toUpperCase() ?? ""] !== undefined;
      const reply = isCore ? this.region(region).call(...command) : this.read(region, command);
      return Promise.resolve(answerOf(reply));
    } catch (error) {
      if (error instanceof CommandError) return Promise.resolve({ error: error.message });
      throw error;
    }
  }

  subscribe(region: number, channel: string): Promise<void> {
    this.subscribed.set(`${region} ${channel}`, this.region(region).keyspace.published.length);
    return Promise.resolve();
  }

  received(region: number, channel: string): Promise<string[]> {
    const from = this.subscribed.get(`${region} ${channel}`);
    if (from === undefined) throw new Error(`nobody subscribed to ${channel} in region ${region}`);
    const since = this.region(region).keyspace.published.slice(from);
    return Promise.resolve(since.flatMap(([on, message]) => (on === channel ? [message] : [])));
  }

  /** What has expired is logged, and everything reaches everyone: again, until nothing moves. */
  sync(numbers: readonly number[]): Promise<void> {
    const regions = numbers.map((number) => this.region(number));
    for (let moved = 1; moved > 0;) {
      moved = 0;
      for (const region of regions) moved += region.sweep();
      for (const from of regions) for (const to of regions) if (from !== to) moved += deliver(from, to);
      this.nowMs += 1;
    }
    return Promise.resolve();
  }

  /** Only cases move its time. */
  passingMs(): number {
    return 0;
  }

  tick(): Promise<void> {
    return this.wait(1);
  }

  wait(ms: number): Promise<void> {
    this.nowMs += ms;
    return Promise.resolve();
  }

  /** As plain Redis reads; the model server, which has what the core calls, has no MGET. */
  private read(region: number, [name = "", ...args]: readonly string[]): Reply {
    const { keyspace } = this.region(region);
    return name === "MGET" ? args.map((key) => keyspace.call("GET", key)) : keyspace.call(name, ...args);
  }

  private region(number: number): Region {
    const region = this.regions[number - 1];
    if (region === undefined) throw new Error(`there is no region ${number}`);
    return region;
  }
}

function answerOf(reply: Reply): Answer {
  if (reply === false) return null;
  if (Array.isArray(reply)) return reply.map((item) => answerOf(item));
  if (typeof reply === "object") return "err" in reply ? { error: reply.err } : reply.ok;
  return reply;
}
