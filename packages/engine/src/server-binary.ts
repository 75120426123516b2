/** Finds the server that this machine has: valkey-server, then redis-server, 7.0 or newer, on the PATH. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { limits } from "./limits.js";
import { compareVersions } from "./version.js";

export interface ServerBinary {
  path: string;
  kind: "redis" | "valkey";
  version: string;
}

const NAMES = ["valkey-server", "redis-server"] as const;
export const OLDEST_VERSION = "7.0.0";
const run = promisify(execFile);

export async function findServerBinary(): Promise<ServerBinary | undefined> {
  const all = await listServerBinaries();
  return all.find((binary) => compareVersions(binary.version, OLDEST_VERSION) >= 0);
}

/** All servers on the PATH, the preferred first, too old ones included (so that an error can name them). */
export async function listServerBinaries(): Promise<ServerBinary[]> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found: ServerBinary[] = [];
  for (const name of NAMES) {
    for (const folder of folders) {
      const binary = await examine(join(folder, name));
      if (binary !== undefined) found.push(binary);
    }
  }
  return found;
}

async function examine(path: string): Promise<ServerBinary | undefined> {
  try {
    await access(path, constants.X_OK);
    const { stdout } = await run(path, ["--version"], { timeout: limits.versionCheckMsMax });
    const version = /v=(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
    if (version === undefined) return undefined;
    return { path, kind: /valkey/i.test(stdout) ? "valkey" : "redis", version };
  } catch {
    return undefined;
  }
}
