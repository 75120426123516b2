/**
 * The commands of Redis that only read, by their upper-case names: where their keys are, and what they need beyond being
 * passed to the server. Pipelines and scripts read by them. What is neither here nor in table.ts is refused by name.
 */

/**
 * What the server's own answer needs.
 *
 *     plain       nothing
 *     list        one element an argument, so the arguments may go in pieces
 *     sum         a number that adds up over the arguments
 *     store       a write where it names STORE or STOREDIST: then it is in table.ts
 *     streams     XREAD: BLOCK is left out, for nothing waits in a unit
 *     sort        patterns that make names of keys: none of ours
 *     keys, scan, randomkey, dbsize    Meridian's own keys are left out
 *     bitfield    integers that no Lua number holds
 *     select      database 0 only
 */
export type ReadForm =
  | "plain"
  | "list"
  | "sum"
  | "store"
  | "streams"
  | "sort"
  | "keys"
  | "scan"
  | "randomkey"
  | "dbsize"
  | "bitfield"
  | "select";

export interface Read {
  /** Positions as a Command has them. Where keys are among other words, all arguments are taken for keys. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly form: ReadForm;
  /** Redis counts it as a write all the same, and keeps it from read-only scripts. */
  readonly isWrite: boolean;
}

const LAST = -1;

function read(firstKey: number, lastKey: number, form: ReadForm, isWrite: boolean): Read {
  return { firstKey, lastKey, form, isWrite };
}

const atFirst = read(1, 1, "plain", false);
const atSecond = read(2, 2, "plain", false);
const anywhere = read(1, LAST, "plain", false);
const nowhere = read(1, 0, "plain", false);
const storing = read(1, LAST, "store", true);

export const reads: Record<string, Read | undefined> = {
  GET: atFirst,
  MGET: read(1, LAST, "list", false),
  GETRANGE: atFirst,
  SUBSTR: atFirst,
  STRLEN: atFirst,
  GETBIT: atFirst,
  BITCOUNT: atFirst,
  BITPOS: atFirst,
  BITFIELD_RO: read(1, 1, "bitfield", false),
  LCS: read(1, 2, "plain", false),

  HGET: atFirst,
  HMGET: read(1, 1, "list", false),
  HGETALL: atFirst,
  HKEYS: atFirst,
  HVALS: atFirst,
  HLEN: atFirst,
  HEXISTS: atFirst,
  HSTRLEN: atFirst,
  HRANDFIELD: atFirst,
  HSCAN: atFirst,

  SMEMBERS: atFirst,
  SCARD: atFirst,
  SISMEMBER: atFirst,
  SMISMEMBER: read(1, 1, "list", false),
  SRANDMEMBER: atFirst,
  SSCAN: atFirst,
  SINTER: anywhere,
  SUNION: anywhere,
  SDIFF: anywhere,
  SINTERCARD: anywhere,

  ZCARD: atFirst,
  ZCOUNT: atFirst,
  ZLEXCOUNT: atFirst,
  ZSCORE: atFirst,
  ZMSCORE: read(1, 1, "list", false),
  ZRANK: atFirst,
  ZREVRANK: atFirst,
  ZRANGE: atFirst,
  ZREVRANGE: atFirst,
  ZRANGEBYSCORE: atFirst,
  ZREVRANGEBYSCORE: atFirst,
  ZRANGEBYLEX: atFirst,
  ZREVRANGEBYLEX: atFirst,
  ZRANDMEMBER: atFirst,
  ZSCAN: atFirst,
  ZUNION: anywhere,
  ZINTER: anywhere,
  ZDIFF: anywhere,
  ZINTERCARD: anywhere,

  GEODIST: atFirst,
  GEOHASH: read(1, 1, "list", false),
  GEOPOS: read(1, 1, "list", false),
  GEOSEARCH: atFirst,
  GEORADIUS_RO: atFirst,
  GEORADIUSBYMEMBER_RO: atFirst,
  GEORADIUS: storing,
  GEORADIUSBYMEMBER: storing,

  LLEN: atFirst,
  LINDEX: atFirst,
  LRANGE: atFirst,
  LPOS: atFirst,

  XLEN: atFirst,
  XRANGE: atFirst,
  XREVRANGE: atFirst,
  XPENDING: atFirst,
  XINFO: atSecond,
  XREAD: read(1, LAST, "streams", false),

  PFCOUNT: read(1, LAST, "plain", true),

  SORT_RO: read(1, LAST, "sort", false),
  SORT: storing,

  EXISTS: read(1, LAST, "sum", false),
  TOUCH: read(1, LAST, "sum", false),
  TYPE: atFirst,
  TTL: atFirst,
  PTTL: atFirst,
  EXPIRETIME: atFirst,
  PEXPIRETIME: atFirst,
  DUMP: atFirst,
  OBJECT: atSecond,
  MEMORY: atSecond,
  KEYS: read(1, 0, "keys", false),
  SCAN: read(1, 0, "scan", false),
  RANDOMKEY: read(1, 0, "randomkey", false),
  DBSIZE: read(1, 0, "dbsize", false),

  PING: nowhere,
  ECHO: nowhere,
  TIME: nowhere,
  INFO: nowhere,
  LASTSAVE: nowhere,
  LOLWUT: nowhere,
  COMMAND: nowhere,
  PUBSUB: nowhere,
  SELECT: read(1, 0, "select", false),
};
