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
  /** Machines are looked at so often; one in which something has happened lately ticks so often, another one so often. */
  tickEveryMs: 100,
  busyTickMs: 300,
  idleTickMs: 2500,
  busyMs: 2000,
  /** But no more than so many tick in a millisecond: with thousands of them each ticks less often. */
  ticksPerMs: 8,
  /** A record that is smaller is copied out of what came with it. */
  copiedBytesMax: 4096,
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
  /** Groups that go to another agent of this region are asked for again, where they are still this one's. */
  takeAgainMs: 1000,
  /** What regions hold of single slots the other agents are told where no more slots than so many are open. */
  toldSlotsMax: 200,
  /** Who waits for other regions looks so often whether all slots are known, and repeats questions to other agents so often. */
  knownEveryMs: 20,
  askAgainMs: 500,
  /** Where a region ends, asked of others, is known after so many looks, or tried again later. */
  endsLooksMax: 100,
  /** Of one agent's about a group, that are not answered yet. */
  questionsMax: 64,
  /** A machine that has settled is kept so long after its last event. */
  keepSettledMs: 5000,
  /** Expired keys: slots swept a second, while something expires and else. */
  sweepSlotsPerSecond: 800,
  sweepIdleSlotsPerSecond: 40,
} as const;
