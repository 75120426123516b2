/** Every bound of what the agents of one region agree upon. Times in milliseconds. */
export const agentsLimits = {
  /** A sign of life of each agent to the region's server, beginning when the one before was answered. */
  beatEveryMs: 500,
  /** The active agent whose place stood still for so many beats of another is followed by that one: 3 s at least. */
  beatsUnmovedMax: 6,
  /** A server that was started anew knows of nobody: for so many beats whoever was active may go on. */
  beatsUnknownMax: 2,
  /** An active agent that was not heard for so long stands down, where there are others: no longer than they wait. */
  activeMs: 3000,
  /** Whether that is so is looked at so often, beside each time it does something. */
  lookEveryMs: 250,
  /** An agent that was heard within this is one of the region. */
  presentMs: 10_000,
  /** Of groups of slots. An agent that was heard at any place within this lives, and gets its share. */
  liveMs: 2500,
  /** What was not reached, or did not answer, for so long the others are told. */
  unreachedMs: 2000,
  /** A group that another is to have is left after so many answers: views of agents may differ for a moment. */
  answersToLeave: 2,
  /** A place that is free, and stood still for so many beats, is taken by whoever sees it. */
  beatsOverdue: 10,
  /** What the active agent tells is left out where it is larger, in bytes. */
  toldBytesMax: 512 * 1024,
  /** While somebody waits for other regions: how often the active agent says what they hold, and a standby reads it. */
  heldEveryMs: 20,
} as const;
