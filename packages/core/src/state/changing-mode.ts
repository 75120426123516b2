/**
 * From one region that writes to all that do, and back: what of it lies in a region's own data.
 *
 *     mode                    [region, primary, closed]; primary: whom this region is about to follow, or that it is that one itself
 *     mode follow PRIMARY     from now on this region takes no writes, and waits to become PRIMARY's replica; PRIMARY itself goes on
 *     mode stay               takes that back
 *     mode become REGION      the data are a copy of another region's, made by the server's own replication: this server is REGION now
 *
 * Invariants
 * 1. A copy has applied what the region that it was made of had: the same vector, the same metadata. It writes as an origin of its own, for
 *    the process is another one. So nothing here begins an incarnation: it would be one of the other region.
 * 2. Only what is settled can be copied: no adoption runs, and no import.
 * 3. That the keys were adopted is about the region that did: it is no reason for the copy to refuse another one's state.
 */
import { errors, refuse } from "../errors.js";
import { host, type Reply } from "../host.js";
import { CURSOR } from "./adopting.js";
import { adoptionKey, importKey } from "./names.js";
import { SLOTS } from "./partition.js";
import { splitList } from "./text-list.js";

const PASSIVE = "passive";

export function changeMode(root: string, args: string[]): Reply {
  const [, verb, name = ""] = args;
  const region = textOf(root, "region");
  if (region === "") return refuse(errors.notConfigured);
  if (textOf(root, "partitions") === SLOTS) return refuse(errors.modeOfSlots);
  const closed = textOf(root, "closed");
  if (args.length === 1) return [region, textOf(root, PASSIVE), closed];
  if (verb === "stay" && args.length === 2) {
    host.call("HDEL", root, PASSIVE);
    if (closed === PASSIVE) host.call("HSET", root, "closed", "");
    return changed(root);
  }
  if (args.length !== 3 || !isAmong(splitList(textOf(root, "regions")), name)) return refuse(errors.badMode);
  if (verb === "follow") {
    if (closed !== "" && closed !== PASSIVE) return refuse(errors.leaving);
    host.call("HSET", root, PASSIVE, name, "closed", name === region ? "" : PASSIVE);
    return changed(root);
  }
  return verb === "become" ? become(root, region, name) : refuse(errors.badMode);
}

function become(root: string, before: string, region: string): Reply {
  if (before === region) return { ok: "OK" };
  if (host.call("HEXISTS", adoptionKey(root), CURSOR) === 1) return refuse(errors.adopting);
  if (host.call("EXISTS", importKey(root)) === 1) return refuse(errors.importing);
  host.call("HSET", root, "region", region, "closed", "");
  host.call("HDEL", root, PASSIVE);
  host.call("DEL", adoptionKey(root));
  return changed(root);
}

/** Read anew by the next call. */
function changed(root: string): Reply {
  delete host.memory[root];
  return { ok: "OK" };
}

function textOf(root: string, field: string): string {
  const stored = host.call("HGET", root, field);
  return typeof stored === "string" ? stored : "";
}

function isAmong(regions: readonly string[], name: string): boolean {
  for (const region of regions) if (region === name) return true;
  return false;
}
