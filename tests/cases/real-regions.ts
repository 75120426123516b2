/** Three regions of a local start: clients at the gateways, links cut and mended by the admin API. */
import { waitFor } from "@meridian/testkit";
import { ReplyError, type Redis } from "ioredis";
import type { Started } from "../local-start.js";
import { REGIONS } from "./case.js";
import type { Answer } from "./matching.js";
import type { World } from "./play.js";

const NAMES = ["us-east-1", "eu-west-1", "ap-southeast-1"];
const STATE = ["FCALL", "mer", "1", "mer:{0}", "state"] as const;
const SYNC_MS_MAX = 20_000;
const MESSAGES_MS_MAX = 5000;

export class RealRegions implements World {
  private readonly gateways: Redis[];
  private readonly servers: Redis[];
  private readonly subscribers: Redis[];
  private readonly messages = new Map<string, string[]>();

  private constructor(private readonly running: Started) {
    this.gateways = NAMES.map((_name, region) => running.client(region));
    this.servers = NAMES.map((_name, region) => running.client(100 + region));
    this.subscribers = NAMES.map((_name, region) => running.client(region));
    for (const [region, subscriber] of this.subscribers.entries()) {
      subscriber.on("message", (channel: string, message: string) => {
        this.messages.get(`${region + 1} ${channel}`)?.push(message);
      });
    }
  }

  /** Once they are together and agree; from then on they are cut off. */
  static async of(running: Started): Promise<RealRegions> {
    const regions = new RealRegions(running);
    await regions.sync(REGIONS);
    return regions;
  }

  async run(region: number, command: readonly string[]): Promise<Answer> {
    const [name = "", ...args] = command;
    try {
      return (await at(this.gateways, region).call(name, ...args)) as Answer;
    } catch (error) {
      if (error instanceof ReplyError) return { error: (error as Error).message };
      throw error;
    }
  }

  async subscribe(region: number, channel: string): Promise<void> {
    this.messages.set(`${region} ${channel}`, []);
    await at(this.subscribers, region).subscribe(channel);
  }

  async received(region: number, channel: string, count: number): Promise<string[]> {
    const messages = this.messages.get(`${region} ${channel}`) ?? [];
    await waitFor(() => messages.length >= count, { what: `messages on ${channel}`, timeoutMs: MESSAGES_MS_MAX });
    return messages;
  }

  /** Equal version vectors are the end of it; each server is asked itself. */
  async sync(numbers: readonly number[]): Promise<void> {
    for (const a of numbers) for (const b of numbers) if (a < b) await this.link(true, a, b);
    await waitFor(
      async () => {
        const vectors = await Promise.all(numbers.map((number) => vectorOf(at(this.servers, number))));
        return vectors.every((vector) => vector === vectors[0]);
      },
      { what: `regions ${numbers.join(" ")} to have equal version vectors`, timeoutMs: SYNC_MS_MAX },
    );
    await this.link(false);
  }

  /** All regions have this machine's clock, and stamps count its milliseconds. */
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

  private async link(up: boolean, a?: number, b?: number): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.running.basePort}/api/links`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        up,
        ...(a !== undefined && { a: at(NAMES, a) }),
        ...(b !== undefined && { b: at(NAMES, b) }),
      }),
    });
    if (!response.ok) throw new Error(`links: ${await response.text()}`);
  }
}

function at<Item>(items: readonly Item[], number: number): Item {
  const item = items[number - 1];
  if (item === undefined) throw new Error(`there is no region ${number}`);
  return item;
}

/** As text that compares: every origin of which something is here, with its stamp. */
async function vectorOf(server: Redis): Promise<string> {
  const [name, ...args] = STATE;
  const state = (await server.call(name, ...args)) as (string | number | string[])[];
  const flat = state[5] as string[];
  const pairs: string[] = [];
  for (let index = 0; index < flat.length; index += 2) {
    if (Number(flat[index + 1]) > 0) pairs.push(`${flat[index]} ${flat[index + 1]}`);
  }
  return pairs.toSorted().join(", ");
}
