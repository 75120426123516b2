/**
 * The file of a unix socket: one that a dead process left is replaced, one behind which somebody listens is not. Nothing
 * else that stands at the path is touched.
 */
import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { GatewayError } from "../errors.js";

export interface UnixSocketSettings {
  readonly path: string;
  /** Of the file, octal: who may write it may connect. */
  readonly permissions?: string | undefined;
}

/** Only the agent's own user. */
export const UNIX_PERMISSIONS_DEFAULT = "700";

/** Rejects when the path can't be listened on. */
export async function clearUnixSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw unusable(path, error.message, error);
  });
  if (found === undefined) return;
  if (!found.isSocket()) throw new GatewayError("MERIDIAN_UNIXSOCKET", { path, reason: "it is there, and no socket" });
  if (await isLive(path)) throw new GatewayError("MERIDIAN_SOCKETINUSE", { path });
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw unusable(path, error.message, error);
  });
}

/** Does anybody listen? Who may not ask can't tell, and must not take it away. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (live: boolean) => {
      socket.destroy();
      resolve(live);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => settle(code !== "ECONNREFUSED" && code !== "ENOENT"));
  });
}

function unusable(path: string, reason: string, cause: unknown): GatewayError {
  return new GatewayError("MERIDIAN_UNIXSOCKET", { path, reason }, cause);
}
