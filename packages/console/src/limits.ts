/** Every bound of the page. Times in milliseconds. */
export const limits = {
  statusEveryMs: 1_000,
  healthEveryMs: 2_000,
  conflictsEveryMs: 5_000,
  /** The key that somebody looks at. */
  keyEveryMs: 2_000,
  /** Dots that one second sends over all links at most; above it a dot stands for 10, 100... operations. */
  dotsPerSecondMax: 14,
  /** After a watched key's connection has ended. */
  watchAgainMs: 1_000,
  /** Of each region's command line in the playground: what has been run and answered. */
  entriesMax: 100,
  historyMax: 100,
  storiesMax: 10,
  /** Between the steps of a scenario that plays by itself. */
  stepEveryMs: 1_800,
  /** A cut waits so long for what was written before to be everywhere. */
  sameMsMax: 15_000,
  sameEveryMs: 60,
  completionsMax: 6,
  /** Characters of one value that are shown before somebody asks for more. */
  shownMax: 200,
  /** Keys asked for at once, and pages that are gone through for them. */
  keysPage: 100,
  keysPagesAtOnce: 20,
  /** Rows of keys on the page: beyond, a longer prefix helps more. */
  keysShownMax: 1_000,
  conflictsMax: 200,
  /** Of these on the page before somebody asks for more. */
  conflictsShown: 30,
} as const;
