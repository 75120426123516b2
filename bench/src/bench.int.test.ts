/**
 * Every part as it is built, with tiny counts: that the harness runs and what it reports is whole. No figure is asserted.
 * Needs a native server and Linux, as the benchmarks do.
 */
import { execFile } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findServerBinary } from "@meridian/engine";
import { tempDir } from "@meridian/testkit";
import { beforeAll, expect, test } from "vitest";
import type { Results } from "./results.js";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const TIMEOUT_MS = 120_000;
const binary = await findServerBinary();
const canRun = binary !== undefined && process.platform === "linux";
const run = promisify(execFile);

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error("this test runs what was built: npm run build");
  if (!canRun) console.warn("SKIPPED: the benchmarks need Linux, and valkey-server or redis-server on the PATH");
});

async function bench(args: string[], env: Record<string, string> = {}): Promise<Results> {
  const line = [MAIN, "--tiny", "--rounds", "1", "--json", ...args];
  const { stdout } = await run(process.execPath, line, { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Results;
}

/** A PATH with the server and what the system needs on it, and no load generator. */
function pathWithoutLoadGenerator(): string {
  const folder = tempDir("meridian-bench-");
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  symlinkSync(binary!.path, join(folder.path, `${binary!.kind}-server`));
  for (const tool of ["getconf", "cat"]) {
    const found = folders.map((where) => join(where, tool)).find((path) => existsSync(path));
    if (found !== undefined) symlinkSync(found, join(folder.path, tool));
  }
  return folder.path;
}

function isPositive(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

test.runIf(canRun)(
  "throughput: six operations, two pipelines, three targets",
  async () => {
    const { throughput = [], machine, lag } = await bench(["--only", "throughput"]);
    expect(throughput).toHaveLength(36);
    expect(throughput.every(({ opsPerSecond }) => isPositive(opsPerSecond))).toBe(true);
    const withAgent = throughput.filter(({ gatewayCpuUs }) => gatewayCpuUs !== undefined);
    expect(new Set(withAgent.map(({ target }) => target))).toEqual(new Set(["gateway"]));
    expect(machine.server).toContain(binary!.version);
    expect(lag).toBeUndefined();
  },
  TIMEOUT_MS,
);

test.runIf(canRun)(
  "gateway: three operations, two pipelines, three numbers of connections, beside plain Redis",
  async () => {
    const { gateway = [] } = await bench(["--only", "gateway"]);
    expect(gateway).toHaveLength(36);
    expect(gateway.every(({ opsPerSecond }) => isPositive(opsPerSecond))).toBe(true);
    expect(new Set(gateway.map(({ connections }) => connections))).toEqual(new Set([1, 50, 1000]));
    const withAgent = gateway.filter(({ gatewayCpuUs }) => gatewayCpuUs !== undefined);
    expect(withAgent.map(({ target }) => target)).toEqual(Array.from({ length: 18 }, () => "gateway"));
  },
  TIMEOUT_MS,
);

test.runIf(canRun)(
  "lag: floor, lone and loaded",
  async () => {
    const { lag = [], sizes } = await bench(["--only", "lag"]);
    expect(lag.map(({ situation }) => situation)).toEqual(["floor", "lone", "loaded"]);
    for (const { afterReplyMs, wholeMs } of lag) {
      expect(afterReplyMs).toHaveLength(sizes.lagProbes);
      expect(wholeMs.every(isPositive)).toBe(true);
    }
    expect(isPositive(lag[2]?.loadPerSecond)).toBe(true);
  },
  TIMEOUT_MS,
);

test.runIf(canRun)(
  "wire: each operation, two pipelines, packed and not",
  async () => {
    const { wire = [] } = await bench(["--only", "wire"]);
    expect(wire).toHaveLength(7 * 2 * 2);
    expect(wire.every(({ respBytes, wireBytes }) => isPositive(respBytes) && isPositive(wireBytes))).toBe(true);
    const bytes = (compression: string) =>
      wire.filter((one) => one.compression === compression).reduce((sum, { wireBytes }) => sum + wireBytes, 0);
    expect(bytes("on")).toBeLessThan(bytes("off"));
  },
  TIMEOUT_MS,
);

// These wait most of the time, for disks and links: side by side.
test.runIf(canRun).concurrent(
  "backlog: each workload as written and after a cut",
  async () => {
    const { backlog = [], sizes } = await bench(["--only", "backlog"]);
    expect(backlog).toHaveLength(2 * sizes.backlogWorkloads);
    const [written, afterCut] = backlog;
    expect(isPositive(afterCut?.wireBytes)).toBe(true);
    expect(afterCut?.wireBytes).toBeLessThan(Number(written?.wireBytes));
  },
  TIMEOUT_MS,
);

test.runIf(canRun).concurrent(
  "architectures: each in three places, and what a lost region takes with it",
  async () => {
    const { architectures = [], sizes } = await bench(["--only", "architectures"]);
    expect(architectures.map(({ architecture }) => architecture)).toHaveLength(5);
    for (const { readMs, writeMs, acknowledged, survived } of architectures) {
      for (const samples of [readMs, writeMs].flatMap((byPlace) => Object.values(byPlace))) {
        expect(samples).toHaveLength(sizes.wanProbes);
      }
      expect(survived).toBeLessThanOrEqual(acknowledged);
    }
    const never = architectures.filter(({ seenMs }) => seenMs.eu.length === 0);
    expect(never.map(({ architecture }) => architecture)).toEqual(["one server a region"]);
  },
  TIMEOUT_MS,
);

test.runIf(canRun).concurrent(
  "slots and shards: few and many, every write seen",
  async () => {
    const { slots = [], shards = [], sizes } = await bench(["--only", "slots,shards", "--rounds", "1"]);
    expect(shards.map(({ servers }) => servers)).toHaveLength(2 + sizes.clusterNodes.length);
    expect(slots.map(({ activeSlots }) => activeSlots)).toEqual(sizes.activeSlots);
    for (const { lagMs } of slots) expect(lagMs).toHaveLength(sizes.lagProbes);
  },
  TIMEOUT_MS,
);

test.runIf(canRun).concurrent(
  "apply and memory: every entry applied, every log entry trimmed",
  async () => {
    const { apply = [], memory = [] } = await bench(["--only", "apply,memory"]);
    expect(apply.map(({ batch }) => batch)).toEqual([100, 256, 100, 256]);
    expect(apply.every(({ opsPerSecond }) => isPositive(opsPerSecond))).toBe(true);
    expect(memory).toHaveLength(5);
    for (const { plain, meridian, meridianWithLog, buckets } of memory) {
      expect(plain).toBeGreaterThan(0);
      expect(meridian).toBeGreaterThan(plain);
      expect(meridianWithLog).toBeGreaterThan(meridian);
      expect(buckets.bytesEach).toBeGreaterThan(0);
    }
  },
  TIMEOUT_MS,
);

test.runIf(canRun)(
  "lists: each operation at each size, late pushes and removals",
  async () => {
    const { lists = [] } = await bench(["--only", "lists"]);
    expect(lists).toHaveLength(2 * (7 * 3 + 4));
    expect(lists.every(({ cpuUs }) => isPositive(cpuUs))).toBe(true);
    expect(new Set(lists.map(({ size }) => size))).toEqual(new Set([100, 2000]));
  },
  TIMEOUT_MS,
);

test.runIf(canRun)(
  "sorted sets and streams: each operation at each size, and what has not seen all",
  async () => {
    const { zsets = [], streams = [] } = await bench(["--only", "zsets,streams"]);
    expect(zsets).toHaveLength(2 * (5 * 3 + 2 + 1));
    expect(streams).toHaveLength(2 * (2 * 3 + 2 + 3 + 2 + 1));
    for (const measures of [zsets, streams]) {
      expect(measures.every(({ cpuUs }) => isPositive(cpuUs))).toBe(true);
      expect(new Set(measures.map(({ size }) => size))).toEqual(new Set([1000, 2000]));
    }
  },
  TIMEOUT_MS,
);

test.runIf(canRun)(
  "set: operations, memory and removals of a large one",
  async () => {
    const { set } = await bench(["--only", "set"]);
    expect(set?.operations).toHaveLength(3 * 3 + 2);
    expect(set?.operations.every(({ cpuUs }) => isPositive(cpuUs))).toBe(true);
    expect(set?.bytesEach.region).toBeGreaterThan(set?.bytesEach.plain ?? 0);
    expect(set?.removals).toHaveLength(4);
    // blockedMs is a difference of two waits, which is nothing where the other client had its turn just as fast.
    expect(set?.removals.every(({ cpuMs, blockedMs }) => isPositive(cpuMs) && blockedMs >= 0)).toBe(true);
  },
  TIMEOUT_MS,
);

test.runIf(canRun)(
  "cpu, by our own load where there is no other: all variants end with every place at the same point",
  async () => {
    const { cpu = [], machine } = await bench(["--only", "cpu"], { PATH: pathWithoutLoadGenerator() });
    expect(machine.loadGenerator).toMatch(/our own/);
    expect(cpu).toHaveLength(8);
    const processes = cpu.map(({ cpuMsByProcess }) => Object.keys(cpuMsByProcess).length);
    expect(processes).toEqual([1, 2, 4, 4, 1, 2, 4, 4]);
    expect(cpu.every(({ opsPerSecond }) => isPositive(opsPerSecond))).toBe(true);
  },
  TIMEOUT_MS,
);

test("a wrong option is refused before anything starts", async () => {
  const failed = run(process.execPath, [MAIN, "--only", "speed"]);
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("choose among") });
});
