/** Every bound of what regions agree upon. Times in milliseconds. */
export const membersLimits = {
  /** Places of all regions there ever were: a byte names one in the ids of streams. */
  placesMax: 255,
  idLengthMax: 100,
  /** What is known is told to all others so often; and so often while something changes. */
  tellEveryMs: 5000,
  hurryEveryMs: 250,
  /** A change of what the server keeps that another agent was faster with is tried again so often. */
  storeAttemptsMax: 10,
  /** A region that was added and heard is taken in by the first member, or after this by another. */
  welcomeMs: 2000,
  /** Whether a region that leaves has given all away is looked at so often. */
  tickEveryMs: 250,
} as const;
