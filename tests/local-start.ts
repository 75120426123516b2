/** A local start as users have it: the built command as a child process, on ports and in a folder of the test's own. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { freeBasePort, tempDir, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { ROOT } from "./repository.js";

export const BIN = join(ROOT, "packages/cli/bin/meridian.mjs");
const READY_MS_MAX = 45_000;

/** These tests run what was built; vitest alone doesn't build. */
export const isBuilt = existsSync(join(ROOT, "packages/cli/dist/index.js"));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  readonly basePort: number;
  readonly dataDir: string;
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** Settles when the process has ended. */
  readonly exited: Promise<Finished>;
  /** A connection to the gateway of the region with this number, from 0. */
  client(region: number): Redis;
  /** SIGINT, and waits for the end. */
  stop(): Promise<Finished>;
}

export interface StartSetup {
  basePort?: number;
  dataDir?: string;
  args?: string[];
}

const started = new Set<Started>();
const folders: { remove(): void }[] = [];

export async function start(setup: StartSetup = {}): Promise<Started> {
  const basePort = setup.basePort ?? (await freeBasePort());
  const dataDir = setup.dataDir ?? newFolder();
  const args = ["start", "--base-port", String(basePort), "--data", dataDir, ...(setup.args ?? [])];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"], cwd: dataDir });
  const { output, exited } = collect(child);
  const clients: Redis[] = [];
  const running: Started = {
    basePort,
    dataDir,
    child,
    output,
    exited,
    client: (region) => {
      const client = new Redis({ host: "127.0.0.1", port: basePort + 1 + region, maxRetriesPerRequest: 0 });
      client.on("error", () => undefined); // each command is rejected anyway
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.disconnect();
      child.kill("SIGINT");
      return await exited;
    },
  };
  started.add(running);
  void exited.then(() => started.delete(running));
  await waitFor(() => output.stdout.includes("meridian ready\n") || child.exitCode !== null, {
    what: "the start to be ready",
    timeoutMs: READY_MS_MAX,
  });
  return running;
}

export function newFolder(): string {
  const folder = tempDir("meridian-start-");
  folders.push(folder);
  return folder.path;
}

/** After each test: nothing that it started is left. */
export async function stopAll(): Promise<void> {
  await Promise.all([...started].map((running) => running.stop()));
  for (const folder of folders.splice(0)) folder.remove();
}

export async function meridian(...args: string[]): Promise<Finished> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  return await collect(child).exited;
}

function collect(child: ChildProcess): { output: Finished; exited: Promise<Finished> } {
  const output: Finished = { code: null, stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString("utf8")));
  child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString("utf8")));
  const exited = new Promise<Finished>((resolve) => {
    child.once("close", (code) => {
      output.code = code;
      resolve(output);
    });
  });
  return { output, exited };
}

export interface StartedProcess {
  pid: number;
  kind: "agent" | "server";
}

/** Agents and servers, by the process table: those children of the start, in the order in which it made them. */
export function processesOf({ child }: Started): StartedProcess[] {
  const found: StartedProcess[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8");
      if (Number(parent) !== child.pid) continue;
      if (command.includes("agent-process")) found.push({ pid: Number(name), kind: "agent" });
      else if (/(redis|valkey)-server/.test(command)) found.push({ pid: Number(name), kind: "server" });
    } catch {
      // it has ended meanwhile
    }
  }
  return found.toSorted((a, b) => a.pid - b.pid);
}

/** Which region a server is of, by its port on the command line. */
export function portOf(pid: number): number {
  return Number(/:(\d+)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? 0);
}
