/** Every bound of this package, by name. Times are milliseconds. */
export const limits = {
  /** A server that was started, or attached to, must answer something within this time. */
  answerMsMax: 10_000,
  /** A server that says LOADING may read its append-only file for this long. */
  loadMsMax: 30 * 60_000,
  /** A node of a cluster of this machine that is silent for so long is taken for gone by the others. */
  localNodeTimeoutMs: 5_000,
  /** Nodes that were started here must have become one cluster within this time. */
  formMsMax: 60_000,
  /** Between two looks at a server that is starting. */
  probeIntervalMs: 20,
  connectMsMax: 5_000,
  /** How long a port or data folder may stay taken by a server that is just leaving. */
  releaseMsMax: 1_500,
  /** After SIGTERM a server has this long to flush its append-only file; then SIGKILL. */
  stopMsMax: 10_000,
  /** Back-off of restarts: doubles from min to max, begins anew after a stable time. */
  restartDelayMsMin: 100,
  restartDelayMsMax: 10_000,
  stableMs: 30_000,
  /** Back-off of attempts to put library and regions into a server that answers again. */
  prepareDelayMsMax: 2_000,
  /** Between two looks for the server that is the primary, where that can change. */
  primaryLookMs: 200,
  /** Between two looks at the topology of a cluster, where nothing asks for one sooner. */
  topologyLookMs: 1_000,
  /** A call to a slot that is on its way, or has no node, is tried again for so long. */
  slotWaitMsMax: 5_000,
  slotPauseMsMin: 2,
  slotPauseMsMax: 100,
  /** So often a call is sent on at once. */
  slotRedirectsMax: 3,
  /** Partitions that are made ready, or given a list of members, in one go. */
  partitionsAtOnce: 512,
  /** Who is asked for it must answer within this. */
  primaryAnswerMsMax: 1_000,
  /** A connection to a server that is left may take so long to close. */
  leaveMsMax: 100,
  /** Back-off of reconnects of one connection. */
  reconnectDelayMsMin: 20,
  reconnectDelayMsMax: 500,
  /** Between two looks of a connection at a server that is loading its data; what the server itself expects is a guess. */
  loadingLookMs: 200,
  /** Attempts to load the library while another process is loading it too. */
  libraryAttemptsMax: 3,
  /** A larger server log is moved aside when the server starts. */
  logBytesMax: 10 * 1024 * 1024,
  /** Lines of the server's log that an error quotes. */
  logTailLines: 6,
  versionCheckMsMax: 3_000,
  /** A clock that differs by so much is worth a word, and so much is a fault. */
  clockOffMs: 500,
  clockFarOffMs: 10_000,
  /** Of maxmemory. */
  memoryNearlyFull: 0.9,
  /** A replica that was not heard of for longer. */
  replicaLagSeconds: 10,
  /** Of maxmemory, that logs may be allowed to take. */
  logShareMax: 0.5,
  /** A smaller limit of what the server holds for a connection breaks off reads of logs. */
  outputBufferLeast: 64 * 1024 * 1024,
  /** Free ports are drawn from here. */
  freePortMin: 10_000,
  freePortMax: 32_000,
  freePortAttemptsMax: 200,
} as const;
