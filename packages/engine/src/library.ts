/**
 * The function library on a server: loads it, and sees to it that two versions of Meridian never mix.
 *
 * The code says who it is in its second line, `-- meridian <version> <digest>`, after `#!lua name=meridian`; FUNCTION
 * LIST gives the code of the loaded one back. Absent: loaded. Older: replaced (FUNCTION LOAD REPLACE is one atomic
 * step). The same version: kept, unless the digest differs, which is a rebuild during development: replaced.
 * Newer: refused, because the newer program's log entries may be beyond us.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Redis } from "ioredis";
import { EngineError, textOf } from "./errors.js";
import { limits } from "./limits.js";
import { compareVersions } from "./version.js";

export interface LibrarySource {
  code: string;
  version: string;
}

export type LibraryOutcome = "loaded" | "kept" | "replaced";

interface Header {
  version: string;
  digest: string;
}

export const LIBRARY_NAME = "meridian";
export const LIBRARY_PATH = fileURLToPath(new URL("../../core/dist/library/meridian.lua", import.meta.url));
const HEADER = /^#!lua name=meridian[^\n]*\n-- meridian (\S+) (\S+)[^\n]*\n/;

export async function readLibrary(path: string = LIBRARY_PATH): Promise<LibrarySource> {
  let code: string;
  try {
    code = await readFile(path, "utf8");
  } catch (error) {
    throw new EngineError("MERIDIAN_LIBRARYMISSING", { path }, error);
  }
  const header = headerOf(code);
  if (header === undefined) throw new EngineError("MERIDIAN_LIBRARYHEADER");
  return { code, version: header.version };
}

export async function ensureLibrary(redis: Redis, source: LibrarySource, address: string): Promise<LibraryOutcome> {
  const { code, own } = withHeader(source);
  for (let attempt = 1; ; attempt++) {
    const loaded = await loadedHeader(redis, address);
    const order = loaded === undefined ? -1 : compareVersions(loaded.version, own.version);
    if (loaded !== undefined && order > 0) {
      const details = { address, loaded: loaded.version, own: own.version };
      throw new EngineError("MERIDIAN_LIBRARYNEWER", details);
    }
    if (order === 0 && loaded?.digest === own.digest) return "kept";
    try {
      await redis.call("FUNCTION", "LOAD", ...(loaded === undefined ? [] : ["REPLACE"]), code);
      return loaded === undefined ? "loaded" : "replaced";
    } catch (error) {
      // Another process was quicker: look at what it loaded.
      const raced = /^ERR Library '.*' already exists/.test(textOf(error));
      if (raced && attempt < limits.libraryAttemptsMax) continue;
      const details = { address, own: own.version, reason: textOf(error) };
      throw new EngineError("MERIDIAN_LIBRARYREFUSED", details, error);
    }
  }
}

async function loadedHeader(redis: Redis, address: string): Promise<Header | undefined> {
  const reply = await redis.call("FUNCTION", "LIST", "LIBRARYNAME", LIBRARY_NAME, "WITHCODE");
  const fields: unknown = Array.isArray(reply) ? reply[0] : undefined;
  if (!Array.isArray(fields)) return undefined;
  const code: unknown = fields[fields.indexOf("library_code") + 1];
  const header = typeof code === "string" ? headerOf(code) : undefined;
  if (header === undefined) throw new EngineError("MERIDIAN_LIBRARYFOREIGN", { address });
  return header;
}

/** Code given by the caller may lack the header line; it gets one, so that the next look recognizes it. */
function withHeader(source: LibrarySource): { code: string; own: Header } {
  const present = headerOf(source.code);
  if (present !== undefined) return { code: source.code, own: present };
  const [shebang = "", ...rest] = source.code.split("\n");
  const digest = createHash("sha1").update(source.code).digest("hex");
  const code = [shebang, `-- meridian ${source.version} ${digest}`, ...rest].join("\n");
  const own = headerOf(code);
  if (own === undefined) throw new EngineError("MERIDIAN_LIBRARYHEADER");
  return { code, own };
}

function headerOf(code: string): Header | undefined {
  const match = HEADER.exec(code);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { version: match[1], digest: match[2] };
}
