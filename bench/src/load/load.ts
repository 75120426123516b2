/**
 * A load as several clients make it: redis-benchmark where it (or valkey-benchmark) is on the PATH, else our own generator,
 * a process of its own. Which one it was stands in the results, and how busy it kept its core: a generator that is
 * busy all the time may be what is measured.
 */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { BenchError, textOf } from "../errors.js";
import { limits } from "../limits.js";
import { cpuMsOf } from "../world/cpu.js";
import { ChildTask } from "../world/child-task.js";
import type { LoadTask } from "./load-process.js";

export interface LoadRequest {
  readonly port: number;
  /** `__rand_int__` in them is a random number of twelve digits below `keys`. */
  readonly args: readonly string[];
  readonly connections: number;
  readonly pipeline: number;
  readonly requests: number;
  readonly keys: number;
}

export interface LoadResult {
  readonly opsPerSecond: number;
  /** CPU time of the generator by time passed. */
  readonly generatorShare: number;
}

export interface LoadGenerator {
  readonly name: string;
  run(request: LoadRequest): Promise<LoadResult>;
}

const TOOLS = ["redis-benchmark", "valkey-benchmark"] as const;

export async function findLoadGenerator(): Promise<LoadGenerator> {
  for (const tool of TOOLS) {
    const version = await versionOf(tool);
    if (version !== undefined) return { name: version, run: (request) => runTool(tool, request) };
  }
  return { name: "our own load generator (Node, one process)", run: runOwn };
}

async function versionOf(tool: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(tool, ["--version"]);
    return stdout.trim().split(" (")[0];
  } catch {
    return undefined;
  }
}

export async function runOwn(request: LoadRequest): Promise<LoadResult> {
  const task: LoadTask = { kind: "closed", ...request };
  const child = await ChildTask.start("load", new URL("../load/load-process.js", import.meta.url), task);
  try {
    return (await child.result(limits.loadMsMax)) as LoadResult;
  } finally {
    child.end();
  }
}

async function runTool(
  tool: string,
  { port, args, connections, pipeline, requests, keys }: LoadRequest,
): Promise<LoadResult> {
  const options = { "-h": "127.0.0.1", "-p": port, "-c": connections, "-n": requests, "-P": pipeline, "-r": keys };
  const flat = Object.entries(options).flatMap(([name, value]) => [name, String(value)]);
  const startedMs = performance.now();
  const child = spawn(tool, [...flat, "--csv", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  let [cpuMs, wallMs] = [0, 1];
  const probe = setInterval(() => {
    try {
      cpuMs = cpuMsOf(child.pid ?? -1);
      wallMs = performance.now() - startedMs;
    } catch {
      clearInterval(probe); // it has ended
    }
  }, limits.loadProbeMs);
  const killer = setTimeout(() => child.kill("SIGKILL"), limits.loadMsMax);
  const abandoned = (): boolean => child.kill("SIGKILL");
  process.once("exit", abandoned);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0 || output.includes("Error from server")) {
      throw new BenchError("BENCH_LOADFAILED", { port, reason: output.slice(-limits.errorTextChars) });
    }
    return { opsPerSecond: rateIn(output, port, requests), generatorShare: cpuMs / wallMs };
  } catch (error) {
    if (error instanceof BenchError) throw error;
    throw new BenchError("BENCH_LOADFAILED", { port, reason: textOf(error) }, error);
  } finally {
    clearInterval(probe);
    clearTimeout(killer);
    process.off("exit", abandoned);
  }
}

/** CSV: a line of names, a line of figures; all in quotes. The first figure is the command, which may contain anything. */
function rateIn(output: string, port: number, requests: number): number {
  const lines = output.trim().split("\n").map(quotedIn);
  const column = lines.find((names) => names.includes("rps"))?.indexOf("rps") ?? 1;
  const text = lines.at(-1)?.[column];
  // It counts whole milliseconds, and these took none.
  const rate = text === "inf" ? requests * 1000 : Number(text);
  if (rate > 0) return rate;
  throw new BenchError("BENCH_LOADFAILED", { port, reason: `no rate in: ${output.slice(-limits.errorTextChars)}` });
}

function quotedIn(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
}
