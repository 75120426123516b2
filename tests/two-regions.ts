/**
 * Two regions of a local start, for applications as their users run them: they connect to the gateways as they would to
 * Redis, while the link between the regions is cut and mended.
 */
import { waitFor } from "@meridian/testkit";
import { isBuilt, start, stopAll, type Started } from "./local-start.js";

export const US = 0;
export const EU = 1;
export type Region = typeof US | typeof EU;
export const BOTH: readonly Region[] = [US, EU];
const ARGUMENTS = ["--rtt", "20ms", "--regions", "us,eu", "--no-console"];
const AGREE_MS_MAX = 20_000;

export class TwoRegions {
  private readonly open: (() => unknown)[] = [];

  private constructor(readonly running: Started) {}

  static async start(): Promise<TwoRegions> {
    if (!isBuilt) throw new Error("this test runs what was built: npm run build");
    return new TwoRegions(await start({ args: ARGUMENTS }));
  }

  static stop(): Promise<void> {
    return stopAll();
  }

  /** Where a client of this region connects. */
  address(region: Region): { host: string; port: number } {
    return { host: "127.0.0.1", port: this.running.basePort + 1 + region };
  }

  async link(up: boolean): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.running.basePort}/api/links`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ up }),
    });
    if (!response.ok) throw new Error(`links: ${await response.text()}`);
  }

  /** Runs when the test that is running is over: see `mendAndClose`. */
  onClose(close: () => unknown): void {
    this.open.push(close);
  }

  async mendAndClose(): Promise<void> {
    await this.link(true);
    await Promise.all(this.open.splice(0).map((close) => close()));
  }
}

/** Until each region shows just this. */
export async function bothShow<Value>(read: (region: Region) => Promise<Value>, value: Value): Promise<void> {
  const wanted = JSON.stringify(value);
  for (const region of BOTH) {
    let seen: string | undefined;
    const shows = async (): Promise<boolean> => (seen = JSON.stringify(await read(region))) === wanted;
    await waitFor(shows, { what: `region ${region} to show ${wanted}`, timeoutMs: AGREE_MS_MAX }).catch(
      (error: unknown) => {
        throw new Error(`region ${region} shows ${seen}, not ${wanted}`, { cause: error });
      },
    );
  }
}
