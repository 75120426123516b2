/**
 * Reads of the whole keyspace, and those whose patterns may reach any key, for callers that need no more rights than for
 * the read itself: `FCALL mer_show 0 <root> <COMMAND> [arg ...]`. They write nothing, so a full server runs them, and a
 * replica does. Where hash slots are the partitions, `mer:{` takes the place of the root: what is hidden is all that begins so,
 * and a node shows what it has. There DBSIZE takes roots, `DBSIZE [root ...]`, and answers how many keys their slots have; who asks
 * for all asks for some hundred at a time.
 */
import { errors, refuse } from "../errors.js";
import { bindHost, errorOf, host, type Host, type Reply } from "../host.js";
import { reads } from "../commands/reads.js";
import { bucketPrefixOf } from "../state/bucket-names.js";
import { countKeysOfSlot } from "../state/key-count.js";
import { remembered } from "../state/partition.js";
import { ALL_ROOTS } from "../state/reserved.js";
import { asAsked } from "./unit-call.js";
import { runRead } from "./read.js";

const shown: Record<string, true | undefined> = {
  KEYS: true,
  SCAN: true,
  RANDOMKEY: true,
  DBSIZE: true,
  SORT_RO: true,
};

export function show(next: Host, root: string, args: string[]): Reply {
  if (next !== host) bindHost(next);
  const spelled = args[0] ?? "";
  const name = spelled.toUpperCase();
  const read = reads[name];
  if (read === undefined || shown[name] !== true) {
    return refuse(`MERIDIAN_NOTSHOWING '${spelled.substring(0, 128)}' is not run by mer_show: call it by FCALL mer`);
  }
  if (name === "DBSIZE" && root === ALL_ROOTS && args.length > 1) return sizeOfSlots(args);
  if (!host.aclAllows(...(args as [string, ...string[]]))) {
    return refuse(`NOPERM this user has no permissions to run the '${name.toLowerCase()}' command`);
  }
  return asAsked(args, runRead(root, name === "DBSIZE" ? remembered(root) : undefined, read, args, false));
}

/** DBSIZE root ... */
function sizeOfSlots(args: string[]): Reply {
  if (!host.aclAllows("DBSIZE") || !host.aclAllows("HLEN", bucketPrefixOf(args[1]!))) {
    return refuse(
      `NOPERM to count keys of hash slots this user needs 'dbsize' and those of Meridian: grant +dbsize +hlen %R~${ALL_ROOTS}*`,
    );
  }
  const refusal = refusalToCount(args);
  if (refusal !== undefined) return refusal;
  let keys = 0;
  for (let at = 1; at < args.length; at++) keys += countKeysOfSlot(args[at]!, remembered(args[at]!));
  return keys;
}

/**
 * A slot that the node may not read counts for nothing: right for one on its way to another node, but not where the whole cluster
 * is down, or the node is no primary of these slots any more. What was remembered of them may then be of long ago.
 */
function refusalToCount(args: string[]): Reply | undefined {
  for (let at = 1; at < args.length; at++) {
    const problem = errorOf(host.pcall("HLEN", bucketPrefixOf(args[at]!)));
    if (problem === undefined) return undefined;
    if (problem.err.includes("cluster is down")) return refuse(errors.clusterDown);
  }
  return refuse(errors.slotsElsewhere);
}
