/**
 * How many arguments each command takes, its name among them; negative: at least so many. As Redis counts them; what
 * is queued after MULTI is told at once when it has too many or too few. Elsewhere whoever runs the command says so.
 */
const COMMANDS: Readonly<Record<number, string>> = {
  [-8]: "geosearchstore",
  [-7]: "geosearch xreadgroup",
  [-6]: "georadius georadius_ro xautoclaim xclaim",
  [-5]: "blmpop bzmpop geoadd georadiusbymember georadiusbymember_ro httl hpttl hexpiretime hpexpiretime xadd zrangestore",
  [-4]:
    "bitop geodist hmset hset lmpop restore xack xrange xread xrevrange xtrim zadd zdiffstore zinterstore zmpop " +
    "zrange zrangebylex zrangebyscore zrevrange zrevrangebylex zrevrangebyscore zunionstore",
  [-3]:
    "bitpos blpop brpop bzpopmax bzpopmin copy eval eval_ro evalsha evalsha_ro expire expireat fcall fcall_ro hdel " +
    "hmget hscan lcs lpos lpush lpushx meridian.bounded meridian.conflict mset msetnx pexpire pexpireat rpush rpushx sadd sdiffstore set sintercard " +
    "sinterstore smismember srem sscan sunionstore xdel xpending xsetid zdiff zinter zintercard zmscore zrem zscan zunion",
  [-2]:
    "acl auth bitcount bitfield bitfield_ro client cluster config del exists function geohash geopos getex hrandfield " +
    "latency lpop memory mget module object pfadd pfcount pfmerge psubscribe pubsub rpop scan script sdiff sinter " +
    "slowlog sort sort_ro spop srandmember ssubscribe subscribe sunion touch unlink watch xgroup xinfo zpopmax zpopmin " +
    "zrandmember",
  [-1]: "bgsave command flushall flushdb hello info lolwut ping punsubscribe quit sunsubscribe unsubscribe",
  1: "asking bgrewriteaof dbsize discard exec lastsave monitor multi pfselftest randomkey readonly readwrite reset role save time unwatch",
  2:
    "decr dump echo expiretime get getdel hgetall hkeys hlen hvals incr keys llen persist pexpiretime pttl scard " +
    "select smembers strlen ttl type xlen zcard",
  3:
    "append decrby getbit getset hexists hget hstrlen incrby incrbyfloat lindex pfdebug publish rename renamenx rpoplpush " +
    "setnx sismember spublish wait zrank zrevrank zscore",
  4:
    "brpoplpush getrange hincrby hincrbyfloat hsetnx lrange lrem lset ltrim psetex setbit setex setrange smove substr " +
    "zcount zincrby zlexcount zremrangebylex zremrangebyrank zremrangebyscore",
  5: "linsert lmove",
  6: "blmove",
};

/** Of `command|subcommand`. */
const SUBCOMMANDS: Readonly<Record<number, string>> = {
  [-5]: "xgroup|create xgroup|setid",
  [-4]: "acl|dryrun command|getkeys command|getkeysandflags config|set",
  [-3]:
    "acl|deluser acl|setuser client|kill client|pause client|tracking client|unblock config|get function|load " +
    "function|restore memory|usage script|exists xinfo|stream",
  [-2]:
    "acl|cat acl|genpass acl|log client|list command|docs command|info command|list function|flush function|list " +
    "latency|histogram latency|reset pubsub|channels pubsub|numsub pubsub|shardchannels pubsub|shardnumsub script|flush " +
    "slowlog|get",
  2:
    "acl|help acl|list acl|load acl|save acl|users acl|whoami client|getname client|getredir client|help client|id " +
    "client|info client|trackinginfo client|unpause cluster|help cluster|info cluster|links cluster|myid " +
    "cluster|nodes cluster|shards cluster|slots command|count command|help config|help config|resetstat function|dump " +
    "function|help function|kill function|stats latency|doctor latency|help latency|latest memory|doctor memory|help " +
    "memory|malloc-stats memory|purge memory|stats module|help module|list object|help pubsub|help pubsub|numpat " +
    "script|help script|kill slowlog|help slowlog|len slowlog|reset xgroup|help xinfo|help",
  3:
    "acl|getuser client|caching client|no-evict client|reply client|setname cluster|countkeysinslot cluster|keyslot " +
    "function|delete latency|graph latency|history object|encoding object|freq object|idletime object|refcount " +
    "script|debug script|load xinfo|groups",
  4: "cluster|getkeysinslot xgroup|destroy xinfo|consumers",
  5: "xgroup|createconsumer xgroup|delconsumer",
};

export const arities: ReadonlyMap<string, number> = new Map(
  [COMMANDS, SUBCOMMANDS].flatMap((table) =>
    Object.entries(table).flatMap(([arity, names]) =>
      names.split(" ").map((name): [string, number] => [name, Number(arity)]),
    ),
  ),
);

/** Whether a command of so many arguments has too many or too few. One that is not known is left to who runs it. */
export function hasWrongArity(name: string, argumentCount: number): boolean {
  const arity = arities.get(name);
  if (arity === undefined) return false;
  return arity > 0 ? argumentCount !== arity : argumentCount < -arity;
}
