/** Every bound of active-passive. Times in milliseconds. */
export const passiveLimits = {
  /** Between looks at the region's server, and between questions to each other region. */
  lookEveryMs: 200,
  askMsMax: 2_000,
  /** Looks at a server, or at its Sentinels, before the agent gives up its start. */
  startLooksMax: 50,
  /** What the quorum of Sentinels is raised by while their region's server follows another region's: more than there ever are. */
  quorumRaise: 1_000_000,
  /** Whom nothing was heard of for so long is not counted as heard. */
  heardMsMax: 3_000,
  /** A server that is a primary without a record that says so may be about to get it: another agent of the region changes its role. */
  unrecordedMsMax: 1_500,
  /** An agent that starts in the primary region waits so long for all others; then a majority is enough. */
  confirmGraceMs: 5_000,
  /** A bound of staleness below it could not be kept by what is asked so often. */
  stalenessMsLeast: 500,
  /** Of a planned failover: gateways hold writes, and the primary's server does none, for so long at most. */
  holdMsMax: 12_000,
  pauseMsMax: 10_000,
  /** The new primary must have everything within this time of the pause; else it is given up. */
  catchUpMsMax: 2_500,
  /** What must be left of the pause for the roles to be changed: until then the former primary has noticed that nobody follows it. */
  switchMsLeast: 5_000,
  /** Writes that gateways have sent have so long to be answered. */
  drainMsMax: 1_000,
  failoverMsMax: 14_000,
  /** Writes that other regions lack are being saved, and no more are done meanwhile. */
  savePauseMs: 60_000,
  saveIdleMsMax: 10_000,
  /**
   * Of automatic failover. The primary's server does writes only while so many others say that they have got its stream, each
   * within so many seconds; they say it once a second.
   */
  acknowledgedSecondsMax: 2,
  /** A server that stopped saying it to one primary says it to another one, or becomes one, after this: the former one has noticed. */
  fenceMs: 7_000,
  /** The primary is given up when nothing was heard of it for so long. */
  suspectMs: 4_000,
  electEveryMs: 500,
  /** A vote is nobody else's for so long; an agent that starts gives none for as long. */
  voteMs: 15_000,
  voteMsLeast: 3_000,
  /** Offsets of the primary that the region has yet to reach. */
  samplesMax: 4_096,
} as const;
