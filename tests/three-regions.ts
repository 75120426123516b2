/** Three regions of a local start; each is reached over a line of its own, so that one can be lost to those who use it. */
import type { RegionClient } from "@meridian/client";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { isBuilt, start, type Started, stopAll } from "./local-start.js";
import { ShapedLine } from "./shaped-line.js";

export const NAMES = ["us", "eu", "ap"] as const;
export type Name = (typeof NAMES)[number];

export interface ReachedRegion extends RegionClient {
  readonly name: Name;
  /** Cut, the region is gone for who uses it; its links to the others stay. */
  readonly line: ShapedLine;
}

export class ThreeRegions {
  private constructor(
    readonly running: Started,
    readonly regions: readonly ReachedRegion[],
  ) {}

  static async start(): Promise<ThreeRegions> {
    if (!isBuilt) throw new Error("this test runs what was built: npm run build");
    const running = await start({ args: ["--rtt", "10ms", "--regions", NAMES.join(","), "--no-console"] });
    const regions = NAMES.map(async (name, index) => {
      const line = await ShapedLine.start(running.basePort + 1 + index);
      const redis = new Redis({ port: line.port, host: "127.0.0.1" });
      redis.on("error", () => undefined); // each command is rejected anyway
      return { name, line, redis };
    });
    return new ThreeRegions(running, await Promise.all(regions));
  }

  named(name: string): ReachedRegion {
    const found = this.regions.find((region) => region.name === name);
    if (found === undefined) throw new Error(`no region ${name}`);
    return found;
  }

  /** The links between this region and the others, or all. */
  async link(up: boolean, a?: Name): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.running.basePort}/api/links`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ up, ...(a === undefined ? {} : { a }) }),
    });
    if (!response.ok) throw new Error(`links: ${await response.text()}`);
  }

  async mend(): Promise<void> {
    await this.link(true);
    for (const { line } of this.regions) line.mend();
    for (const { name, redis } of this.regions) {
      await waitFor(() => redis.status === "ready", { what: `a connection to ${name}` });
    }
  }

  async stop(): Promise<void> {
    for (const { redis } of this.regions) redis.disconnect();
    await stopAll();
  }
}
