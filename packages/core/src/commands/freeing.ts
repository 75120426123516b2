/**
 * What must work on a server whose memory is full: whatever frees memory, and what an agent needs to see and say so.
 *
 * Redis refuses a whole FCALL over `maxmemory` unless the function was registered with `allow-oom`, so these have one
 * of their own, `mer_free`. `apply` is not among them: a full region takes nothing more in, and the sender waits.
 */
export const freeing: Record<string, true | undefined> = {
  configure: true,
  state: true,
  inspect: true,
  conflicts: true,
  losers: true,
  digest: true,
  salvage: true,
  discard: true,
  read: true,
  sweep: true,
  trim: true,
  export: true,
  import: true,
  DEL: true,
  UNLINK: true,
  GETDEL: true,
  HDEL: true,
  SREM: true,
  SPOP: true,
  XDEL: true,
  XTRIM: true,
  XACK: true,
  XREADGROUP: true,
  XCLAIM: true,
  XAUTOCLAIM: true,
  LPOP: true,
  RPOP: true,
  LMPOP: true,
  BLPOP: true,
  BRPOP: true,
  BLMPOP: true,
  LREM: true,
  LTRIM: true,
  ZREM: true,
  ZPOPMIN: true,
  ZPOPMAX: true,
  ZMPOP: true,
  BZPOPMIN: true,
  BZPOPMAX: true,
  BZMPOP: true,
  ZREMRANGEBYRANK: true,
  ZREMRANGEBYSCORE: true,
  ZREMRANGEBYLEX: true,
  EXPIRE: true,
  PEXPIRE: true,
  EXPIREAT: true,
  PEXPIREAT: true,
  FLUSHALL: true,
  FLUSHDB: true,
};

/**
 * What runs commands in its turn, by upper-case names. A caller whose `mer` was refused for want of memory asks `mer_free`,
 * which runs reads and what frees; the rest is refused as Redis refuses it, one by one.
 */
export const runsOthers: Record<string, true | undefined> = {
  PIPELINE: true,
  TRANSACTION: true,
  EVAL: true,
  EVALSHA: true,
  EVAL_RO: true,
  EVALSHA_RO: true,
  FCALL: true,
  FCALL_RO: true,
  SCRIPT: true,
  FUNCTION: true,
};
