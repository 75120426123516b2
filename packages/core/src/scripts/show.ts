/**
 * Reads of the whole keyspace, and those whose patterns may reach any key, for callers that need no more rights than for
 * the read itself: `FCALL mer_show 0 <root> <COMMAND> [arg ...]`. They write nothing, so a full server runs them, and a
 * replica does.
 */
import { refuse } from "../errors.js";
import { bindHost, host, type Host, type Reply } from "../host.js";
import { reads } from "../commands/reads.js";
import { remembered } from "../state/partition.js";
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
  if (!host.aclAllows(...(args as [string, ...string[]]))) {
    return refuse(`NOPERM this user has no permissions to run the '${name.toLowerCase()}' command`);
  }
  return asAsked(args, runRead(root, name === "DBSIZE" ? remembered(root) : undefined, read, args, false));
}
