/** Every bound of the page. Times in milliseconds. */
export const limits = {
  statusEveryMs: 1_000,
  /** Dots that one second sends over all links at most; above it a dot stands for 10, 100... operations. */
  dotsPerSecondMax: 14,
} as const;
