/**
 * May the caller do all of this? Asked before the first write: a function runs with its caller's rights, and one that is
 * refused half-way leaves half of a command behind.
 *
 * The caller must be allowed the command that it names, with its keys and channel, and what every write needs of the
 * server. An administrator, who may log and change users, is not asked further.
 */
import { host } from "../host.js";
import { refuse, type ErrorReply } from "../errors.js";
import type { Partition } from "../state/partition.js";
import type { Command } from "./command.js";

/** Arguments of one question: Lua's argument stack is small. Even, so that MSET's pairs stay together. */
const PIECE = 4000;
const NEEDED = [
  "SET",
  "HSET",
  "HDEL",
  "HGET",
  "HGETALL",
  "SADD",
  "SREM",
  "ZADD",
  "ZREM",
  "XDEL",
  "XTRIM",
  "XSETID",
  "XACK",
  "LPUSH",
  "RPUSH",
  "LPOP",
  "RPOP",
  "LSET",
  "LINSERT",
  "LREM",
  "LTRIM",
  "PFADD",
  "PFMERGE",
  "RENAME",
  "UNLINK",
  "PEXPIREAT",
  "PERSIST",
  "XADD",
];
/** Subcommands of XGROUP. */
const NEEDED_OF_GROUPS = ["CREATE", "DESTROY", "SETID"];

/** An error where the caller lacks a right; nothing was done. */
export function permissionError(partition: Partition, command: Command, args: string[]): ErrorReply | undefined {
  const asked = command.standsFor === undefined ? args : command.standsFor(args);
  if (command.knows?.(args) !== false && !isAllowed(asked, command.lastKey)) return noRight(args[0]!);
  const isAdministrator = host.aclAllows("XADD", partition.writer) && host.aclAllows("ACL", "SETUSER");
  if (isAdministrator) return undefined;
  for (const name of NEEDED) if (!host.aclAllows(name, partition.writer)) return neededError(partition, name);
  for (const name of NEEDED_OF_GROUPS) {
    if (!host.aclAllows("XGROUP", name, partition.writer)) return neededError(partition, `XGROUP|${name}`);
  }
  return undefined;
}

function neededError({ root }: Partition, name: string): ErrorReply {
  return refuse(
    `NOPERM a user who writes through Meridian needs '${name.toLowerCase()}' and the keys ${root}*: grant +@write +@read ~${root}*; nothing was done`,
  );
}

export function noRight(name: string): ErrorReply {
  return refuse(
    `NOPERM this user may not run the '${name.toLowerCase()}' command on these keys or channels: nothing was done`,
  );
}

/** `lastKey`: as a Command has it; 0 or less where keys may be anywhere. */
export function isAllowed(args: string[], lastKey: number): boolean {
  if (args.length <= PIECE) return host.aclAllows(...(args as [string, ...string[]]));
  if (lastKey > 0) return host.aclAllows(args[0]!, ...args.slice(1, PIECE));
  for (let from = 1; from < args.length; from += PIECE) {
    if (!host.aclAllows(args[0]!, ...args.slice(from, from + PIECE))) return false;
  }
  return true;
}
