/**
 * What is not done here, by name, with the reason or what to use instead. Nothing is ever accepted and then not replicated:
 * a command that neither table.ts nor reads.ts has gets one of these texts.
 */
import { refuse, type ErrorReply } from "../errors.js";
import { reads } from "./reads.js";

const DATABASES = "there is one database, 0: use prefixes of key names instead";
const COPYING = "copy the value with DUMP and RESTORE";
const SERVER = "it concerns one server: connect to the region's server itself";
const CONNECTION = "it concerns one connection: a unit has none";
const WAITING = "look at the replication lag with: npx meridian lag";
const FIELD_TTL = "give the TTL to the whole key (EXPIRE), and such fields a key of their own";
const NEWER = "use the commands of Redis 7.0: SET, MSET, DEL, XACK and XDEL with their options";

const refused: Record<string, string | undefined> = {};

function because(reason: string, names: string[]): void {
  for (const name of names) refused[name] = reason;
}

because(DATABASES, ["SELECT", "MOVE", "SWAPDB"]);
because(COPYING, ["MIGRATE", "RESTORE-ASKING"]);
because(WAITING, ["WAIT", "WAITAOF"]);
because(SERVER, ["DEBUG", "MODULE", "PFDEBUG", "PFSELFTEST", "CONFIG", "ACL", "CLUSTER", "LATENCY", "SLOWLOG", "ROLE"]);
because(SERVER, ["SAVE", "BGSAVE", "BGREWRITEAOF", "SHUTDOWN", "FAILOVER", "REPLICAOF", "SLAVEOF"]);
because(SERVER, ["SYNC", "PSYNC", "REPLCONF", "MONITOR", "COMMANDLOG", "CLUSTERSCAN"]);
because(CONNECTION, ["AUTH", "HELLO", "CLIENT", "QUIT", "RESET", "ASKING", "READONLY", "READWRITE"]);
because(CONNECTION, ["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"]);
because(CONNECTION, ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"]);
because(FIELD_TTL, ["HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT", "HPERSIST", "HGETEX", "HSETEX", "HGETDEL"]);
because(FIELD_TTL, ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME"]);
because(NEWER, ["DELIFEQ", "MSETEX", "DELEX", "XACKDEL", "XDELEX"]);

const READS = "it only reads: send it to the server itself, or put it in a pipeline";
const UNKNOWN = "see docs/reference/semantics.md for the commands that are";
const NAME_BYTES_MAX = 128;

/** The error for a command that is neither a write nor, where reads are taken, a read. */
export function refusedByName(name: string): ErrorReply {
  const upper = name.toUpperCase();
  const reason = refused[upper] ?? (reads[upper] === undefined ? UNKNOWN : READS);
  const shown = name.substring(0, NAME_BYTES_MAX);
  return refuse(`MERIDIAN_UNSUPPORTED '${shown}' is not replicated by this version of Meridian: ${reason}`);
}
