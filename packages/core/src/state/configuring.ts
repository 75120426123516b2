/**
 * configure REGION REGIONS [JOINS] [PARTITIONS]: makes a partition of the root. JOINS: "joining" or "". PARTITIONS: "slots" where
 * each hash slot is a partition, and this is one; else all of the server is.
 *
 * Idempotent; another region's name is refused, and so are other partitions. Once the regions have agreed upon their members,
 * that list stands. A region that joins takes no writes until it has.
 */
import { host, type Reply } from "../host.js";
import { FORMAT_VERSION, SLOTS } from "./partition.js";
import { guardedFence } from "./slot-guard.js";

export function configure(root: string, args: string[]): Reply {
  const [, region = "", regions = "", joins = "", partitions = ""] = args;
  const isSlot = partitions === SLOTS;
  const fence = guardedFence(root);
  if (typeof fence === "object") return fence;
  const stored = host.call("HGET", root, "region");
  if (stored !== false && stored !== region) {
    return {
      err: `MERIDIAN_OTHERREGION this server belongs to region '${stored as string}', not '${region}': use that name or another server`,
    };
  }
  if (region === "" || region.indexOf("~") >= 0 || regions === "") {
    return { err: "MERIDIAN_BADREGION a region needs a name without '~', and the list of all regions" };
  }
  if (stored !== false && (host.call("HGET", root, "partitions") === SLOTS) !== isSlot) {
    return {
      err: `MERIDIAN_PARTITIONS the data here was written with 'partitions: ${isSlot ? "whole" : "slots"}': configure that, or use an empty server`,
    };
  }
  const list = host.call("HEXISTS", root, "revision") === 1 ? [] : ["regions", regions];
  const closed = stored === false && joins === "joining" ? ["closed", "joining"] : [];
  const kind = isSlot ? ["partitions", SLOTS] : [];
  host.call("HSET", root, "format", host.integerText(FORMAT_VERSION), "region", region, ...list, ...closed, ...kind);
  delete host.memory[root];
  return { ok: "OK" };
}
