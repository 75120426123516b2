/**
 * What a call must know of its slot on a node of a cluster, before it does anything.
 *
 * A slot on its way to another node has some keys here and some there, and a command on one that is not here fails: a call
 * would end half-way. So in a cluster the fence is read together with a key that never exists: where a key may be missing because
 * it is elsewhere already, the server answers with an error, on both nodes, and nothing is done. The caller tries again.
 *
 * Invariant: where no error comes, every key of the root's slot is on this node until the end of the call.
 */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { errorOf, host, type Reply } from "../host.js";
import { neverKey, writerKey } from "./names.js";
import type { Partition } from "./partition.js";

const MEMORY_NAME = "cluster";

/** True on a node of a cluster; a server is one for as long as it runs. */
export function isCluster(): boolean {
  const known = host.memory[MEMORY_NAME] as boolean | undefined;
  if (known !== undefined) return known;
  const is = (host.call("INFO", "cluster") as string).indexOf("cluster_enabled:1") >= 0;
  host.memory[MEMORY_NAME] = is;
  return is;
}

/** The fence as it is stored, or false; an error where the slot is moving. */
export function guardedFence(root: string): Reply {
  if (!isCluster()) return host.call("GET", writerKey(root));
  const reply = host.pcall("MGET", writerKey(root), neverKey(root));
  const error = errorOf(reply);
  if (error !== undefined) return isOfSlots(error) ? refuse(errors.slotMoves) : error;
  return (reply as Reply[])[0]!;
}

/**
 * An error where one of the keys lies in another slot. Asked before the first write, for what fails half-way leaves half a unit
 * behind. A node of a cluster knows: it refuses a script's command with a key of another slot, whatever the command, so one
 * that does nothing is tried. Another server does not look at slots, and there they are computed.
 */
export function crossSlotErrorOf({ checkedSlot }: Partition, keys: string[]): ErrorReply | undefined {
  if (checkedSlot !== undefined) {
    for (const key of keys) if (host.slotOf(key) !== checkedSlot) return crossSlot;
    return undefined;
  }
  if (keys.length === 1) return isRefusedThere(host.pcall("EXISTS", keys[0]!)) ? crossSlot : undefined;
  for (let from = 0; from < keys.length; from += PIECE) {
    if (isRefusedThere(host.pcall("EXISTS", ...keys.slice(from, from + PIECE)))) return crossSlot;
  }
  return undefined;
}

const crossSlot = refuse(errors.crossSlot);
/** Keys of one question: Lua's argument stack is small. */
const PIECE = 4000;

/** Who may not ask will be told so by what is done next. */
function isRefusedThere(reply: Reply): boolean {
  const error = errorOf(reply);
  return error !== undefined && isOfSlots(error);
}

/** The error is about where a key lies: in the slot of another node, or in one that is not the root's. */
export function isOfSlots({ err }: ErrorReply): boolean {
  return err.indexOf("Script attempted to access") >= 0;
}
