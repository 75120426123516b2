/** Every bound of active-passive. Times in milliseconds. */
export const passiveLimits = {
  /** Between looks at the region's server, and between questions to each other region. */
  lookEveryMs: 200,
  askMsMax: 2_000,
  /** Whom nothing was heard of for so long is not counted as heard. */
  heardMsMax: 3_000,
  /** An agent that starts in the primary region waits so long for all others; then a majority is enough. */
  confirmGraceMs: 5_000,
  /** A bound of staleness below it could not be kept by what is asked so often. */
  stalenessMsLeast: 500,
  /** Offsets of the primary that the region has yet to reach. */
  samplesMax: 4_096,
} as const;
