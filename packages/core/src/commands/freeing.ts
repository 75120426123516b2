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
  read: true,
  sweep: true,
  trim: true,
  DEL: true,
  UNLINK: true,
  GETDEL: true,
  HDEL: true,
  SREM: true,
  SPOP: true,
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
