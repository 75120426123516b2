/** Every bound of the adapter. Times in milliseconds. */
export const adapterLimits = {
  tickEveryMs: 100,
  /** The server's state is read so often: another agent may have moved it. */
  stateEveryMs: 1000,
  /** After a failed read of the state. */
  stateRetryMs: 100,
  /** A read that waits for new entries returns after this even without any. */
  followMs: 2000,
  /** Between two reads of the own log under load: entries gather, and the server answers fewer reads. */
  followPauseMs: 2,
  /** A backlog is read in pieces of so much, to be put together in runs: holds this process up for some milliseconds. */
  runPieceBytes: 128 * 1024,
  /** One record of those, as the library makes them. */
  recordBytesMax: 32_768,
  recordEntriesMax: 256,
  /** Backlog, durability and clocks are looked at so often. */
  probeEveryMs: 1000,
  /** Clocks of two servers that are further apart raise an alarm. */
  clockSkewMsMax: 500,
  /** A look at the server's clock that is less exact than the one before by more than this is not used... */
  clockErrorMs: 2,
  /** ...unless that one is so old. */
  clockLookMsMax: 10_000,
  /** One that is less exact than this says too little: a server that is held up by a large value answers late. */
  clockLookErrorMsMax: 200,
  /** AOF "everysec": what was applied this long before a look at a sound AOF is on the disk. */
  aofSettledMs: 4000,
  /** What was written waits longer for the disk: an alarm. */
  diskLagMsMax: 30_000,
  /** Vectors waiting to be durable. */
  durabilityMarksMax: 64,
  /** A replica that is gone may be promoted for so long: ten times Sentinel's default for giving up a primary. */
  replicaKeptMs: 300_000,
  /** After a failover the former primary is asked for so long, so often, for so much at once, for what the new one lacks. */
  rescueMsMax: 15_000,
  rescueLookMs: 100,
  rescueEntriesMax: 1000,
  rescueBytesMax: 1024 * 1024,
  /** Places of the own log remembered with their entry count, for the backlog. */
  backlogMarksMax: 4096,
  alarmsMax: 256,

  /** A piece of a state that is given away: holds the server up for some 10 ms. */
  exportKeys: 1000,
  exportBytes: 1024 * 1024,
  /** Pieces that wait until they are durable, for one importer. */
  exportHeldBytesMax: 32 * 1024 * 1024,
  /** One that is older when it leaves makes fewer be exported ahead: the importer makes its own later writes upon it again. */
  exportAgeMsMax: 8000,
  /** Whether they are is looked at so often. */
  exportDurableEveryMs: 100,
  /** After an import failed, until the next region is asked. */
  importRetryMs: 1000,
  /** One that does not get on for so long raises an alarm: an exporter may have to catch up first. */
  importAlarmMs: 15_000,

  /** Entries of one `apply` of an origin whose entries wait for others: see apply-size.ts. Beyond the most: no limit. */
  waitingEntriesMin: 16,
  waitingEntriesMax: 16_384,

  /** How often the server is asked where it stands while somebody waits for what a token names. */
  tokenReadEveryMs: 25,
  /** Where partitions are slots: so much less often for each that is asked for, and of more than so many no news is waited for. */
  tokenReadSlotMs: 0.25,
  tokenWokenSlots: 16,
  /** However short the time is, the server's first answer is waited for so long. */
  tokenReadMsMax: 5000,

  sweepBuckets: 65_536,
  /** A whole cycle, when something has expired. */
  sweepCycleMs: 10_000,
  /** And when nothing is known to have: catches what was missed. */
  sweepIdleCycleMs: 300_000,
  /** Between two calls of a cycle, and between two looks whether one is due. */
  sweepEveryMs: 50,
  sweepIdleEveryMs: 1000,
  /** One call takes no longer than about this. */
  sweepCallMs: 2,
} as const;
