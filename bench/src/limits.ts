/** Every bound of this package, by name. Times are milliseconds. */
export const limits = {
  roundsMax: 100,
  /** One call of the load generator. */
  loadMsMax: 120_000,
  /** A child process of ours says that it is ready. */
  childReadyMsMax: 30_000,
  /** Two regions, or a replica, stand at the same place after a load. */
  convergeMsMax: 60_000,
  /** One lone write is seen in the other region. */
  visibleMsMax: 10_000,
  /** A region is written to for so long before it is cut off. */
  lossWritesMs: 1_000,
  /** The CPU of a load generator is looked at so often while it runs: when it has ended, nothing is left to look at. */
  loadProbeMs: 20,
  /** Above this share of one core the load generator itself may be what is measured. */
  loadBusyShareMax: 0.9,
  /** Commands of one write to the socket while filling; replies of so many writes may be outstanding. */
  fillBatch: 200,
  fillBatchesInFlight: 4,
  /** `apply` calls in flight: the receiving server always has the next one before it. */
  applyCallsInFlight: 4,
  /** Memory is read when so many looks, so far apart, see nearly the same: background rehashing has ended. */
  memorySettleMs: 200,
  memorySettleBytes: 20_000,
  memorySettleLooks: 4,
  memorySettleMsMax: 20_000,
  /** The memory of a process is looked at so often while it works. */
  memoryProbeMs: 20,
  /** Entries of one read of a log. */
  logReadEntries: 5_000,
  /** The same where entries are carried over to another region by hand; there each may have a thousand items. */
  deliveredEntries: 200,
  /** After so long what was written is durable, as its agent counts: see packages/agent/src/replica/adapter/durability.ts. */
  durableMs: 7_000,
  /** An error text of a load generator. */
  errorTextChars: 400,
} as const;
