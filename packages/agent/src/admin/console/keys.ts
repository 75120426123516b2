/**
 * Browses the keys of a region through its gateway: Meridian's own keys don't show, and the user sees what it may. A page is
 * made of small scans until it has enough keys or its time is up, so that no server is held up and no page waits for long.
 */
import { AgentError } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import { bytesOf } from "../bytes.js";
import type { Session } from "./access.js";
import type { KeyRow, KeysDocument, KeysRequest } from "./documents.js";
import { Door } from "./door.js";
import type { Reply } from "./reply.js";
import type { AskedRegion } from "./source.js";

/** Names of keys are told whole. */
const ROOM = { elements: 1_000_000, textBytes: 512 * 1024 * 1024, bytes: 64 * 1024 * 1024 };

export async function browseKeys(region: AskedRegion, session: Session, request: KeysRequest): Promise<KeysDocument> {
  const place = region.door();
  const login = session.user ?? place.login;
  const door = await Door.open({ ...place, login, region: region.region, room: ROOM });
  try {
    const { cursor, names } = await scan(door, request);
    const [total, rows] = await Promise.all([
      door.send(["DBSIZE"]),
      Promise.all(names.map((name) => rowOf(door, name))),
    ]);
    const keys = rows.filter((row) => row !== undefined);
    return { region: region.region, keys, cursor, keysTotal: total.type === "integer" ? Number(total.value) : 0 };
  } finally {
    door.close();
  }
}

async function scan(door: Door, request: KeysRequest): Promise<{ cursor: string; names: Buffer[] }> {
  const endsAt = performance.now() + agentLimits.keysScanMsMax;
  const count = String(agentLimits.keysScanCount);
  const prefix = Buffer.from(request.prefixBase64 ?? "", "base64");
  const only = [
    ...(prefix.length === 0 ? [] : ["MATCH", globOf(prefix)]),
    ...(request.type === undefined ? [] : ["TYPE", request.type]),
  ];
  const names: Buffer[] = [];
  let { cursor } = request;
  do {
    const reply = refuseError(await door.send(["SCAN", cursor, ...only, "COUNT", count]));
    const [next, page] = reply.type === "array" ? reply.items : [];
    if (next?.type !== "bulk" || page?.type !== "array")
      throw new Error("the gateway answers SCAN with something else");
    cursor = next.value.toString();
    for (const name of page.items) if (name.type === "bulk") names.push(name.value);
  } while (cursor !== "0" && names.length < request.count && performance.now() < endsAt);
  return { cursor, names };
}

/** Undefined: the key is gone. */
async function rowOf(door: Door, name: Buffer): Promise<KeyRow | undefined> {
  const [type, ttl, usage] = await Promise.all([
    door.send(["TYPE", name]),
    door.send(["PTTL", name]),
    door.send(["MEMORY", "USAGE", name, "SAMPLES", "1"]),
  ]);
  if (type.type !== "text" || type.value === "none" || ttl.type !== "integer") return undefined;
  const bytes = usage.type === "integer" ? Number(usage.value) : null;
  return { keyBase64: name.toString("base64"), key: bytesOf(name), type: type.value, ttlMs: Number(ttl.value), bytes };
}

function refuseError(reply: Reply): Reply {
  if (reply.type !== "error") return reply;
  throw new AgentError("MERIDIAN_REFUSED", { reason: reply.value });
}

/** A pattern for what begins so, whatever it holds. */
function globOf(prefix: Buffer): Buffer {
  const escaped = prefix.toString("latin1").replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
  return Buffer.from(`${escaped}*`, "latin1");
}
