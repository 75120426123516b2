/** `meridian start --engine cluster` as users run it: regions that are clusters, cut and mended, stopped, and found again. */
import type { StatusDocument, VerifyDocument } from "@meridian/agent/api";
import { SLOTS } from "@meridian/core";
import { hasCluster, waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt, meridian, newFolder, processesOf, start, stopAll, type Started } from "./local-start.js";

const isPossible = await hasCluster();
if (!isPossible) console.warn("SKIPPED: a cluster needs valkey-server or redis-server on the PATH");

const PATIENCE_MS = 60_000;
const NODES = 3;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAll);

async function told<Document>({ basePort }: Started, ...args: string[]): Promise<[code: number | null, Document]> {
  const { code, stdout, stderr } = await meridian(...args, "--json", "--base-port", String(basePort));
  expect(stderr).toBe("");
  return [code, JSON.parse(stdout) as Document];
}

async function reads(running: Started, region: number, key: string, value: string): Promise<void> {
  const client = running.client(region);
  const shows = async (): Promise<boolean> => (await client.get(key).catch(() => undefined)) === value;
  await waitFor(shows, { what: `region ${region} to show ${key} = ${value}`, timeoutMs: PATIENCE_MS });
}

test.skipIf(!isPossible)(
  "two clusters: cut off, written to on both sides, mended, equal; killed, stopped and found again",
  async () => {
    const args = ["--engine", "cluster", "--regions", "a,b", "--rtt", "0"];
    const running = await start({ args });
    expect(running.output.stdout).toContain("2 regions on this machine, each a cluster of 3 nodes");
    const [a, b] = [running.client(0), running.client(1)];
    await a.set("greeting", "hello");
    await reads(running, 1, "greeting", "hello");
    await told(running, "partition", "b");
    await a.set("greeting", "from a");
    await b.set("greeting", "from b");
    for (const key of ["x", "y", "z"]) await Promise.all([a.incrby(key, 5), b.incrby(key, 7)]);
    await told(running, "heal");
    for (const region of [0, 1]) for (const key of ["x", "y", "z"]) await reads(running, region, key, "12");
    const [, { regions }] = await told<StatusDocument>(running, "status");
    for (const { slots } of regions) {
      expect([slots?.nodes.length, slots?.count, slots?.up]).toEqual([NODES, SLOTS, SLOTS]);
    }
    const [code, verified] = await told<VerifyDocument>(running, "verify", "--wait", "60");
    expect([code, verified.equal, verified.regions.map(({ keys }) => keys)]).toEqual([0, true, [4, 4]]);

    // A node that is killed comes back; what it lost of its last second the other region gives back.
    const victim = processesOf(running).find(({ kind }) => kind === "server");
    process.kill(victim!.pid, "SIGKILL");
    for (const key of ["x", "y", "z"]) await reads(running, 0, key, "12");

    await running.stop();
    const again = await start({ basePort: running.basePort, dataDir: running.dataDir, args });
    for (const key of ["x", "y", "z"]) await reads(again, 1, key, "12");
    await again.stop();
    const other = await start({ basePort: running.basePort, dataDir: running.dataDir, args: ["--regions", "a,b"] });
    const { code: refused, stderr } = await other.exited;
    expect([refused, stderr]).toEqual([
      1,
      expect.stringContaining("is that of a cluster; start with --engine cluster"),
    ]);
  },
  240_000,
);

test.skipIf(isPossible)("without a native server there is no cluster, and it says so", async () => {
  const failed = await start({ dataDir: newFolder(), args: ["--engine", "cluster", "--regions", "a,b"] });
  const { code, stderr } = await failed.exited;
  expect([code, stderr]).toEqual([1, expect.stringContaining("no valkey-server or redis-server 7.0 or newer")]);
});
