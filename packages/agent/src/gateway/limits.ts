/** Every bound of the gateway. Times are milliseconds, sizes bytes. The protocol's own bounds are Redis's. */
export const gatewayLimits = {
  /** A longer header line or inline command is a protocol error (PROTO_INLINE_MAX_SIZE). */
  lineBytesMax: 64 * 1024,
  /** `*N`: more is a protocol error. Redis's bound, less the arguments that a function call has before those. */
  argumentsMax: 2 ** 31 - 1 - 16,
  /** `$N`: more is a protocol error; `proto-max-bulk-len` of a server may be raised to it, not beyond. */
  bulkBytesMax: 512 * 1024 * 1024,
  /** Of a client that has not logged in, where that is needed: Redis's bounds. */
  unprovenArgumentsMax: 10,
  unprovenBulkBytesMax: 16 * 1024,
  /** A command that must be held whole (keys all through it, as MSET) may have this size; larger closes the client. */
  commandBytesMax: 1024 * 1024 * 1024,
  /** A command larger than this is passed on as it arrives, once its keys have been seen. */
  streamBytesMin: 64 * 1024,

  /** A lost connection of the lane is made again after this; until then clients use their own. */
  laneReconnectMs: 200,
  /** A lane that was not let in asks again after this: the password may have been taken away. */
  laneGreetMs: 1000,
  /** After a call that the server refused for its memory the lane is not used for so long. */
  laneFullMs: 1000,
  /** And so long scripts and pipelines are called in the way that the server takes then. */
  fullMs: 1000,
  /** A larger reply to a read is not the lane's: its client asks for it again, and reads alone from then on. */
  laneReplyBytesMax: 64 * 1024,
  /** A client that pipelines what cannot go together has so many more commands go over its own connection. */
  laneRestCommandsMax: 1024,
  /** An active client's own connection is used this often: the server's least `timeout` for idle ones is a second. */
  ownConnectionMs: 500,

  /** Writes that one function call takes: bounds how long the server serves nobody else. */
  batchCommandsMax: 128,
  batchBytesMax: 64 * 1024,
  /** A larger write is a call of its own. */
  batchedCommandBytesMax: 8 * 1024,

  /** What is queued between MULTI and EXEC, all together. */
  transactionBytesMax: 1024 * 1024 * 1024,
  /** What each of them takes beside its own bytes: many small ones take much. */
  queuedCommandBytes: 512,

  /** Commands behind one that waits (BLPOP); beyond it the client is not read until that has its reply. */
  waitingBytesMax: 1024 * 1024,
  /** In front of a cluster a token names so many hash slots. */
  tokenSlotsMax: 1024,
  /** MERIDIAN.WAIT waits no longer. */
  tokenWaitMsMax: 60_000,
  /** A timer of the event loop takes no more; longer waits are made of several. */
  timerMsMax: 2 ** 31 - 1,

  /** Commands and replies are copied together up to this size; larger pieces are written as they are. */
  copyBytesMax: 4 * 1024,
  slabBytes: 64 * 1024,
  /** One read of the server's replies. */
  readBytes: 64 * 1024,

  /** Not yet answered, in runs of the same kind; beyond it the client is not read until half of it is answered. */
  pendingRunsMax: 100_000,
  /** Replies of the gateway's own that wait for their turn, or for the client to read. */
  localReplyBytesMax: 1024 * 1024,

  /** So many slots a node counts the keys of in one call; and INFO says how many there were so long ago. */
  countedSlotsAtOnce: 256,
  keyCountMsMax: 1_000,
  /** So many pages of SCAN without a key of the client's are passed over. */
  scannedPagesMax: 16,
  /** What a read of keys in several slots may read of all of them together: bounds how long putting it together takes. */
  gatheredBytesMax: 16 * 1024 * 1024,
  /** So many slots are emptied at the same time by FLUSHALL. */
  flushedSlotsAtOnce: 128,
  /** A key that somebody waits for, while its slot is on the move. */
  keyAskAgainMs: 50,
  /** A command on a slot that is on the move is asked again after this, for so long. */
  slotMovingRetryMs: 10,
  slotMovingMsMax: 15_000,
  /** In front of a cluster: replies that a client is owed; beyond it the client is not read until some are given. */
  clusterRepliesMax: 16_384,

  /** Clients at once; the next one is told so in Redis's words. */
  clientsMax: 10_000,
  /** Backlog of connections not yet accepted: Redis's tcp-backlog. */
  backlog: 511,
  /** A region's server that does not answer a connection attempt for this long is down. */
  connectMsMax: 5_000,
  keepAliveMs: 300_000,
  /** Redis's `client-output-buffer-limit pubsub` bears with a client for as long. */
  stalledMs: 60_000,
  /** How often it is looked for clients that have been idle for too long: Redis's `timeout` counts in seconds too. */
  idleCheckMs: 1_000,
  /** On stop, replies in flight have this long to come and be read; so has a client whose server has gone. */
  drainMs: 2_000,
  /** A client that speaks TLS has so long to finish the handshake. */
  tlsHandshakeMsMax: 10_000,
  /** Of several processes: one must be ready, and be gone after its drain, within this; else it is ended. */
  workerReadyMsMax: 30_000,
  workerStopMsMax: 2_000,
  /** How often it tells what it counts, and how many of its clients have left. */
  workerReportMs: 100,
  /** How often it is told what INFO says of the region. */
  workerSectionMs: 1_000,
  /** Back-off of restarts: doubles from min to max, begins anew after a stable time. */
  workerRestartMsMin: 100,
  workerRestartMsMax: 5_000,
  workerStableMs: 10_000,
  /** While the primary changes, a write waits so long at most. */
  relayHeldMsMax: 15_000,
  /** Names of refused commands that are counted one by one; the rest is counted together. */
  refusedNamesMax: 256,
} as const;

export type GatewayLimits = { readonly [name in keyof typeof gatewayLimits]: number };
