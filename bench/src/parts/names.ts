/** The parts of a run, in their order. */
export const partNames = [
  "throughput",
  "gateway",
  "lag",
  "wire",
  "backlog",
  "slots",
  "shards",
  "apply",
  "memory",
  "lists",
  "zsets",
  "streams",
  "set",
  "cpu",
  "architectures",
] as const;
export type PartName = (typeof partNames)[number];
