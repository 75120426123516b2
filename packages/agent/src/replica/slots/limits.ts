/** Bounds of a region whose partitions are hash slots. Times in milliseconds, sizes in bytes. */
import type { ReplicaLimits } from "../limits.js";

/** Of one slot's machine: there may be thousands. */
export const slotReplicaLimits: Partial<ReplicaLimits> = {
  windowBytesMax: 1024 * 1024,
  windowBytesMin: 64 * 1024,
  windowEntriesMax: 16_384,
  readBytesMax: 512 * 1024,
  tailBytesMax: 512 * 1024,
  queueBytesMax: 2 * 1024 * 1024,
  queueEntriesMax: 32_768,
};

export const slotLimits = {
  /** A node is asked for fresh entries again so soon after it had some, and at most so late when it had none. */
  pollMsMin: 2,
  pollMsMax: 20,
  /** After a failure to ask. */
  pollRetryMs: 200,
  /** Machines are looked at so often; one that has something under way ticks then, another one so often. */
  tickEveryMs: 100,
  idleTickMs: 2500,
  /** Something has happened in it so lately: it ticks at each look. */
  busyMs: 2000,
  /** The state of an open slot is read so often; between two reads of slots, so many at once. */
  stateEveryMs: 20_000,
  readsAtOnce: 256,
  /** Slots with logs left over from before are opened so many at a look. */
  opensAtOnce: 64,
  /** What a peer said of itself is missing for so long: it is asked. */
  offerAfterMs: 2000,
  /** Looks at the disk that a slot waits for. */
  marksMax: 16,
  lookEveryMs: 1000,
  /** Of so many open slots the logs are measured at each look. */
  measuresAtOnce: 256,
  /** States that are taken in at the same time. */
  importsAtOnce: 128,
  /** A machine that has settled is kept so long after its last event. */
  keepSettledMs: 5000,
  /** Expired keys: slots swept a second, while something expires and else. */
  sweepSlotsPerSecond: 800,
  sweepIdleSlotsPerSecond: 40,
} as const;
