/**
 * Writes a loser again: an ordinary write through the gateway, so it has seen what shows and takes its place everywhere. The
 * key is watched from before the loser is read, so what is written is what the page showed, at the place where it was.
 */
import { AgentError } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { Bytes, ConflictView, LoserView } from "../documents.js";
import type { Session } from "./access.js";
import type { RestoreDocument, RestoreRequest } from "./documents.js";
import { Door } from "./door.js";
import { conflictSourceOf } from "./gather.js";
import { replyView } from "./reply-view.js";
import type { AskedRegion } from "./source.js";

const ROOM = { elements: 16, textBytes: 64 * 1024, bytes: 64 * 1024 };

export async function restoreLoser(
  region: AskedRegion,
  session: Session,
  request: RestoreRequest,
): Promise<RestoreDocument> {
  const place = region.door();
  const login = session.user ?? place.login;
  const door = await Door.open({ ...place, login, region: region.region, room: ROOM });
  try {
    const key = Buffer.from(request.keyBase64, "base64");
    await door.send(["WATCH", key]);
    const [conflict, loser] = await find(region, request);
    const command = commandOf(key, conflict, loser);
    await door.send(["MULTI"]);
    await door.send(command);
    const reply = await door.send(["EXEC"]);
    if (reply.type === "error") throw new AgentError("MERIDIAN_REFUSED", { reason: reply.value });
    if (reply.type === "null") throw gone();
    const [written] = reply.type === "array" ? reply.items : [];
    if (written?.type === "error") throw new AgentError("MERIDIAN_REFUSED", { reason: written.value });
    return { command: String(command[0]), reply: replyView(written ?? reply) };
  } finally {
    door.close();
  }
}

async function find(region: AskedRegion, request: RestoreRequest): Promise<[ConflictView, LoserView]> {
  const most = agentLimits.conflictsBytesMax;
  const room = { conflicts: agentLimits.conflictsListedMax, bytes: most, valueBytes: most };
  const { conflicts } = await conflictSourceOf(region).losers([request.keyBase64], room);
  const part = Buffer.from(request.partBase64, "base64");
  for (const conflict of conflicts) {
    for (const loser of conflict.losers) {
      const { origin, stamp, type } = loser;
      const isIt = origin === request.origin && stamp === request.stamp && type === request.type;
      if (isIt && bufferOf(loser.part).equals(part)) return [conflict, loser];
    }
  }
  throw gone();
}

function commandOf(key: Buffer, { index }: ConflictView, { type, part, value, size }: LoserView): (string | Buffer)[] {
  if (value === null || Array.isArray(value)) {
    throw cannot(`a ${type} under this key can't be written again as it was: write what you want of it yourself`);
  }
  const bytes = bufferOf(value);
  if (bytes.length !== size) throw cannot("it is too large to be written from here");
  switch (type) {
    case "string":
      return ["SET", key, bytes, "KEEPTTL"];
    case "hash":
      return ["HSET", key, bufferOf(part), bytes];
    case "zset":
      return ["ZADD", key, bytes, bufferOf(part)];
    case "list":
      if (index === null) throw cannot("its element is beyond the first 1000 of the list: set it with LSET");
      return ["LSET", key, String(index), bytes];
    default:
      throw cannot(`a ${type} can't be written again as it was`);
  }
}

function bufferOf(bytes: Bytes): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8") : Buffer.from(bytes.base64, "base64");
}

function gone(): AgentError {
  return new AgentError("MERIDIAN_NOLOSER", {});
}

function cannot(reason: string): AgentError {
  return new AgentError("MERIDIAN_NORESTORE", { reason });
}
