/** Every bound of a verification. Times in milliseconds. */
export const verifyLimits = {
  /** As in the core's digest/tally.ts. */
  tallyBytes: 7,
  /** More buckets than any layout has. */
  bucketsMax: 2 ** 26,
  /** What one call of the library does: keys, elements or pieces of a string. Some 5 ms of the server's time. */
  stepBudget: 800,
  strayStep: 1_000,
  /** Partitions that are asked together, which share one step; and for their vectors. */
  partitionsAtOnce: 64,
  vectorsAtOnce: 1_000,
  /** An agent makes calls for so long before it answers. */
  answerMs: 200,
  /** Buckets that are asked for again in one question, and that are compared together. */
  bucketsAtOnce: 100,
  bucketsTogether: 1_000,
  /** Differing keys that are listed. */
  differencesMax: 1_000,
  /** How long a key may take to come to rest, and a region to get what another has, unless it is said. */
  waitMs: 10_000,
  /** The same for each other partition, once one was waited for in vain. */
  laterWaitMs: 300,
  /** Between two looks at a region that is waited for. */
  pollMs: 50,
  /** A key that goes by itself so soon is not called different: clocks may differ by as much. */
  expirySlackMs: 60_000,
  /** For so long `doctor` looks at keys. */
  sampleMs: 2_000,
  /** Certificates that are good for no longer are named, and so are clocks that are further apart. */
  certificateDaysSoon: 14,
  clockSkewMs: 500,
  /** More than so many origins for each region are worth a word. */
  originsPerRegion: 16,
  /** Of the key that it names. */
  exampleBytes: 100,
  /** A key of more bytes is not asked for by name: the question would not fit. */
  keyBytesMax: 40_000,
} as const;
