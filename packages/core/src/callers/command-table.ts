/**
 * Every command of Redis 7.0, and what becomes of it where somebody calls the function on a client's behalf: the gateway,
 * and the client library. Also those of later servers that would write. A command that is not here is refused as unknown,
 * so that nothing is ever accepted and then not replicated.
 *
 *     read, session, admin   forwarded byte for byte (`admin` is about this region's server only)
 *     write                  becomes one function call
 *     transaction            MULTI and what belongs to it
 *     refused                `instead` says what to use
 *     checked                who calls looks at the arguments, by the name in `check`
 */
import { differsInRespThree } from "../commands/resp-three.js";
import * as why from "./refusals.js";

/**
 * Where a command's keys are: one place, a range (a last of -1 is the last argument), after a count of them
 * (`numkeys`), after the word STREAMS, or anywhere. Places count from the name, which is 0.
 */
export type KeyPlaces =
  | "none"
  | "any"
  | "streams"
  | { readonly first: number; readonly last: number; readonly step: number }
  | { readonly numkeys: number; readonly destination?: number };

/** What is to be looked at in a command's arguments. */
export type CheckName =
  | "container"
  | "cluster"
  | "client"
  | "config"
  | "hello"
  | "select"
  | "subscription"
  | "writing"
  | "sort"
  | "georadius"
  | "bitfield"
  | "monitor"
  | "reset"
  | "shown"
  | "info"
  | "wait"
  | "token";

/** The types of value for which a command waits. */
export type AwaitedType = "list" | "zset" | "stream";

export interface CommandEntry {
  readonly name: string;
  readonly kind: "read" | "session" | "admin" | "write" | "transaction" | "refused" | "checked";
  readonly keys: KeyPlaces;
  /** Of a refused command: what to use. */
  readonly instead?: string;
  readonly check?: CheckName;
  /** Of a container: subcommands that are forwarded; the others are refused, with this or with `instead`. */
  readonly forwarded?: readonly string[];
  readonly note?: string;
  /** Changes who or what the client is: from then on it has everything on its own connection. */
  readonly changesClient?: true;
  /** A write that stays on the client's own connection: its reply, or the time it takes, may be large. */
  readonly alone?: true;
  /** Likewise, with this option. */
  readonly aloneWith?: string;
  /** From so many arguments on its nil is that of an array: a call of its own, for the function knows one nil only. */
  readonly nilArrayFrom?: number;
  /** A write that is a call of its own, of whose errors it is known that they are its. */
  readonly single?: true;
  /** A read or write whose reply, other than nil, has another form in RESP3 than in RESP2. */
  readonly differsInThree?: true;
  /** A read that may go by the lane: its reply is mostly small. */
  readonly shared?: true;
  /** A write that waits for values of this type in its keys. */
  readonly awaits?: AwaitedType;
}

type Rest = Partial<Omit<CommandEntry, "name" | "kind">>;

const AT_1: KeyPlaces = { first: 1, last: 1, step: 1 };
const AT_1_2: KeyPlaces = { first: 1, last: 2, step: 1 };
const ALL: KeyPlaces = { first: 1, last: -1, step: 1 };
const PAIRS: KeyPlaces = { first: 1, last: -1, step: 2 };
const AT_2: KeyPlaces = { first: 2, last: 2, step: 1 };
/** Reads that may go by the lane, but for clients of RESP3. */
const OF_DOUBLES: readonly string[] = ["zscore", "zmscore"];
const SHARED: Rest = { shared: true };
const ALONE: Rest = { alone: true };

function group(kind: CommandEntry["kind"], keys: KeyPlaces, names: string, rest: Rest = {}): CommandEntry[] {
  return names.split(" ").map((name) => ({ name, kind, keys, ...rest }));
}

function refuse(instead: string, names: string): CommandEntry[] {
  return group("refused", "none", names, { instead });
}

function container(name: string, keys: KeyPlaces, instead: string, forwarded: string): CommandEntry {
  return { name, kind: "checked", check: "container", keys, instead, forwarded: forwarded.split(" ") };
}

/** Its subcommands write, but for those that are forwarded. */
function writing(name: string, forwarded: string): CommandEntry {
  return { name, kind: "checked", check: "writing", keys: "none", forwarded: forwarded.split(" ") };
}

const reads: CommandEntry[] = [
  ...group("read", AT_1, "get getrange strlen substr getbit type ttl pttl expiretime pexpiretime", SHARED),
  ...group("read", AT_1, "hget hmget hlen hexists hstrlen scard sismember smismember", SHARED),
  ...group("read", AT_1, "llen zcard zscore zmscore zrank zrevrank xlen httl hpttl hexpiretime hpexpiretime", SHARED),
  ...group("read", ALL, "mget exists", SHARED),
  ...group("read", AT_1, "bitcount bitpos bitfield_ro dump hgetall hkeys hvals hrandfield hscan smembers srandmember"),
  ...group("read", AT_1, "sscan lindex lrange lpos zcount zlexcount zrandmember zrange zrangebylex zrangebyscore"),
  ...group("read", AT_1, "zrevrange zrevrangebylex zrevrangebyscore zscan xrange xrevrange xpending"),
  ...group("read", AT_1, "geodist geohash geopos geosearch georadius_ro georadiusbymember_ro"),
  ...group("read", AT_1_2, "lcs"),
  ...group("read", ALL, "touch sdiff sinter sunion pfcount"),
  ...group("read", { numkeys: 1 }, "sintercard zdiff zinter zintercard zunion"),
  ...group("read", "any", "sort_ro", { check: "sort" }),
  ...group("read", "streams", "xread"),
  ...group("read", "none", "keys scan dbsize randomkey", { check: "shown" }),
  ...group("read", "none", "lolwut"),
  container("object", AT_2, why.SERVER_ITSELF, "encoding freq help idletime refcount"),
  container("memory", AT_2, why.SERVER_ITSELF, "doctor help malloc-stats purge stats usage"),
  container("xinfo", AT_2, why.XINFO, "consumers groups help stream"),
];

const writes: CommandEntry[] = [
  ...group("write", AT_1, "set", { aloneWith: "get" }),
  ...group("write", AT_1, "setnx setex psetex append setrange incr decr incrby decrby setbit"),
  ...group("write", AT_1, "getset getdel getex spop", ALONE),
  ...group("write", AT_1, "incrbyfloat hset hmset hsetnx hdel hincrby hincrbyfloat sadd srem pfadd geoadd"),
  ...group("write", AT_1, "zadd zincrby zrem lpush rpush lpushx rpushx linsert lset lrem ltrim"),
  ...group("write", AT_1, "zpopmin zpopmax zremrangebylex zremrangebyrank zremrangebyscore", ALONE),
  ...group("write", AT_1, "lpop rpop", { ...ALONE, nilArrayFrom: 3 }),
  ...group("write", AT_1, "expire pexpire expireat pexpireat persist xadd xdel xsetid xack"),
  ...group("write", AT_1, "xtrim xclaim xautoclaim restore", ALONE),
  ...group("write", AT_1_2, "smove rename renamenx copy"),
  ...group("write", AT_1_2, "lmove rpoplpush zrangestore geosearchstore", ALONE),
  ...group("write", PAIRS, "mset msetnx"),
  ...group("write", ALL, "del unlink"),
  ...group("write", ALL, "sinterstore sunionstore sdiffstore pfmerge", ALONE),
  ...group("write", { first: 2, last: -1, step: 1 }, "bitop", ALONE),
  ...group("write", { destination: 1, numkeys: 2 }, "zinterstore zunionstore zdiffstore", ALONE),
  ...group("write", { numkeys: 1 }, "lmpop zmpop", { ...ALONE, nilArrayFrom: 1 }),
  ...group("write", "none", "publish spublish"),
  ...group("write", "none", "flushall flushdb", { ...ALONE, single: true }),
  ...group("write", { numkeys: 2 }, "eval evalsha eval_ro evalsha_ro", ALONE),
  ...group("write", { numkeys: 2 }, "fcall fcall_ro", { ...ALONE, single: true }),
  ...group("write", AT_2, "meridian.bounded meridian.conflict"),
];

/** With the keys that they wait for. Once something is there, these are writes as any other. */
const waiting: CommandEntry[] = [
  ...group("write", { first: 1, last: -2, step: 1 }, "blpop brpop", { ...ALONE, awaits: "list" }),
  ...group("write", { first: 1, last: -2, step: 1 }, "bzpopmin bzpopmax", { ...ALONE, awaits: "zset" }),
  ...group("write", AT_1, "blmove brpoplpush", { ...ALONE, awaits: "list" }),
  ...group("write", { numkeys: 2 }, "blmpop", { ...ALONE, awaits: "list" }),
  ...group("write", { numkeys: 2 }, "bzmpop", { ...ALONE, awaits: "zset" }),
  ...group("write", "streams", "xreadgroup", { ...ALONE, awaits: "stream" }),
];

const transactions: CommandEntry[] = [
  ...group("transaction", "none", "multi exec discard unwatch"),
  ...group("transaction", ALL, "watch"),
];

const sessions: CommandEntry[] = [
  ...group("session", "none", "echo ping time command asking readonly readwrite"),
  ...group("session", "none", "auth quit", { changesClient: true }),
  ...group("checked", "none", "hello", {
    check: "hello",
  }),
  ...group("checked", "none", "select", { check: "select", note: "database 0 only" }),
  ...group("checked", "none", "reset", { changesClient: true, check: "reset" }),
  ...group("checked", "none", "monitor", { changesClient: true, check: "monitor" }),
  ...group("checked", "none", "subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe", {
    changesClient: true,
    check: "subscription",
  }),
  ...group("session", "none", "pubsub"),
  ...group("checked", "none", "wait", {
    check: "wait",
    note: "counts other regions, not replicas",
    instead: why.WAIT_ALONE,
  }),
  ...group("checked", "none", "meridian.token", {
    check: "token",
    note: "where this region stands, after all that was written on this connection",
    instead: why.WAIT_ALONE,
  }),
  ...group("checked", "none", "meridian.wait", {
    check: "token",
    note: "until this region holds what a token names",
    instead: why.WAIT_ALONE,
  }),
  ...group("checked", "none", "client", {
    check: "client",
    instead: "it concerns one server, so connect to the region's server itself",
    forwarded:
      "caching capa getname getredir help id import-source info kill list no-evict no-touch pause reply setinfo setname tracking trackinginfo unblock unpause".split(
        " ",
      ),
  }),
];

const administration: CommandEntry[] = [
  ...group("admin", "none", "role lastsave save bgsave bgrewriteaof latency slowlog pfselftest"),
  ...group("admin", "none", "info", { check: "info" }),
  ...group("admin", "none", "acl", { note: "users are each region's own" }),
  ...group("checked", "none", "config", {
    check: "config",
    instead: "connect to the region's server itself and set it there, in every region",
    forwarded: ["get", "help", "resetstat"],
    note: "`SET` of what is the server's own business only, such as encodings, limits, slow log and snapshots",
  }),
  { ...container("cluster", "none", why.NO_CLUSTER, "help"), check: "cluster" },
  container("module", "none", why.SERVER_ITSELF, "help list"),
  container("pfdebug", AT_2, why.SERVER_ITSELF, "decode encoding"),
  writing("function", "help kill"),
  writing("script", "help kill"),
  ...refuse(why.SERVER_ITSELF, "shutdown debug failover replicaof slaveof sync psync replconf"),
];

/** Reads in some forms, which are forwarded, and writes in others. */
const either: CommandEntry[] = [
  ...group("checked", "any", "sort", { check: "sort", note: "without `STORE`, as SORT_RO" }),
  ...group("checked", AT_1, "georadius georadiusbymember", {
    check: "georadius",
    note: "without `STORE` and `STOREDIST`, as its _RO form",
  }),
  ...group("checked", AT_1, "bitfield", { check: "bitfield", note: "`GET` only, as BITFIELD_RO" }),
  writing("xgroup", "help"),
];

const refused: CommandEntry[] = [
  ...refuse(why.WAITING, "waitaof"),
  ...refuse(why.DATABASES, "move swapdb"),
  ...refuse(why.MIGRATION, "migrate restore-asking"),
  ...refuse(why.FIELD_TTL, "hexpire hpexpire hexpireat hpexpireat hpersist hgetex hsetex hgetdel"),
  ...refuse(why.NEWER, "delifeq msetex delex xackdel xdelex"),
];

const all: readonly CommandEntry[] = [
  ...reads,
  ...writes,
  ...waiting,
  ...transactions,
  ...sessions,
  ...administration,
  ...either,
  ...refused,
];

export const commandTable: readonly CommandEntry[] = all.map((entry) => {
  const differs = differsInRespThree[entry.name.toUpperCase()] === true || OF_DOUBLES.includes(entry.name);
  return differs ? { ...entry, differsInThree: true } : entry;
});
