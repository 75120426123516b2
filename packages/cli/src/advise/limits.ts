/** The bounds of `meridian advise`. */
export const adviseLimits = {
  regionsMax: 16,
  roundTripMsMax: 10_000,
  /** A year: longer than that is `any`. */
  durationMsMax: 31_536_000_000,
  needsFileBytesMax: 1024 * 1024,
  /** So often a question is asked again after an answer that makes no sense. */
  answersMax: 5,
  /** Of a pair of regions of which nothing is known. */
  roundTripMsAssumed: 100,
  /** Beside half a round trip, until a write shows in another region: what agents and servers take under load (docs/benchmarks.md). */
  copyMs: 3,
  /** From here on a time to live does: nobody has to tell a cache what changed. */
  expiryMsLeast: 1_000,
} as const;
