/** Every bound of the replica machine and of the adapter around it. Times in milliseconds, sizes in bytes. */
export const replicaLimits = {
  /** Sent to one peer and not yet acknowledged, for each origin: fills 1 Gbit/s at 200 ms, with room for applying. */
  windowBytesMax: 32 * 1024 * 1024,
  /** The least of that. More only as far as the peer keeps up: see `Window`. */
  windowBytesMin: 128 * 1024,
  windowEntriesMax: 262_144,

  /** One batch on its way; a single larger entry still goes, alone. */
  frameBytesMax: 256 * 1024,
  frameEntriesMax: 4096,

  /** One read of a log. */
  readBytesMax: 2 * 1024 * 1024,
  readEntriesMax: 4096,
  /** The newest part of the own log, kept for the peers that follow it. */
  tailBytesMax: 8 * 1024 * 1024,

  /** One `apply`: bounds how long the server serves nobody else. */
  applyBytesMax: 1024 * 1024,
  applyEntriesMax: 256,

  /** What is older than this, and durable, is sent in runs (packages/core/src/log/run.ts)... */
  runAfterMs: 1000,
  /** ...of so many entries, and so much left of them, which is applied in one step. */
  runEntriesMax: 16_384,
  runOperationsMax: 1024,
  runBytesMax: 128 * 1024,

  /** Received for one origin and not yet applied; beyond it batches are dropped and asked for again. */
  queueBytesMax: 48 * 1024 * 1024,
  queueEntriesMax: 400_000,

  /** Another region's entries are passed on to a peer that has stood still for so long without them. */
  relayAfterMs: 1000,
  /** The same where the peer receives from that region itself: its link may be up and stuck all the same. */
  relayConnectedAfterMs: 10_000,
  /** Acknowledgements are sent when the queue is empty, and at least so often while it is not. */
  acknowledgeEveryMs: 5,
  /** A rewind that brought nothing is asked for again after this. */
  rewindRetryMs: 3000,
  /** An `apply` that the server refused for its own reasons, or for the clock, is tried again after this. */
  applyRetryMs: 1000,
  /** Entries that wait for others raise an alarm after this. */
  waitAlarmMs: 15_000,
  /** Between two looks at what has come and is not applied: what both see is told to the others. */
  heldLookMs: 1000,
  /** What can't be read is not accepted again from the same peer for this long. */
  quarantineMs: 30_000,
  /** So many refusals in a row at the same place mean that the log no longer reaches back to it. */
  refusalsMax: 3,
  /** A peer that needs a sync by state is tried again only after this. */
  parkMs: 30_000,
  /** A region that no log brings on is given up on by logs after this, and takes in a state: longer than relaying takes. */
  stateSyncAfterMs: 15_000,
  /** The same alarm about the same thing is raised again only after this. */
  alarmRepeatMs: 10_000,

  /** Logs are trimmed so often at most, and never entries younger than `trimKeepMs`. */
  trimEveryMs: 5000,
  trimKeepMs: 60_000,
  /** Former incarnations are folded away when all regions have held all of them durably for so long, looked at so often. */
  foldAfterMs: 600_000,
  foldEveryMs: 5000,
  /** A peer that stands still for so long and lacks what is folded is out of the logs. */
  foldGapAfterMs: 60_000,
  /** All logs of the server together; beyond it they are not kept for regions that are away... */
  logBytesMax: 1024 * 1024 * 1024,
  /** ...for so long. */
  awayAfterMs: 60_000,
  /** What this region wrote so lately stays in its log while it takes in states: they may be older when they come. */
  importKeepMs: 600_000,
  /** Logs are kept from the head of a state on that is given away, until the importer says that it stands there, or so long. */
  headKeptMs: 600_000,
} as const;

export type ReplicaLimits = { readonly [name in keyof typeof replicaLimits]: number };
