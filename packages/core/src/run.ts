/**
 * One call of the function: `FCALL mer 1 <root> <COMMAND> [arg ...]`.
 *
 * Users' commands by their Redis names, any case; Meridian's own in lower case: configure, members, mode, state, apply, read, sweep,
 * trim, fold, adoption, inspect, conflicts, losers, export, import, digest, salvage, discard, adopt, bounded, and `pipeline argc command arg ... [argc command arg ...]`: several users' commands, reads too, in one
 * atomic step and one log entry, answered by an array of their replies: what MULTI and EXEC are. `resp3` before a command
 * or a pipeline: the caller speaks RESP3.
 *
 * KEYS[1] is the root; everything of it lies in the slot of its tag. Errors are replies `{err}` and change nothing.
 */
import { refuse, type ErrorReply } from "./errors.js";
import "./effects/kinds.js";
import { bindHost, host, type Host, type Reply } from "./host.js";
import { boundedWork } from "./commands/bounded-wishes.js";
import { commands } from "./commands/table.js";
import { describeDigests } from "./commands/digest.js";
import { inspect } from "./commands/inspect.js";
import { describeLosers } from "./commands/losers.js";
import { adopt, discard, salvage } from "./commands/repair.js";
import { inRespThree } from "./commands/resp-three.js";
import { describeState } from "./commands/state.js";
import { sweep } from "./log/expiry.js";
import { foldOrigins } from "./log/folding.js";
import { readLog } from "./log/read.js";
import { applyRemote, trimLog } from "./log/remote.js";
import { beginUnit, commit } from "./log/unit.js";
import { setMayBeFull } from "./scripts/full-server.js";
import { callInUnit, execute, rightError, unknownCommand, writes } from "./scripts/unit-call.js";
import { listConflicts } from "./state/conflicts.js";
import { adoptKeys } from "./sync/adoption.js";
import { exportStates } from "./sync/export.js";
import { importStates } from "./sync/import.js";
import { follow, members } from "./state/membership.js";
import { changeMode } from "./state/changing-mode.js";
import { configure } from "./state/configuring.js";
import { enter, leave, type Partition } from "./state/partition.js";

type Internal = (this: void, partition: Partition, args: string[], isRespThree: boolean) => Reply;

const internals: Record<string, Internal | undefined> = {
  apply: applyRemote,
  read: readLog,
  pipeline,
  transaction,
  state: describeState,
  sweep,
  trim: trimLog,
  fold: foldOrigins,
  inspect,
  conflicts: listConflicts,
  losers: describeLosers,
  adoption: adoptKeys,
  export: exportStates,
  members,
  import: importStates,
  digest: describeDigests,
  salvage,
  discard,
  adopt,
  bounded: boundedWork,
};

for (const name in commands) writes[name] = commands[name];

/** `mayBeFull`: the server runs the call even over `maxmemory` (scripts/full-server.ts). */
export function run(next: Host, root: string, given: string[], mayBeFull = false): Reply {
  if (next !== host) bindHost(next);
  setMayBeFull(mayBeFull);
  const isRespThree = given[0] === "resp3";
  const args = isRespThree ? given.slice(1) : given;
  const name = args[0];
  if (name === undefined)
    return refuse("MERIDIAN_NOCOMMAND no command was given: FCALL mer 1 <root> <COMMAND> [arg ...]");
  if (name === "configure") return configure(root, args);
  if (name === "follow") return follow(root, args);
  if (name === "mode") return changeMode(root, args);
  const partition = enter(root);
  if ("err" in partition) return partition;
  const command = commands[name] ?? commands[name.toUpperCase()];
  if (command !== undefined) {
    const unit = beginUnit(partition);
    const reply = execute(unit, command, args);
    commit(unit);
    leave(partition);
    return isRespThree ? (inRespThree(reply, args) as Reply) : reply;
  }
  const internal = internals[name];
  const reply = internal === undefined ? unknownCommand(args) : internal(partition, args, isRespThree);
  leave(partition);
  return reply;
}

/** As pipeline, of a client that means all or nothing: where it may not do all of it, nothing is done. */
function transaction(partition: Partition, args: string[], isRespThree: boolean): Reply {
  const calls = callsOf(args);
  if ("err" in calls) return calls;
  for (const call of calls) {
    const refused = rightError(partition, call);
    if (refused !== undefined) return refused;
  }
  return runAll(partition, calls, isRespThree);
}

/** pipeline argc command arg ... [argc command arg ...] */
function pipeline(partition: Partition, args: string[], isRespThree: boolean): Reply {
  const calls = callsOf(args);
  return "err" in calls ? calls : runAll(partition, calls, isRespThree);
}

function callsOf(args: string[]): string[][] | ErrorReply {
  const calls: string[][] = [];
  let at = 1;
  while (at < args.length) {
    const count = host.toNumber(args[at]!, 10);
    if (!(count > 0) || at + count >= args.length) {
      return refuse("MERIDIAN_BADPIPELINE each command of a pipeline takes a count and so many arguments");
    }
    calls.push(args.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return calls;
}

function runAll(partition: Partition, calls: string[][], isRespThree: boolean): Reply {
  const unit = beginUnit(partition);
  const replies: Reply[] = [];
  for (const call of calls) {
    const reply = callInUnit(unit, call);
    replies.push(isRespThree ? (inRespThree(reply, call) as Reply) : reply);
  }
  commit(unit);
  return replies;
}
