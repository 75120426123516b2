/** What a server says of the mode that its data are of: asked of Redis itself, for there may be no library, or a replica's. */
import type { Redis } from "ioredis";

/** Active-passive, and so a change from or to it, is about whole servers. */
export const ROOT = "mer:{0}";
const LIBRARY = "mer";

export interface StoredMode {
  /** Whose data they are, with metadata. */
  readonly region: string;
  /** Who is to be the primary: asked for by `meridian mode active-passive`; undefined: nobody asked. */
  readonly primary: string | undefined;
}

/** Undefined: the data have no metadata of Meridian's. */
export async function modeOf(redis: Redis): Promise<StoredMode | undefined> {
  const [region, primary] = await redis.hmget(ROOT, "region", "passive");
  return typeof region === "string" ? { region, primary: primary ?? undefined } : undefined;
}

export async function hasAdopted(redis: Redis): Promise<boolean> {
  return (await redis.hexists(`${ROOT}:ad`, "cursor")) === 0;
}

export async function dropLibrary(redis: Redis, name: string): Promise<void> {
  try {
    await redis.call("FUNCTION", "DELETE", name);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("Library not found")) throw error;
  }
}

/** Users' libraries, which Meridian's carried out, become the server's own; then metadata and library are away from calls. */
export async function dropMeridian(redis: Redis): Promise<void> {
  const listed = await redis.call("FCALL", "mer", "1", ROOT, "FUNCTION", "LIST", "WITHCODE").catch((error: unknown) => {
    if (error instanceof Error && error.message.includes("Function not found")) return []; // it was dropped before a crash
    throw error;
  });
  for (const library of listed as unknown[][]) {
    const code = library[library.indexOf("library_code") + 1];
    await redis.call("FUNCTION", "LOAD", "REPLACE", String(code));
  }
  await dropLibrary(redis, LIBRARY);
  await redis.unlink(ROOT);
}

/** Whether metadata are left that `removeMetadata` is to remove. */
export async function hasLeftMetadata(redis: Redis): Promise<boolean> {
  return (await redis.exists(`${ROOT}:o`)) === 1;
}

/** All keys of Meridian's, in steps, the one by which they are noticed last. Returns how many. */
export async function removeMetadata(redis: Redis, signal: AbortSignal): Promise<number> {
  let removed = 0;
  let cursor = "0";
  do {
    const [next, keys] = await redis.scanBuffer(cursor, "MATCH", "mer:{0}[:.]*", "COUNT", 1000);
    cursor = String(next);
    const others = keys.filter((key) => key.toString("latin1") !== `${ROOT}:o`);
    if (others.length > 0) removed += await redis.unlink(...others);
  } while (cursor !== "0" && !signal.aborted);
  if (!signal.aborted) removed += await redis.unlink(`${ROOT}:o`);
  return removed;
}
