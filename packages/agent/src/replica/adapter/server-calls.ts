/** The library's internal commands, and what their replies mean. */
import { isConnectionLost, type Engine } from "@meridian/engine";
import type { ApplyReply } from "../protocol.js";

export interface ServerState {
  readonly ownOrigin: string;
  readonly vector: ReadonlyMap<string, number>;
  readonly serverNowMs: number;
}

/** Where the library is called: a region's partition. */
export type PartitionCalls = Pick<Engine, "call">;

export async function readState(engine: PartitionCalls): Promise<ServerState> {
  const reply = await engine.call("state");
  if (!Array.isArray(reply) || reply.length < 6 || !Array.isArray(reply[5])) throw new Error("no state came back");
  const [, , ownOrigin, , nowMs, flat] = reply as [unknown, unknown, string, unknown, string, string[]];
  const vector = new Map<string, number>();
  for (let at = 0; at + 1 < flat.length; at += 2) vector.set(flat[at]!, Number(flat[at + 1]));
  if (!vector.has(ownOrigin)) vector.set(ownOrigin, 0);
  return { ownOrigin, vector, serverNowMs: Number(nowMs) };
}

/** Bytes of all the logs; undefined where the server does not say. */
export async function readLogBytes(engine: Engine, origins: Iterable<string>): Promise<number | undefined> {
  let bytes = 0;
  for (const origin of origins) {
    const reply = await engine.redis.call("MEMORY", "USAGE", `${engine.root}:log:${origin}`).catch(() => undefined);
    if (reply === undefined) return undefined;
    bytes += Number(reply ?? 0);
  }
  return bytes;
}

export interface ApplyAnswer {
  readonly reply: ApplyReply;
  /** Entries that took effect. */
  readonly applied: number;
}

/** Undefined: the server is lost, whether they were applied is not known. */
export async function applyFrames(
  engine: PartitionCalls,
  origin: string,
  frames: Buffer,
): Promise<ApplyAnswer | undefined> {
  try {
    return answerOf(await engine.call("apply", origin, frames));
  } catch (error) {
    return isServerLost(error) ? undefined : { reply: failureOf(error), applied: 0 };
  }
}

/** As `engine.call` says it, and as a command that was sent on `engine.redis` itself. */
export function isServerLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isConnectionLost(error)) return true;
  const code = (error as { code?: unknown }).code;
  return code === "MERIDIAN_SERVERDOWN" || code === "MERIDIAN_STOPPED";
}

function answerOf(answer: unknown): ApplyAnswer {
  const [status, at, detailOrigin, detailStamp, applied] = Array.isArray(answer) ? (answer as unknown[]) : [];
  const stamp = Number(at);
  if (!isStatus(status) || !Number.isSafeInteger(stamp)) {
    return { reply: { status: "failed", message: "no reply to apply" }, applied: 0 };
  }
  const reply = { status, at: stamp, detailOrigin: String(detailOrigin), detailStamp: Number(detailStamp) };
  return { reply, applied: Number(applied) };
}

const STATUSES = ["ok", "gap", "wait", "ahead", "importing"] as const;

function isStatus(status: unknown): status is (typeof STATUSES)[number] {
  return (STATUSES as readonly unknown[]).includes(status);
}

/** A server's error begins with its code. */
function failureOf(error: unknown): ApplyReply {
  const message = error instanceof Error ? error.message : String(error);
  switch (message.split(" ", 1)[0]) {
    case "MERIDIAN_BADENTRY":
      return { status: "bad", message };
    case "MERIDIAN_UNKNOWNREGION":
      return { status: "unknown", message };
    default:
      return { status: "failed", message };
  }
}
