/**
 * What a gateway in front of a cluster does not pass on, though it would to a lone server: what cannot be right there, with the
 * reason. It is told when the command would be queued, too.
 */
import type { CommandEntry } from "@meridian/core";
import type { CommandArguments } from "../commands/command-arguments.js";
import type { Verdict } from "../commands/command-checks.js";
import { errorReply } from "../errors.js";

const CLUSTER: readonly string[] = "countkeysinslot getkeysinslot help info keyslot myid nodes shards slots".split(" ");
/** They concern every node, or the connection, and a transaction happens at one. */
const NOT_QUEUED: readonly string[] =
  "acl auth bgrewriteaof bgsave client cluster config dbsize flushall flushdb function hello keys psubscribe punsubscribe randomkey save scan script ssubscribe subscribe sunsubscribe unsubscribe".split(
    " ",
  );

const WHY = {
  monitor: "it shows one node's commands, so connect to the nodes of the region's cluster themselves",
  tracking: "each node tells of its own keys only, and slots move; connect to the nodes with a client of clusters",
  functions: "a function of your own would have to be on every node; use EVAL or EVALSHA",
  cluster: "it concerns one node, so connect to the nodes of the region's cluster themselves",
  queued: "it concerns more than one slot, or the connection; send it before MULTI or after EXEC",
} as const;

export function refusedBySlots(entry: CommandEntry, given: CommandArguments, queued: boolean): Verdict | undefined {
  const { name } = entry;
  const subcommand = given.word(1);
  if (name === "monitor") return refusal(name, WHY.monitor);
  if (name === "fcall" || name === "fcall_ro") return refusal(name, WHY.functions);
  if (name === "function" && given.count > 1 && subcommand !== "help" && subcommand !== "kill")
    return refusal(`${name} ${subcommand}`, WHY.functions);
  if (name === "client" && (subcommand === "caching" || (subcommand === "tracking" && given.word(2) === "on")))
    return refusal(`${name} ${subcommand}`, WHY.tracking);
  if (name === "cluster" && given.count > 1 && !CLUSTER.includes(subcommand))
    return refusal(`${name} ${subcommand}`, WHY.cluster);
  return queued && NOT_QUEUED.includes(name) ? refusal(name, WHY.queued) : undefined;
}

const NAME_MAX = 64;

function refusal(name: string, instead: string): Verdict {
  const command = name.slice(0, NAME_MAX).toUpperCase();
  return {
    pass: "answer",
    refused: command.split(" ")[0] ?? "",
    reply: errorReply("unsupported", { command, instead }),
  };
}
