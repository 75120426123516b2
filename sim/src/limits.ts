/** Every bound of the simulator. */
export const limits = {
  /** Rounds of sweeping and exchanging within which all regions must have come to rest. */
  settleRoundsMax: 60,
  /** How far a clock steps that was set wrong. */
  clockLeapMs: 3_600_000,
  /** Entries in one delivery. */
  batchEntriesMax: 8,
  /** The same in runs that coalesce, and what is left in one. */
  runEntriesMax: 40,
  runOperationsMax: 30,
  /** Messages under way; more are lost, as a full window would refuse them. */
  messagesMax: 200,
  /** Steps that a failure report shows. */
  reportStepsMax: 30,
  /** Past the last deadline, and past the grace that the core gives a region to clean up its own. */
  passStepMs: 120000,
  /** Deadlines further away than this are not waited for (years of 2100). */
  farDeadlineMs: 30 * 365 * 86400 * 1000,
  /** A check of deadlines keeps this far from any deadline: clocks differ by less. */
  quietMarginMs: 2000,
  /** Attempts to find a moment with no deadline near. */
  quietAttemptsMax: 400,
  /** Longer than the core remembers the destroy of a group that every region has seen. */
  marksKeptMs: 3700000,
} as const;
