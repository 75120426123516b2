/**
 * kill -9 of each process in turn, while every region is being written to: then all regions agree, and every write that was
 * acknowledged is there. Only the server that took a write may lose it, and then only if it had reached no other region.
 */
import { findServerBinary } from "@meridian/engine";
import type { StatusDocument } from "@meridian/agent/api";
import { waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt, meridian, portOf, processesOf, start, stopAll, type Started } from "./local-start.js";

const REGIONS = ["a", "b"] as const;
const WRITES_BETWEEN = 300;
const native = await findServerBinary();

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  if (native === undefined) console.warn("SKIPPED: a server that keeps data over a kill -9 needs a native one");
});
afterEach(stopAll);

/** Writes until it is told to stop; knows what was acknowledged, and goes on when its connection breaks. */
class Writer {
  readonly acknowledged = new Set<string>();
  private isStopping = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly client: Redis,
    private readonly name: string,
  ) {
    this.done = this.work();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.done;
  }

  private async work(): Promise<void> {
    for (let number = 0; !this.isStopping; number++) {
      const key = `${this.name}:${number}`;
      try {
        await this.client.set(key, String(number));
        this.acknowledged.add(key);
      } catch {
        await waitFor(async () => this.isStopping || (await this.client.ping()) === "PONG", {
          what: `region ${this.name} to answer again`,
          timeoutMs: 20_000,
        });
      }
    }
  }
}

/** The native servers, as they are: what a gateway would say must be just that. */
async function allKeys(running: Started, region: number): Promise<Map<string, string>> {
  const client = running.client(100 + region);
  const keys = (await client.keys("*:*")).filter((key) => /^[ab]:\d+$/.test(key)).toSorted();
  const values = keys.length === 0 ? [] : await client.mget(keys);
  client.disconnect();
  return new Map(keys.map((key, index) => [key, values[index] ?? ""]));
}

async function allUp(running: Started): Promise<void> {
  await waitFor(
    async () => {
      const { stdout } = await meridian("status", "--json", "--base-port", String(running.basePort));
      const status = JSON.parse(stdout) as StatusDocument;
      return status.regions.every(({ state }) => state === "up") && status.links.every(({ state }) => state === "up");
    },
    { what: "everything to be up", timeoutMs: 25_000 },
  );
}

async function agreeOn(running: Started, expected: Iterable<string>): Promise<void> {
  const wanted = [...expected];
  await waitFor(
    async () => {
      const [left, right] = [await allKeys(running, 0), await allKeys(running, 1)];
      const missing = wanted.filter((key) => !left.has(key) || !right.has(key));
      if (missing.length > 0) throw new Error(`${missing.length} missing, such as ${missing.slice(0, 5).join(" ")}`);
      return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
    },
    { what: "both regions to hold the same, every acknowledged write in it", timeoutMs: 25_000 },
  );
}

test.skipIf(native === undefined)(
  "each process in turn",
  async () => {
    const running = await start({ args: ["--regions", REGIONS.join(","), "--rtt", "10ms"] });
    await allUp(running);
    for (const { pid, kind } of processesOf(running)) {
      const serverRegion = kind === "server" ? portOf(pid) - running.basePort - 101 : undefined;
      const writers = REGIONS.map((name, region) => new Writer(running.client(region), name));
      await waitFor(() => writers.every(({ acknowledged }) => acknowledged.size > WRITES_BETWEEN), { what: "writes" });
      process.kill(pid, "SIGKILL");
      // Of the killed server's own writes, those that the other region has by now must survive.
      const reached = serverRegion === undefined ? undefined : await allKeys(running, 1 - serverRegion);
      const before = writers.map(({ acknowledged }) => acknowledged.size);
      await allUp(running);
      await waitFor(
        () => writers.every(({ acknowledged }, at) => acknowledged.size > (before[at] ?? 0) + WRITES_BETWEEN),
        {
          what: "writes after the kill",
          timeoutMs: 20_000,
        },
      );
      await Promise.all(writers.map((writer) => writer.stop()));
      const expected = REGIONS.flatMap((_name, region) => {
        const all = [...(writers[region]?.acknowledged ?? [])];
        return region === serverRegion ? all.filter((key) => reached?.has(key) === true) : all;
      });
      expect(expected.length).toBeGreaterThan(WRITES_BETWEEN);
      await agreeOn(running, expected);
      for (const [region] of REGIONS.entries()) await running.client(region).flushall();
      await agreeOn(running, []);
    }
  },
  180_000,
);
