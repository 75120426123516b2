/** Every bound of this package, by name. Times are milliseconds. */
export const limits = {
  /** For so long after the server refused a command for its memory, scripts and transactions are told to be sparing. */
  fullMs: 1000,
  /** Commands of one transaction. */
  transactionCommandsMax: 100_000,
  /** How often what a cluster's node sends on, or puts off for a slot that moves, is tried again: of such a slot for five seconds or more. */
  redirectionsMax: 100,
  /** A connection that tells of changes, for commands that wait, is made again after this. */
  watchReconnectMs: 100,
  /** What a timer takes. */
  timerMsMax: 2 ** 31 - 1,
} as const;

/** Of `connect`: any of them may be given another value. */
export const regionLimits = {
  /** An operation, all its tries together. */
  operationMsMax: 5_000,
  /** Of it, the try in one region, where another one can be asked after it. */
  tryMsMax: 1_500,
  /** `connect` waits for so long for the first region that answers. */
  connectMsMax: 5_000,
  /** How often each region is asked whether it is there, and how far it is. */
  probeEveryMs: 1_000,
  /** A region that doesn't answer that within this time failed. */
  probeMsMax: 1_000,
  /** So many failures one after the other open a region's breaker. */
  failuresToOpen: 3,
  /** It stays open for so long at least; each time it opens again soon it is twice as long, up to the second one. */
  openMsMin: 2_000,
  openMsMax: 60_000,
  /** Closed for so long it begins anew with the first. */
  stableMs: 60_000,
  /** The local region is gone back to when it holds all that the region in use held so long ago. */
  failbackLagMsMax: 1_000,
  /** How often a region is asked how far it is while somebody waits for it: one question for all who wait. */
  askEveryMs: 20,
  /** An operation waits for so long for a connection that is just being made again. */
  readyMsMax: 250,
  /** A session's read waits for so long for a region that does not hold yet what the session has seen. */
  sessionWaitMsMax: 1_000,
  /** Of that, before another region is gone to, where that is wanted. */
  sessionMoveAfterMs: 100,
  /** A connection that was lost is made again after this, then after twice as long, up to the second one. */
  reconnectMsMin: 100,
  reconnectMsMax: 2_000,
} as const;

export type RegionLimits = { readonly [name in keyof typeof regionLimits]: number };

/** Of what watches and resolves conflicts: any of them may be given another value. */
export const conflictLimits = {
  /** The first subscription is there within this, or is given up. */
  startMsMax: 5_000,
  /** What one reader of events has not read yet; of more it is told how many it missed. */
  eventsKept: 1_000,
  /** Places that wait to be resolved; of more the region is asked again when there is room. */
  placesKept: 10_000,
  /** Places that are resolved at once. */
  placesAtOnce: 16,
  /** Reading or writing one place. */
  operationMsMax: 5_000,
  /** The region whose value shows resolves at once, the next one after this, the one after that after twice as much ... */
  turnMs: 2_000,
  /** What could not be done is tried again after this. */
  retryMs: 500,
  /** A resolver that settles one place so often within the time below does not come to an end: it is let be for the rest of it. */
  resolutionsMax: 8,
  resolutionsWithinMs: 60_000,
  /** Resolutions of all regions that are remembered, to see whether two made different things of the same. */
  resolutionsKept: 10_000,
} as const;

export type ConflictLimits = { readonly [name in keyof typeof conflictLimits]: number };

/** Of the patterns: any of them may be given another value. */
export const patternLimits = {
  /** An operation, all its tries together. */
  operationMsMax: 5_000,
  /** Of it, the try in one region, where another one can be asked after it. */
  tryMsMax: 1_500,
  /** An operation waits for so long for a connection that was lost and is being made again. */
  readyMsMax: 250,
  /** A region that failed is asked last for so long. */
  avoidMs: 2_000,
  /** Reads go where it was written for so long after a write. */
  writeTagMs: 5_000,
  /** A home on its way is looked for again after this. */
  retryEveryMs: 20,
  /** How often each process asks the authoritative region for a pulse, and how many of them it remembers. */
  pulseEveryMs: 1_000,
  pulsesKept: 600,
  /** A pulse that nobody renews is gone after this. */
  pulseKeptMs: 3_600_000,
  /** What is read elsewhere than in the authoritative region may be so old. */
  staleMsMax: 10_000,
  /** Members of one timestamped set: the lowest scores go first. */
  timestampedMembersMax: 10_000,
  /** Arguments of one command in a write to a user's home: what a script can hand on. */
  argumentsMax: 7_000,
} as const;

export type PatternLimits = { readonly [name in keyof typeof patternLimits]: number };
