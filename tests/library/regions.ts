/** Servers as regions, without agents: their logs are read and applied by hand. */
import { waitFor } from "@meridian/testkit";
import { kinds, libraryCode, startServer, type TestServer } from "./support.js";

export interface TestRegion extends TestServer {
  readonly name: string;
  /** Until the clock of the server shows another millisecond: what is stamped then is later. */
  waitForLaterMillisecond(): Promise<void>;
}

export async function startRegions<const N extends readonly string[]>(
  names: N,
): Promise<{ [K in keyof N]: TestRegion }> {
  const code = libraryCode();
  const regions = await Promise.all(names.map((name) => startRegion(name, names, code)));
  return regions as { [K in keyof N]: TestRegion };
}

async function startRegion(name: string, names: readonly string[], code: string): Promise<TestRegion> {
  const server = await startServer(kinds[0] ?? "wasm", code);
  await server.call("configure", name, names.join(","));
  const milliseconds = async (): Promise<number> => {
    const [seconds, microseconds] = (await server.plain("TIME")) as [string, string];
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  };
  return {
    ...server,
    name,
    waitForLaterMillisecond: async () => {
      const now = await milliseconds();
      await waitFor(async () => (await milliseconds()) > now, { what: "a later millisecond" });
    },
  };
}

/** The origins of a region, and how far it has come with each. */
async function standing(region: TestRegion): Promise<{ own: string; vector: Map<string, string> }> {
  const [, , own, , , flat] = (await region.call("state")) as [number, string, string, string, string, string[]];
  const vector = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) vector.set(flat[at] ?? "", flat[at + 1] ?? "0");
  return { own, vector };
}

/** Brings one region all that the other one wrote; the answers of `apply`. */
export async function deliver(from: TestRegion, to: TestRegion): Promise<unknown[]> {
  const answers: unknown[] = [];
  const { own } = await standing(from);
  const after = (await standing(to)).vector.get(own) ?? "0";
  const records = (await from.call("read", own, after, "1000", "100000000")) as string[];
  for (let at = 1; at < records.length; at += 2) answers.push(await to.call("apply", own, records[at] ?? ""));
  return answers;
}

/** Brings each region all that the other ones wrote; the answers of `apply`. */
export async function replicate(...regions: TestRegion[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const from of regions) for (const to of regions) if (to !== from) answers.push(...(await deliver(from, to)));
  return answers;
}
