/**
 * Automatic failover between real servers: a primary that is cut off and lives, with clients at every server that never stop
 * writing. At no time two servers take writes.
 */
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { PassiveRegions } from "../test-support/passive-regions.js";

const isMissing = (await findServerBinary()) === undefined;
if (isMissing) console.warn("SKIPPED: replicas need a native server");
let regions: PassiveRegions | undefined;

afterEach(async () => {
  await regions?.stop();
  regions = undefined;
}, 30_000);

interface Accepted {
  readonly region: string;
  readonly sentMs: number;
  readonly answeredMs: number;
}

/** Writes to the server itself until it is told to stop; what was taken, and when. */
class DirectWriter {
  readonly accepted: Accepted[] = [];
  readonly refusals = new Set<string>();
  private isStopped = false;
  private readonly done: Promise<void>;

  constructor(three: PassiveRegions, region: string) {
    this.done = this.write(three, region);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }

  private async write(three: PassiveRegions, region: string): Promise<void> {
    const client = three.direct(region);
    while (!this.isStopped) {
      const sentMs = performance.now();
      try {
        await client.incr(`written-in-${region}`);
        this.accepted.push({ region, sentMs, answeredMs: performance.now() });
      } catch (error) {
        this.refusals.add(String(error).split(" ")[1] ?? "");
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    client.disconnect();
  }
}

test.skipIf(isMissing)(
  "a primary that is cut off and lives: another one takes over, and never both take writes",
  async () => {
    const started = await PassiveRegions.start(["us", "eu", "ap"], {
      failover: { lagBytesMax: 1_000_000, automatic: true },
    });
    if (started === undefined) throw new Error("no native server");
    regions = started;
    const three = started;
    const writers = new Map(three.names.map((name) => [name, new DirectWriter(three, name)]));
    const count = (name: string): number => writers.get(name)?.accepted.length ?? 0;
    await waitFor(() => count("us") > 20, { what: "writes at the primary" });
    const outside = three.gateway("ap");
    const inside = three.gateway("us");
    const isWritten = (key: string, client: typeof inside): Promise<boolean> =>
      client.set(key, "1").then(
        () => true,
        () => false,
      );
    await waitFor(() => isWritten("k", inside), { what: "a write through the gateway" });
    three.cut("us", false);
    await waitFor(() => count("eu") > 20, { what: "writes at the next primary", timeoutMs: 40_000 });
    await waitFor(() => isWritten("after", outside), { what: "a write through the gateway", timeoutMs: 20_000 });
    expect(writers.get("us")?.refusals).toContain("NOREPLICAS");
    expect((await three.view("us")).held).toMatch(/majority/);
    expect(await inside.get("k")).toBe("1");
    expect(await three.view("ap")).toMatchObject({ primary: "eu", epoch: 2 });

    three.cut("us", true);
    await three.agree("eu");
    await Promise.all([...writers.values()].map((writer) => writer.stop()));
    const [us, eu] = [writers.get("us")?.accepted ?? [], writers.get("eu")?.accepted ?? []];
    expect(count("ap")).toBe(0);
    const firstAtEu = Math.min(...eu.map(({ answeredMs }) => answeredMs));
    expect(us.filter(({ sentMs }) => sentMs > firstAtEu)).toEqual([]);
    await three.agree("eu");
    expect(await three.direct("us").get("written-in-eu")).toBe(String(eu.length));
    // What us took when it was cut off already is not lost without a word.
    const kept = Number(await three.direct("eu").get("written-in-us"));
    const { lostWrites } = await three.view("us");
    if (kept < us.length) expect(lostWrites).toMatchObject({ kind: "commands", commands: us.length - kept });
    else expect(lostWrites).toBeNull();
  },
  120_000,
);
