/** Buckets of a whole state: docs/internals/state-sync.md. */
export const STATE_BUCKETS = 65_536;
