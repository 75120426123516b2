/** Every bound of this package, by name. Times are milliseconds. */
export const limits = {
  /** `waitFor`, unless told otherwise. */
  waitMsDefault: 10_000,
  waitIntervalMs: 10,
  /** Attempts to find a base port with all its companions free. */
  basePortAttemptsMax: 200,
  /** Base ports are drawn from here: below the range from which Linux gives out ports of its own accord. */
  basePortMin: 10_000,
  basePortMax: 32_000,
  /** Of nodes of a cluster: a silent one is taken for gone after it. */
  clusterNodeTimeoutMs: 1_500,
  /** For what a cluster does by itself: gossip, elections, a node that comes back. */
  clusterWaitMs: 30_000,
  /** Of one step of a move of slots. */
  migrateKeys: 100,
  migrateMs: 5_000,
} as const;
