/** What a probe takes of a deployment, and how long it waits. */
export const probeLimits = {
  secondsMax: 3600,
  seconds: 10,
  /** Writes a second in each region. */
  rate: 5,
  rateMax: 100,
  /** A write that is not seen for so long counts as unseen, and the next one is tried. */
  unseenMs: 3000,
  /** Between two reads of one key that does not show the write yet. */
  readEveryMs: 1,
  /** Links are looked at so often. */
  lookEveryMs: 500,
  pings: 5,
  connectMsMax: 5000,
  commandMsMax: 5000,
  /** The keys that it writes end by themselves, whatever becomes of it. */
  keySeconds: 60,
} as const;
